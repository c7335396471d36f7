-- Money that is set aside, and the things that have a state of their own: holds, pending transactions,
-- documents. An ordinary transaction's entries leave both new columns as they are by default.

alter table entry add column pending numeric(38) not null default 0;
alter table entry add column side text collate "C" check (side in ('debit', 'credit'));
alter table entry drop constraint entry_amount_check;
alter table entry add constraint entry_moves check (
    amount <> 0 or (pending <> 0 and side is not null)
);
comment on column entry.pending is 'The change of what is pending on the entry''s side.';
comment on column entry.side is 'The side; null where the sign of the amount says it.';

create table resource (
    ledger_id int not null,
    kind text collate "C" not null,
    id text collate "C" not null,
    number bigint not null,
    state text collate "C" not null,
    name text collate "C",
    account_number bigint,
    due_at timestamptz,
    body text collate "C" not null,
    primary key (ledger_id, kind, id)
)
-- Rows are updated as their things change: room on the page keeps most updates in place.
with (fillfactor = 70);
create index resource_by_number on resource (ledger_id, kind, number);
create index resource_by_name on resource (ledger_id, name, number) where name is not null;
create index resource_by_account on resource (ledger_id, account_number, number)
where account_number is not null;
create index resource_due on resource (ledger_id, due_at) where due_at is not null;
comment on table resource is 'Holds, pending transactions, documents: each as its last record left it.';

create table resource_change (
    ledger_id int not null,
    id text collate "C" not null,
    sequence bigint not null,
    primary key (ledger_id, id, sequence)
);
comment on table resource_change is 'Which records changed a resource.';

create trigger resource_change_only_grows before update or delete or truncate on resource_change
for each statement execute function refuse_rewriting();

grant select, insert, update on resource to partita_poster;
grant select, insert on resource_change to partita_poster;
grant select on resource, resource_change to partita_reader;

-- Matters of business stand among the resources: what they belong to can be asked for, and what their
-- processes have to look at is found apart from the holds that are due.

alter table resource add column about text collate "C";
comment on column resource.about is 'The id of what it belongs to: the customer of a wallet.';
create index resource_by_about on resource (ledger_id, about, number) where about is not null;

-- An id names one thing, whatever its kind: the writer looks them up by their ids alone.
alter table resource drop constraint resource_pkey;
alter table resource add primary key (ledger_id, id);

drop index resource_due;
create index resource_due_holds on resource (ledger_id, due_at)
where due_at is not null and kind = 'hold';
create index resource_due_matters on resource (ledger_id, due_at)
where due_at is not null and kind <> 'hold';

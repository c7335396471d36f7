-- A ledger's journal, its head, its inline views, and the keys that open it.
-- Every key begins with ledger_id, every statement of ours names one, and nothing refers across
-- ledgers: so that all tables can be distributed by it.

create table ledger (
    ledger_id int primary key,
    name text collate "C" not null unique,
    created_at timestamptz not null
);
comment on table ledger is 'One set of books each; the number that all its rows begin with.';

create table head (
    ledger_id int primary key,
    sequence bigint not null check (sequence >= 0),
    recorded_at timestamptz not null,
    frontier bytea not null,
    root bytea not null check (octet_length(root) = 32),
    outcomes bigint not null default 0 check (outcomes >= 0)
)
-- The one row that is updated at every commit: room on its page keeps that update in place.
with (fillfactor = 10);
comment on table head is 'Where each journal stands. Its row lock is the only lock of a ledger.';

create table journal (
    ledger_id int not null,
    sequence bigint not null check (sequence > 0),
    type text collate "C" not null,
    id text collate "C" not null,
    key bytea,
    external_id text collate "C",
    recorded_at timestamptz not null,
    body text collate "C" not null,
    leaf bytea not null,
    primary key (ledger_id, sequence),
    unique (ledger_id, key)
);
-- A change of an account carries that account's id, so only what comes into being has one alone.
create unique index journal_id on journal (ledger_id, id)
where type not in ('account.frozen', 'account.unfrozen', 'account.closed');
create unique index journal_external_id on journal (ledger_id, external_id)
where external_id is not null;
comment on table journal is 'The truth: each record''s very bytes, and their hash.';

create table outcome (
    ledger_id int not null,
    key bytea not null,
    recorded_at timestamptz not null,
    body text collate "C" not null,
    primary key (ledger_id, key)
);
comment on table outcome is 'Answers of keys that are not one record: refusals and bulks.';

create table entry (
    ledger_id int not null,
    account_number bigint not null,
    version bigint not null check (version > 0),
    sequence bigint not null,
    leg smallint not null,
    asset text collate "C" not null,
    amount numeric(38) not null check (amount <> 0),
    posted_debits numeric(38) not null,
    posted_credits numeric(38) not null,
    pending_debits numeric(38) not null,
    pending_credits numeric(38) not null,
    effective_at timestamptz not null,
    recorded_at timestamptz not null,
    primary key (ledger_id, account_number, version)
);
comment on table entry is 'The registers. An account''s balance is its last entry.';
comment on column entry.amount is 'Minor units: above zero on the debit side, below on the credit.';

create table account (
    ledger_id int not null,
    number bigint not null,
    id text collate "C" not null,
    path text collate "C" not null,
    type text collate "C" not null,
    normal_side text collate "C" not null,
    asset text collate "C" not null,
    status text collate "C" not null,
    opening text collate "C" not null,
    primary key (ledger_id, number),
    unique (ledger_id, path),
    unique (ledger_id, id)
);
comment on table account is 'The chart: accounts and their status.';
comment on column account.opening is 'The account as it was opened: JSON in the journal''s form.';

create table asset (
    ledger_id int not null,
    code text collate "C" not null,
    body text collate "C" not null,
    primary key (ledger_id, code)
);
comment on table asset is 'Registered assets; those of ISO 4217 are built in.';

create table api_key (
    id text collate "C" primary key,
    ledger text collate "C" not null,
    name text not null,
    scope text collate "C" not null check (scope in ('read', 'write')),
    digest bytea not null unique,
    created_at timestamptz not null,
    expires_at timestamptz,
    revoked_at timestamptz
);
comment on table api_key is 'API keys as keyed hashes; the keys themselves are nowhere.';

-- What must never change is refused to everybody, the owner included.

create function refuse_rewriting() returns trigger language plpgsql as $body$
begin
    raise exception '% on %.% is refused: the journal and its registers only grow',
        tg_op, tg_table_schema, tg_table_name
        using hint = 'Correct by a reversal; rebuild a view by replaying the journal.';
end
$body$;

create trigger journal_only_grows before update or delete or truncate on journal
for each statement execute function refuse_rewriting();
create trigger entry_only_grows before update or delete or truncate on entry
for each statement execute function refuse_rewriting();
create trigger outcome_only_grows before update or delete or truncate on outcome
for each statement execute function refuse_rewriting();
create trigger head_is_never_removed before delete or truncate on head
for each statement execute function refuse_rewriting();

create function refuse_going_back() returns trigger language plpgsql as $body$
begin
    if new.ledger_id <> old.ledger_id or new.sequence < old.sequence
        or new.recorded_at < old.recorded_at or new.outcomes < old.outcomes then
        raise exception 'the head of ledger % would go back from % to %',
            old.ledger_id, old.sequence, new.sequence;
    end if;
    return new;
end
$body$;

create trigger head_never_goes_back before update on head
for each row execute function refuse_going_back();

create function refuse_unbalanced() returns trigger language plpgsql as $body$
declare
    guilty record;
begin
    select ledger_id, sequence, asset, sum(amount) as difference into guilty
    from fresh group by ledger_id, sequence, asset having sum(amount) <> 0 limit 1;
    if found then
        raise exception 'entries of record % in ledger % do not balance: % is off by %',
            guilty.sequence, guilty.ledger_id, guilty.asset, guilty.difference;
    end if;
    return null;
end
$body$;

create trigger entry_balances after insert on entry
referencing new table as fresh for each statement execute function refuse_unbalanced();

-- The poster appends and moves the head; the reader reads. Neither owns anything.

grant select, insert on ledger, journal, outcome, entry, account, asset to partita_poster;
grant select, insert, update on head to partita_poster;
grant update (status) on account to partita_poster;
grant select, insert on api_key to partita_poster;
grant update (revoked_at) on api_key to partita_poster;
grant select on ledger, head, journal, outcome, entry, account, asset, api_key to partita_reader;

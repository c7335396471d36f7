-- What is owed to webhook endpoints, what was tried, and how they fare. It is not in the journal: lost rows
-- here mean that something is told twice, or is asked for again by its range.

create table webhook_delivery (
    ledger_id int not null,
    id text collate "C" not null,
    endpoint text collate "C" not null,
    sequence bigint not null check (sequence > 0),
    event_id text collate "C" not null,
    type text collate "C" not null,
    status text collate "C" not null check (status in ('pending', 'delivered', 'parked')),
    tries int not null check (tries >= 0),
    created_at timestamptz not null,
    next_attempt_at timestamptz not null,
    claimed_until timestamptz,
    finished_at timestamptz,
    reason text,
    primary key (ledger_id, id),
    unique (ledger_id, endpoint, sequence),
    check ((status = 'pending') = (finished_at is null))
) with (fillfactor = 80);
comment on table webhook_delivery is 'Events owed to webhook endpoints; claimed by whoever is sending them.';

create index webhook_delivery_newest on webhook_delivery (ledger_id, sequence, endpoint);
create index webhook_delivery_pending on webhook_delivery (ledger_id, endpoint, sequence)
where status = 'pending';
create index webhook_delivery_parked on webhook_delivery (ledger_id, endpoint, sequence)
where status = 'parked';
create index webhook_delivery_finished on webhook_delivery (ledger_id, finished_at)
where finished_at is not null;

create table webhook_attempt (
    ledger_id int not null,
    delivery text collate "C" not null,
    number bigint generated always as identity,
    attempted_at timestamptz not null,
    milliseconds int not null check (milliseconds >= 0),
    status int,
    error text,
    reply text not null,
    primary key (ledger_id, delivery, number)
);
comment on table webhook_attempt is 'Each try of a delivery: what came back, and the beginning of what it said.';

create table webhook_health (
    ledger_id int not null,
    endpoint text collate "C" not null,
    delivered bigint not null,
    failed bigint not null,
    failures bigint not null,
    failing_since timestamptz,
    last_success_at timestamptz,
    last_failure_at timestamptz,
    last_error text,
    primary key (ledger_id, endpoint)
) with (fillfactor = 50);
comment on table webhook_health is 'How webhook endpoints fare: tries in all, and failures since the last success.';

create table webhook_replay (
    ledger_id int not null,
    id text collate "C" not null,
    endpoint text collate "C" not null,
    reached bigint not null check (reached >= 0),
    through bigint not null check (through > reached),
    requested_at timestamptz not null,
    primary key (ledger_id, id)
);
comment on table webhook_replay is 'Ranges of a journal that are to be brought to an endpoint again; gone when done.';

grant select, insert, update, delete
on webhook_delivery, webhook_attempt, webhook_health, webhook_replay to partita_poster;
grant select
on webhook_delivery, webhook_attempt, webhook_health, webhook_replay to partita_reader;

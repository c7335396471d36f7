-- How far the outside has got of a journal, and what it would not take. It is not in the journal: lost rows
-- here mean that something is told twice.

create table consumer_cursor (
    ledger_id int not null,
    consumer text collate "C" not null,
    sequence bigint not null check (sequence >= 0),
    primary key (ledger_id, consumer)
) with (fillfactor = 50);
comment on table consumer_cursor is 'Up to which sequence sinks and other consumers have got all.';

create table parked_event (
    ledger_id int not null,
    consumer text collate "C" not null,
    sequence bigint not null check (sequence > 0),
    event_id text collate "C" not null,
    type text collate "C" not null,
    tries int not null check (tries > 0),
    error text not null,
    parked_at timestamptz not null,
    primary key (ledger_id, consumer, sequence)
);
comment on table parked_event is 'Events set aside for a consumer that would not take them.';

grant select, insert, update, delete on consumer_cursor, parked_event to partita_poster;
grant select on consumer_cursor, parked_event to partita_reader;

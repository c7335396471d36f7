-- What the outside has got of a journal: cursors of consumers, and the events set aside for them.

-- name: cursor
-- Up to which sequence a consumer has got all.
select sequence from consumer_cursor
where ledger_id = %(ledger_id)s and consumer = %(consumer)s;

-- name: advance_cursor
-- Moves a cursor if nobody moved it since it was looked at.
update consumer_cursor set sequence = %(sequence)s
where ledger_id = %(ledger_id)s and consumer = %(consumer)s and sequence = %(held)s;

-- name: begin_cursor
-- Makes a consumer's cursor with its first step, unless another process was first.
insert into consumer_cursor (ledger_id, consumer, sequence)
values (%(ledger_id)s, %(consumer)s, %(sequence)s)
on conflict (ledger_id, consumer) do nothing;

-- name: reset_cursor
-- Sets a cursor, wherever it is.
insert into consumer_cursor (ledger_id, consumer, sequence)
values (%(ledger_id)s, %(consumer)s, %(sequence)s)
on conflict (ledger_id, consumer) do update set sequence = excluded.sequence;

-- name: cursors
-- Every consumer of a ledger with how far it is and how much is set aside for it.
select
    c.consumer,
    c.sequence,
    (
        select count(*) from parked_event as p
        where p.ledger_id = c.ledger_id and p.consumer = c.consumer
    ) as parked
from consumer_cursor as c
where c.ledger_id = %(ledger_id)s
order by c.consumer;

-- name: delete_cursor
-- Forgets how far a consumer is.
delete from consumer_cursor where ledger_id = %(ledger_id)s and consumer = %(consumer)s;

-- name: delete_parked
-- Forgets all that is set aside for a consumer.
delete from parked_event where ledger_id = %(ledger_id)s and consumer = %(consumer)s;

-- name: park
-- Sets an event aside, or says anew why it is.
insert into parked_event (
    ledger_id, consumer, sequence, event_id, type, tries, error, parked_at
) values (
    %(ledger_id)s, %(consumer)s, %(sequence)s, %(event_id)s, %(type)s, %(tries)s, %(error)s,
    %(parked_at)s
)
on conflict (ledger_id, consumer, sequence) do update set
tries = excluded.tries, error = excluded.error, parked_at = excluded.parked_at;

-- name: parked
-- What is set aside for a consumer, in order.
select consumer, sequence, event_id, type, tries, error, parked_at from parked_event
where ledger_id = %(ledger_id)s and consumer = %(consumer)s and sequence > %(after)s
order by sequence limit %(limit)s;

-- name: unpark
-- Takes an event off the list.
delete from parked_event
where ledger_id = %(ledger_id)s and consumer = %(consumer)s and sequence = %(sequence)s;

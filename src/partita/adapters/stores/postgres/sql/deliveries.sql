-- What is owed to webhook endpoints, what was tried, and how they fare.

-- name: queue_delivery
-- Keeps a new delivery; one that is there already is left as it is.
insert into webhook_delivery (
    ledger_id, id, endpoint, sequence, event_id, type, status, tries, created_at, next_attempt_at,
    finished_at, reason
) values (
    %(ledger_id)s, %(id)s, %(endpoint)s, %(sequence)s, %(event_id)s, %(type)s, %(status)s,
    %(tries)s, %(created_at)s, %(next_attempt_at)s, %(finished_at)s, %(reason)s
)
on conflict do nothing;

-- name: queue_delivery_again
-- Keeps a delivery, or begins anew with one that is there.
insert into webhook_delivery (
    ledger_id, id, endpoint, sequence, event_id, type, status, tries, created_at, next_attempt_at,
    finished_at, reason
) values (
    %(ledger_id)s, %(id)s, %(endpoint)s, %(sequence)s, %(event_id)s, %(type)s, %(status)s,
    %(tries)s, %(created_at)s, %(next_attempt_at)s, %(finished_at)s, %(reason)s
)
on conflict (ledger_id, id) do update set
status = excluded.status,
tries = excluded.tries,
next_attempt_at = excluded.next_attempt_at,
claimed_until = null,
finished_at = excluded.finished_at,
reason = excluded.reason;

-- name: claim_deliveries
-- Claims the first deliveries of an endpoint that are due and nobody's.
with due as (
    select id from webhook_delivery
    where
        ledger_id = %(ledger_id)s and endpoint = %(endpoint)s and status = 'pending'
        and next_attempt_at <= %(now)s and (claimed_until is null or claimed_until <= %(now)s)
    order by sequence limit %(limit)s for update skip locked
)

update webhook_delivery as d set claimed_until = %(until)s
from due
where d.ledger_id = %(ledger_id)s and d.id = due.id
returning
    d.id, d.endpoint, d.sequence, d.event_id, d.type, d.status, d.tries, d.created_at,
    d.next_attempt_at, d.finished_at, d.reason;

-- name: claim_first_delivery
-- Claims the first of an endpoint's pending deliveries, if it is due and nobody's.
with head as (
    select id from webhook_delivery
    where ledger_id = %(ledger_id)s and endpoint = %(endpoint)s and status = 'pending'
    order by sequence limit 1
)

update webhook_delivery as d set claimed_until = %(until)s
from head
where
    d.ledger_id = %(ledger_id)s and d.id = head.id and d.status = 'pending'
    and d.next_attempt_at <= %(now)s and (d.claimed_until is null or d.claimed_until <= %(now)s)
returning
    d.id, d.endpoint, d.sequence, d.event_id, d.type, d.status, d.tries, d.created_at,
    d.next_attempt_at, d.finished_at, d.reason;

-- name: commit_without_waiting
-- Has this transaction commit without waiting for the disk: what a crash loses of claims and tries is sent again.
set local synchronous_commit = off;

-- name: note_delivery
-- Keeps what a try made of a delivery, unless another worker has finished it.
update webhook_delivery set
    status = %(status)s,
    tries = %(tries)s,
    next_attempt_at = %(next_attempt_at)s,
    claimed_until = null,
    finished_at = %(finished_at)s,
    reason = %(reason)s
where ledger_id = %(ledger_id)s and id = %(id)s and status = 'pending';

-- name: insert_attempt
-- Keeps a try of a delivery that is there.
insert into webhook_attempt (
    ledger_id, delivery, attempted_at, milliseconds, status, error, reply
)
select
    %(ledger_id)s, %(delivery)s, %(at)s, %(milliseconds)s, %(status)s::int, %(error)s::text,
    %(reply)s::text
where exists (
    select 1 from webhook_delivery where ledger_id = %(ledger_id)s and id = %(delivery)s
);

-- name: add_to_health
-- Adds some tries to how an endpoint fares; after a success its failures are counted anew.
insert into webhook_health (
    ledger_id, endpoint, delivered, failed, failures, failing_since, last_success_at,
    last_failure_at, last_error
) values (
    %(ledger_id)s, %(endpoint)s, %(successes)s, %(failed)s, %(failures)s, %(failing_since)s,
    %(last_success_at)s, %(last_failure_at)s, %(last_error)s
)
on conflict (ledger_id, endpoint) do update set
delivered = webhook_health.delivered + excluded.delivered,
failed = webhook_health.failed + excluded.failed,
failures
= excluded.failures + case when excluded.delivered > 0 then 0 else webhook_health.failures end,
failing_since = case
    when excluded.delivered > 0 then excluded.failing_since
    else coalesce(webhook_health.failing_since, excluded.failing_since)
end,
last_success_at = coalesce(excluded.last_success_at, webhook_health.last_success_at),
last_failure_at = coalesce(excluded.last_failure_at, webhook_health.last_failure_at),
last_error = coalesce(excluded.last_error, webhook_health.last_error);

-- name: delivery
-- A delivery by its id.
select
    id, endpoint, sequence, event_id, type, status, tries, created_at, next_attempt_at,
    finished_at, reason
from webhook_delivery where ledger_id = %(ledger_id)s and id = %(id)s;

-- name: deliveries
-- Deliveries by filters, those of the newest events first.
select
    id, endpoint, sequence, event_id, type, status, tries, created_at, next_attempt_at,
    finished_at, reason
from webhook_delivery
where
    ledger_id = %(ledger_id)s
    and (%(endpoint)s::text is null or endpoint = %(endpoint)s)
    and (%(status)s::text is null or status = %(status)s)
    and (%(event_id)s::text is null or event_id = %(event_id)s)
    and (
        %(sequence)s::bigint is null
        or (sequence, endpoint) < (%(sequence)s::bigint, %(before_endpoint)s::text)
    )
order by sequence desc, endpoint desc limit %(limit)s;

-- name: attempts
-- The tries of a delivery, newest first.
select delivery, attempted_at, milliseconds, status, error, reply from webhook_attempt
where ledger_id = %(ledger_id)s and delivery = %(delivery)s
order by number desc limit %(limit)s;

-- name: backlogs
-- What is pending, by endpoint.
select endpoint, count(*), min(created_at), min(next_attempt_at) from webhook_delivery
where ledger_id = %(ledger_id)s and status = 'pending'
group by endpoint order by endpoint;

-- name: healths
-- How some endpoints fare, and how much is parked for each.
select
    h.endpoint, h.delivered, h.failed, h.failures, h.failing_since, h.last_success_at,
    h.last_failure_at, h.last_error,
    (
        select count(*) from webhook_delivery as d
        where d.ledger_id = h.ledger_id and d.endpoint = h.endpoint and d.status = 'parked'
    ) as parked
from webhook_health as h
where h.ledger_id = %(ledger_id)s and h.endpoint = any(%(endpoints)s);

-- name: delete_pending
-- Forgets what is pending for an endpoint.
with gone as (
    delete from webhook_delivery
    where ledger_id = %(ledger_id)s and endpoint = %(endpoint)s and status = 'pending'
    returning id
),

tries as (
    delete from webhook_attempt
    where ledger_id = %(ledger_id)s and delivery in (select id from gone)
)

select count(*) from gone;

-- name: delete_replays
-- Forgets the ranges that were asked for of an endpoint.
delete from webhook_replay where ledger_id = %(ledger_id)s and endpoint = %(endpoint)s;

-- name: prune_deliveries
-- Forgets some deliveries that were finished long ago, with their tries.
with gone as (
    delete from webhook_delivery
    where ledger_id = %(ledger_id)s and id in (
        select id from webhook_delivery
        where ledger_id = %(ledger_id)s and finished_at < %(before)s
        order by finished_at limit %(limit)s
    )
    returning id
),

tries as (
    delete from webhook_attempt
    where ledger_id = %(ledger_id)s and delivery in (select id from gone)
)

select count(*) from gone;

-- name: insert_replay
-- Keeps a wish for a range.
insert into webhook_replay (ledger_id, id, endpoint, reached, through, requested_at)
values (
    %(ledger_id)s, %(id)s, %(endpoint)s, %(after)s, %(through)s, %(requested_at)s
);

-- name: replays
-- The ranges that are not done, oldest first.
select id, endpoint, reached, through, requested_at from webhook_replay
where ledger_id = %(ledger_id)s order by requested_at, id;

-- name: move_replay
-- Moves a range on, if nobody moved it since it was looked at.
update webhook_replay set reached = %(target)s
where ledger_id = %(ledger_id)s and id = %(id)s and reached = %(after)s;

-- name: end_replay
-- Ends a range that is through, if nobody moved it since it was looked at.
delete from webhook_replay
where ledger_id = %(ledger_id)s and id = %(id)s and reached = %(after)s;

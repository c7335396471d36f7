-- Resources: holds, pending transactions, documents, each as its last record left it. How they are
-- written stands with the rest of the write path, in store.sql.

-- name: resources_by_id
-- Some resources by id, whatever their kind.
select r.kind, r.body
from unnest(%(ids)s::text []) as named (id)
cross join lateral (
    select kind, body from resource
    where ledger_id = %(ledger_id)s and id = named.id
) as r;

-- name: matters_by_title
-- Some matters by kind and title.
select r.kind, r.body
from unnest(%(titles)s::text []) as named (title)
cross join lateral (
    select kind, body from resource
    where ledger_id = %(ledger_id)s and name = named.title
        and kind = split_part(named.title, '/', 1)
    order by number desc limit 1
) as r;

-- name: matters_due
-- Matters of some kinds, or of all, that are due by a moment, those first that wait longest.
select kind, body from resource
where ledger_id = %(ledger_id)s and due_at <= %(due_by)s and kind <> 'hold'
    and (%(kinds)s::text [] is null or kind = any(%(kinds)s::text []))
order by due_at, number limit %(limit)s;

-- name: resources_about
-- Resources of one kind that belong to something, newest first.
select kind, body from resource
where ledger_id = %(ledger_id)s and about = %(about)s and number < %(before)s
    and kind = %(kind)s
    and (%(state)s::text is null or state = %(state)s)
    and (%(name)s::text is null or name = %(name)s)
order by number desc limit %(limit)s;

-- name: transactions_by_id
-- The records by which some transactions came into being.
select j.body, j.leaf
from unnest(%(ids)s::text []) as named (id)
cross join lateral (
    select body, leaf from journal
    where ledger_id = %(ledger_id)s and id = named.id
        and type not in ('account.frozen', 'account.unfrozen', 'account.closed')
    limit 1
) as j;

-- name: newest_by_name
-- The newest version of some documents.
select r.kind, r.body
from unnest(%(names)s::text []) as named (name)
cross join lateral (
    select kind, body from resource
    where ledger_id = %(ledger_id)s and name = named.name and kind = 'document'
    order by number desc limit 1
) as r;

-- name: due_resources
-- Every hold that is due by a moment, and when the next is due after it.
select kind, body, due_at from resource
where ledger_id = %(ledger_id)s and kind = 'hold' and due_at <= %(due_by)s
union all
(
    select null, null, due_at from resource
    where ledger_id = %(ledger_id)s and kind = 'hold' and due_at > %(due_by)s
    order by due_at limit 1
);

-- name: resource
-- One resource as it is now.
select kind, body from resource
where ledger_id = %(ledger_id)s and kind = %(kind)s and id = %(id)s;

-- name: resources
-- Resources of one kind, newest first.
select kind, body from resource
where ledger_id = %(ledger_id)s and kind = %(kind)s and number < %(before)s
    and (%(state)s::text is null or state = %(state)s)
order by number desc limit %(limit)s;

-- name: resources_of_account
-- Resources of one kind that are about one account, newest first.
select kind, body from resource
where ledger_id = %(ledger_id)s and account_number = %(account)s and number < %(before)s
    and kind = %(kind)s
    and (%(state)s::text is null or state = %(state)s)
    and (%(name)s::text is null or name = %(name)s)
order by number desc limit %(limit)s;

-- name: resources_by_name
-- Resources of one kind and name, newest first.
select kind, body from resource
where ledger_id = %(ledger_id)s and name = %(name)s and number < %(before)s
    and kind = %(kind)s
    and (%(state)s::text is null or state = %(state)s)
order by number desc limit %(limit)s;

-- name: held
-- What the open holds of some accounts set aside. It stands at the end of their bodies; reading those
-- as JSON would stop at a NUL in metadata, which no text of PostgreSQL can hold.
select
    account_number,
    sum(substring(body from '"remaining":"([0-9]+)","status":"[a-z_]+"}$')::numeric) as remaining
from resource
where ledger_id = %(ledger_id)s and account_number = any(%(accounts)s::bigint [])
    and kind = 'hold' and state in ('placed', 'partially_captured')
group by account_number;

-- name: records_about
-- The records that changed a resource, in order.
select j.body, j.leaf
from resource_change as c
inner join journal as j on j.ledger_id = %(ledger_id)s and j.sequence = c.sequence
where c.ledger_id = %(ledger_id)s and c.id = %(id)s and c.sequence > %(after)s
order by c.sequence limit %(limit)s;

-- name: rules
-- Every limit in force, every period, and the matters in force that many decisions look at.
select kind, body from resource
where ledger_id = %(ledger_id)s
    and (
        kind = 'period'
        or (kind = 'limit' and state = 'active')
        or (kind in ('chart', 'rule', 'rail') and state in ('active', 'shadow', 'enabled'))
    )
order by number;

-- name: usages_by_name
-- What some subjects used of some limits.
select u.body
from unnest(%(limits)s::text [], %(subjects)s::text []) as named (limit_id, subject) -- noqa: PRS
cross join lateral (
    select body from limit_usage
    where ledger_id = %(ledger_id)s and limit_id = named.limit_id and subject = named.subject
) as u;

-- name: usages_by_amount
-- What was used of one limit, where the most is kept first.
select body from limit_usage
where ledger_id = %(ledger_id)s and limit_id = %(limit_id)s
    and (%(kept)s::numeric is null or (amount, subject) < (%(kept)s::numeric, %(subject)s::text))
order by amount desc, subject desc limit %(count)s;

-- name: usages_by_uses
-- The same, where the most uses are kept first.
select body from limit_usage
where ledger_id = %(ledger_id)s and limit_id = %(limit_id)s
    and (%(kept)s::numeric is null or (uses, subject) < (%(kept)s::bigint, %(subject)s::text))
order by uses desc, subject desc limit %(count)s;

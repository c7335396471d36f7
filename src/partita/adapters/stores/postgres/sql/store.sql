-- The store's queries: the write path first, then the read side, then the keyring.

-- name: lock_head
-- Locks the head of a ledger, which puts all its writers in one order.
select sequence, recorded_at, frontier, root, outcomes, answers from head
where ledger_id = %(ledger_id)s for update;

-- name: stand_on_head
-- Locks the head of a ledger if it is the one that a draft stands on; no row if it is another.
select 1 from head
where ledger_id = %(ledger_id)s and root = %(base_root)s and outcomes = %(base_outcomes)s
for update;

-- name: head
-- Where a journal stands.
select sequence, recorded_at, frontier, root, outcomes, answers from head
where ledger_id = %(ledger_id)s;

-- name: move_head
-- Moves the head to where this commit leaves the journal.
update head set
    sequence = %(sequence)s,
    recorded_at = %(recorded_at)s,
    frontier = %(frontier)s,
    root = %(root)s,
    outcomes = %(outcomes)s,
    answers = %(answers)s
where ledger_id = %(ledger_id)s and root = %(base_root)s and outcomes = %(base_outcomes)s;

-- name: insert_journal
-- Takes in a few records by column, if the head is the one that their draft stands on.
insert into journal (
    ledger_id, sequence, type, id, key, external_id, recorded_at, body, leaf
)
select
    %(ledger_id)s, r.sequence, r.type, r.id, r.key, r.external_id, r.recorded_at, r.body, r.leaf
from unnest( -- noqa: PRS
    %(sequences)b::bigint [], %(types)b::text [], %(ids)b::text [], %(keys)b::bytea [],
    %(external_ids)b::text [], %(times)b::timestamptz [], %(bodies)b::text [],
    %(leaves)b::bytea []
) as r (sequence, type, id, key, external_id, recorded_at, body, leaf)
where exists (
    select from head
    where ledger_id = %(ledger_id)s and root = %(base_root)s and outcomes = %(base_outcomes)s
);

-- name: insert_entries
-- Takes in a few entries by column, if the head is the one that their draft stands on.
insert into entry (
    ledger_id, account_number, version, sequence, leg, asset, amount, posted_debits,
    posted_credits, pending_debits, pending_credits, effective_at, recorded_at
)
select
    %(ledger_id)s, e.account_number, e.version, e.sequence, e.leg, e.asset, e.amount,
    e.posted_debits, e.posted_credits, e.pending_debits, e.pending_credits, e.effective_at,
    e.recorded_at
from unnest( -- noqa: PRS
    %(numbers)b::bigint [], %(versions)b::bigint [], %(sequences)b::bigint [],
    %(legs)b::smallint [], %(assets)b::text [], %(amounts)b::numeric [],
    %(posted_debits)b::numeric [], %(posted_credits)b::numeric [],
    %(pending_debits)b::numeric [], %(pending_credits)b::numeric [],
    %(effective)b::timestamptz [], %(recorded)b::timestamptz []
) as e (
    account_number, version, sequence, leg, asset, amount, posted_debits, posted_credits,
    pending_debits, pending_credits, effective_at, recorded_at
)
where exists (
    select from head
    where ledger_id = %(ledger_id)s and root = %(base_root)s and outcomes = %(base_outcomes)s
);

-- name: insert_moves
-- Takes in entries that change what is pending, if the head is the one that their draft stands on.
insert into entry (
    ledger_id, account_number, version, sequence, leg, asset, amount, posted_debits,
    posted_credits, pending_debits, pending_credits, effective_at, recorded_at, pending, side
)
select
    %(ledger_id)s, e.account_number, e.version, e.sequence, e.leg, e.asset, e.amount,
    e.posted_debits, e.posted_credits, e.pending_debits, e.pending_credits, e.effective_at,
    e.recorded_at, e.pending, e.side
from unnest( -- noqa: PRS
    %(numbers)b::bigint [], %(versions)b::bigint [], %(sequences)b::bigint [],
    %(legs)b::smallint [], %(assets)b::text [], %(amounts)b::numeric [],
    %(posted_debits)b::numeric [], %(posted_credits)b::numeric [],
    %(pending_debits)b::numeric [], %(pending_credits)b::numeric [],
    %(effective)b::timestamptz [], %(recorded)b::timestamptz [],
    %(pending)b::numeric [], %(sides)b::text []
) as e (
    account_number, version, sequence, leg, asset, amount, posted_debits, posted_credits,
    pending_debits, pending_credits, effective_at, recorded_at, pending, side
)
where exists (
    select from head
    where ledger_id = %(ledger_id)s and root = %(base_root)s and outcomes = %(base_outcomes)s
);

-- name: keep_resources
-- Takes in resources as they are now, if the head is the one that their draft stands on.
insert into resource (
    ledger_id, kind, id, number, state, name, account_number, about, due_at, body
)
select
    %(ledger_id)s, r.kind, r.id, r.number, r.state, r.name, r.account_number, r.about, r.due_at,
    r.body
from unnest( -- noqa: PRS
    %(kinds)b::text [], %(ids)b::text [], %(resource_numbers)b::bigint [], %(states)b::text [],
    %(names)b::text [], %(accounts)b::bigint [], %(about)b::text [], %(due)b::timestamptz [],
    %(bodies)b::text []
) as r (kind, id, number, state, name, account_number, about, due_at, body)
where exists (
    select from head
    where ledger_id = %(ledger_id)s and root = %(base_root)s and outcomes = %(base_outcomes)s
)
on conflict (ledger_id, id) do update set
    state = excluded.state,
    name = excluded.name,
    about = excluded.about,
    due_at = excluded.due_at,
    body = excluded.body;

-- name: insert_resource_changes
-- Notes which records changed which resources, if the head is the one that their draft stands on.
insert into resource_change (ledger_id, id, sequence)
select %(ledger_id)s, c.id, c.sequence
from unnest(%(ids)b::text [], %(sequences)b::bigint []) as c (id, sequence) -- noqa: PRS
where exists (
    select from head
    where ledger_id = %(ledger_id)s and root = %(base_root)s and outcomes = %(base_outcomes)s
);

-- name: keep_usages
-- Takes in what is used of limits now, if the head is the one that their draft stands on.
insert into limit_usage (ledger_id, limit_id, subject, body, amount, uses)
select %(ledger_id)s, u.limit_id, u.subject, u.body, u.amount::numeric, u.uses
from unnest( -- noqa: PRS
    %(limits)s::text [], %(subjects)s::text [], %(bodies)s::text [],
    %(amounts)s::text [], %(uses)s::bigint []
) as u (limit_id, subject, body, amount, uses)
where exists (
    select from head
    where ledger_id = %(ledger_id)s and root = %(base_root)s and outcomes = %(base_outcomes)s
)
on conflict (ledger_id, limit_id, subject) do update set
    body = excluded.body, amount = excluded.amount, uses = excluded.uses;

-- name: copy_journal
-- Takes in records in PostgreSQL's binary COPY format.
copy journal (
    ledger_id, sequence, type, id, key, external_id, recorded_at, body, leaf
) from stdin (format binary); -- noqa: PRS

-- name: copy_entries
-- Takes in entries in PostgreSQL's binary COPY format.
copy entry (
    ledger_id, account_number, version, sequence, leg, asset, amount, posted_debits,
    posted_credits, pending_debits, pending_credits, effective_at, recorded_at
) from stdin (format binary); -- noqa: PRS

-- name: insert_outcome
-- Keeps the answer of a key that is not simply one record.
insert into outcome (ledger_id, key, recorded_at, body, place, leaf)
values (%(ledger_id)s, %(key)s, %(recorded_at)s, %(body)s, %(place)s, %(leaf)s);

-- name: insert_account
-- Adds an opened account to the chart.
insert into account (
    ledger_id, number, id, path, type, normal_side, asset, status, opening
) values (
    %(ledger_id)s, %(number)s, %(id)s, %(path)s, %(type)s, %(normal_side)s, %(asset)s,
    %(status)s, %(opening)s
);

-- name: change_account
-- Gives an account its new status.
update account set status = %(status)s
where ledger_id = %(ledger_id)s and number = %(number)s;

-- name: insert_asset
-- Adds a registered asset.
insert into asset (ledger_id, code, body) values (%(ledger_id)s, %(code)s, %(body)s);

-- name: records_by_key
-- Records that were written under one of some keys: one probe of the index for each key.
select k.key, j.body, j.leaf
from unnest(%(keys)b::bytea []) as k (key)
cross join lateral (
    select body, leaf from journal
    where ledger_id = %(ledger_id)s and key = k.key limit 1
) as j;

-- name: outcomes_by_key
-- Stored answers of some keys that are not one record.
select k.key, o.body
from unnest(%(keys)b::bytea []) as k (key)
cross join lateral (
    select body from outcome
    where ledger_id = %(ledger_id)s and key = k.key limit 1
) as o;

-- name: records_by_sequence
-- Some records by their place.
select sequence, body, leaf from journal
where ledger_id = %(ledger_id)s and sequence = any(%(sequences)s);

-- name: standings
-- Some accounts by path or id, each with its last entry, which is its balance.
select
    a.opening, a.status, last.version, last.posted_debits, last.posted_credits,
    last.pending_debits, last.pending_credits
from (
    select by_path.*
    from unnest(%(paths)s::text []) as named (path)
    cross join lateral (
        select number, opening, status from account
        where ledger_id = %(ledger_id)s and path = named.path limit 1
    ) as by_path
    union all
    select by_id.*
    from unnest(%(ids)s::text []) as named (id)
    cross join lateral (
        select number, opening, status from account
        where ledger_id = %(ledger_id)s and id = named.id limit 1
    ) as by_id
) as a
left join lateral (
    select
        e.version, e.posted_debits, e.posted_credits, e.pending_debits, e.pending_credits
    from entry as e
    where e.ledger_id = %(ledger_id)s and e.account_number = a.number
    order by e.version desc limit 1
) as last on true;

-- name: taken_external_ids
-- Which of some external ids belong to a transaction already.
select x.external_id
from unnest(%(external_ids)s::text []) as x (external_id)
cross join lateral (
    select 1 from journal
    where ledger_id = %(ledger_id)s and external_id = x.external_id limit 1
) as j;

-- name: assets_by_code
-- Some registered assets.
select a.body
from unnest(%(codes)s::text []) as c (code)
cross join lateral (
    select body from asset where ledger_id = %(ledger_id)s and code = c.code limit 1
) as a;

-- name: leaf
-- The stored hash of one record.
select leaf from journal where ledger_id = %(ledger_id)s and sequence = %(sequence)s;

-- name: ledgers
-- Every ledger, by number.
select ledger_id, name, created_at from ledger order by ledger_id;

-- name: insert_ledger
-- Makes a ledger unless its name is there, with the next number and an empty journal.
with made as (
    insert into ledger (ledger_id, name, created_at)
    select coalesce(max(ledger_id), 0) + 1, %(name)s, %(created_at)s from ledger
    on conflict (name) do nothing
    returning ledger_id
)

insert into head (ledger_id, sequence, recorded_at, frontier, root)
select ledger_id, 0, 'epoch', '', %(root)s from made;

-- name: records_after
-- Records in order, from the one after a place.
select body, leaf from journal
where ledger_id = %(ledger_id)s and sequence > %(after)s
order by sequence limit %(limit)s;

-- name: records_at
-- The records of these sequences, the newest first.
select body, leaf from journal
where ledger_id = %(ledger_id)s and sequence = any(%(sequences)s)
order by sequence desc;

-- name: bodies_after
-- The bytes of records in order, from the one after a place; as bytes, so that nobody decodes them.
select convert_to(body, 'UTF8') from journal
where ledger_id = %(ledger_id)s and sequence > %(after)s
order by sequence limit %(limit)s;

-- name: record_by_id
-- The record by which the bearer of an id came into being.
select body, leaf from journal
where ledger_id = %(ledger_id)s and id = %(id)s
    and type not in ('account.frozen', 'account.unfrozen', 'account.closed');

-- name: record_by_external_id
-- The record that took an external id, whatever it made.
select body, leaf from journal
where ledger_id = %(ledger_id)s and external_id = %(external_id)s;

-- name: transactions
-- Transactions by place, newest first.
select body, leaf from journal
where ledger_id = %(ledger_id)s
    and type in (
        'transaction.posted', 'transaction.reversed', 'transaction.pended', 'hold.captured'
    )
    and sequence < %(before)s
    and recorded_at >= %(recorded_from)s and recorded_at < %(recorded_to)s
    and sequence > %(after)s
order by sequence desc limit %(limit)s;

-- name: transactions_by_reference
-- The transaction with an external id, with a key, or with both where both are given.
select body, leaf from journal
where ledger_id = %(ledger_id)s and sequence < %(before)s
    and type in (
        'transaction.posted', 'transaction.reversed', 'transaction.pended', 'hold.captured'
    )
    and (external_id = %(external_id)s or key = %(key)s)
    and coalesce(external_id = %(external_id)s, %(external_id)s::text is null)
    and coalesce(key = %(key)s, %(key)s::bytea is null);

-- name: transactions_of_account
-- Transactions that an account takes part in, newest first.
select j.body, j.leaf from (
    select distinct e.sequence from entry as e
    where e.ledger_id = %(ledger_id)s and e.account_number = %(account)s
        and e.sequence < %(before)s
        and e.recorded_at >= %(recorded_from)s and e.recorded_at < %(recorded_to)s
        and e.effective_at >= %(effective_from)s and e.effective_at < %(effective_to)s
        -- What only changes a hold has entries and is no transaction; the limit must not count it.
        and exists (
            select from journal as t
            where t.ledger_id = %(ledger_id)s and t.sequence = e.sequence and t.type in (
                'transaction.posted', 'transaction.reversed', 'transaction.pended', 'hold.captured'
            )
        )
    order by e.sequence desc limit %(limit)s
) as chosen
inner join journal as j on j.ledger_id = %(ledger_id)s and j.sequence = chosen.sequence
order by j.sequence desc;

-- name: accounts
-- Accounts with where they stand, newest first.
select
    a.opening, a.status, last.version, last.posted_debits, last.posted_credits,
    last.pending_debits, last.pending_credits
from account as a
left join lateral (
    select
        e.version, e.posted_debits, e.posted_credits, e.pending_debits, e.pending_credits
    from entry as e
    where e.ledger_id = a.ledger_id and e.account_number = a.number
    order by e.version desc limit 1
) as last on true
where a.ledger_id = %(ledger_id)s and a.number < %(before)s
    and (%(prefix)s::text is null or a.path = %(prefix)s or a.path ^@ (%(prefix)s || ':'))
    and (%(asset)s::text is null or a.asset = %(asset)s)
    and (%(type)s::text is null or a.type = %(type)s)
    and (%(status)s::text is null or a.status = %(status)s)
order by a.number desc limit %(limit)s;

-- name: assets
-- All registered assets.
select body from asset where ledger_id = %(ledger_id)s order by code;

-- name: entries
-- Entries of an account, newest first.
select
    a.path, e.account_number, e.version, e.amount, e.asset, e.posted_debits, e.posted_credits,
    e.pending_debits, e.pending_credits, e.sequence, e.leg, e.effective_at, e.recorded_at,
    j.id, j.external_id, e.pending, e.side
from entry as e
inner join account as a on a.ledger_id = e.ledger_id and a.number = e.account_number
inner join journal as j on j.ledger_id = e.ledger_id and j.sequence = e.sequence
where e.ledger_id = %(ledger_id)s and e.account_number = %(account)s
    and e.version < %(before)s
order by e.version desc limit %(limit)s;

-- name: sequence_at
-- The last sequence recorded by a moment: a binary search, since times rise with the sequence.
with recursive search (low, high) as (
    select 0::bigint, h.sequence from head as h where h.ledger_id = %(ledger_id)s
    union all
    select
        case when j.recorded_at <= %(moment)s then j.sequence else s.low end,
        case when j.recorded_at <= %(moment)s then s.high else j.sequence - 1 end
    from search as s
    inner join journal as j
        on j.ledger_id = %(ledger_id)s and j.sequence = (s.low + s.high + 1) / 2
    where s.low < s.high
)

select low from search where low = high;

-- name: totals_at
-- An account's totals as of a sequence: a binary search in its register, which is dense.
with recursive search (low, high) as (
    select 0::bigint, coalesce(max(e.version), 0) from entry as e
    where e.ledger_id = %(ledger_id)s and e.account_number = %(account)s
    union all
    select
        case when e.sequence <= %(sequence)s then e.version else s.low end,
        case when e.sequence <= %(sequence)s then s.high else e.version - 1 end
    from search as s
    inner join entry as e
        on e.ledger_id = %(ledger_id)s and e.account_number = %(account)s
        and e.version = (s.low + s.high + 1) / 2
    where s.low < s.high
)

select e.posted_debits, e.posted_credits, e.pending_debits, e.pending_credits
from search as s
inner join entry as e
    on e.ledger_id = %(ledger_id)s and e.account_number = %(account)s and e.version = s.low
where s.low = s.high;

-- name: trial_balance
-- Every account with its totals, by path.
select
    a.opening, a.status, last.version, last.posted_debits, last.posted_credits,
    last.pending_debits, last.pending_credits
from account as a
left join lateral (
    select
        e.version, e.posted_debits, e.posted_credits, e.pending_debits, e.pending_credits
    from entry as e
    where e.ledger_id = a.ledger_id and e.account_number = a.number
    order by e.version desc limit 1
) as last on true
where a.ledger_id = %(ledger_id)s order by a.path;

-- name: insert_key
-- Keeps a new API key as its keyed hash.
insert into api_key (id, ledger, name, scope, digest, created_at, expires_at, revoked_at)
values (
    %(id)s, %(ledger)s, %(name)s, %(scope)s, %(digest)s, %(created_at)s, %(expires_at)s,
    %(revoked_at)s
);

-- name: key_by_digest
-- The API key with this keyed hash.
select id, ledger, name, scope, digest, created_at, expires_at, revoked_at
from api_key where digest = %(digest)s;

-- name: keys
-- API keys, newest first; all, or one ledger's.
select id, ledger, name, scope, digest, created_at, expires_at, revoked_at
from api_key
where %(ledger)s::text is null or ledger = %(ledger)s
order by created_at desc, id desc;

-- name: revoke_key
-- Revokes an API key; the first moment stays.
update api_key set revoked_at = coalesce(revoked_at, %(now)s) where id = %(id)s
returning id, ledger, name, scope, digest, created_at, expires_at, revoked_at;

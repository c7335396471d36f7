-- Balances of the past. Registers are dense by version and rise by sequence and by recorded_at, so
-- that axis is a binary search. Effective times do not rise; there, what is known is covered by few
-- blocks of `register_block`, each counted as a whole, not at all, or up to a place that one look-up
-- finds, and the few entries behind the last block are read. Without any block all are read.

-- name: steady_plans
-- For this transaction: look-ups by index whatever the statistics say, planned once.
select
    set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true),
    set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true),
    set_config('jit', 'off', true), set_config('plan_cache_mode', 'force_generic_plan', true);

-- name: entries_at
-- The last entry of each of some accounts at or before a sequence and recorded by a moment, with its
-- running totals. Both rise along a register.
with recursive search (number, low, high) as (
    select
        a.number,
        case when e.is_in then e.version else 0 end,
        e.version
    from unnest(%(numbers)s::bigint []) as a (number)
    cross join lateral (
        select
            version,
            sequence <= %(sequence)s::bigint
            and recorded_at <= %(recorded_by)s::timestamptz as is_in
        from entry
        where ledger_id = %(ledger_id)s and account_number = a.number
        order by version desc limit 1
    ) as e
    union all
    select
        s.number,
        case when e.is_in then e.version else s.low end,
        case when e.is_in then s.high else e.version - 1 end
    from search as s
    cross join lateral (
        select
            version,
            sequence <= %(sequence)s::bigint
            and recorded_at <= %(recorded_by)s::timestamptz as is_in
        from entry
        where ledger_id = %(ledger_id)s and account_number = s.number
            and version = (s.low + s.high + 1) / 2
        limit 1
    ) as e
    where s.low < s.high
)

select
    s.number, e.version, e.sequence, e.posted_debits, e.posted_credits, e.pending_debits,
    e.pending_credits
from search as s
cross join lateral (
    select
        version, sequence, posted_debits, posted_credits, pending_debits, pending_credits
    from entry
    where ledger_id = %(ledger_id)s and account_number = s.number and version = s.low
    limit 1
) as e
where s.low = s.high and s.low > 0;

-- name: posted_before
-- What was posted to some accounts, by what stands at or before a sequence, effective before each
-- of some rising moments. Parts that are added up for an account and a moment: runs of entries that
-- are wholly before it; runs in disorder that it cuts, by their pages; the run in order that it
-- cuts, by its marks; and the entries behind the blocks. A part of the last kind counts for its
-- moment and all later ones.
with recursive search (number, low, high) as (
    select
        a.number,
        case when e.sequence <= %(sequence)s::bigint then e.version else 0 end,
        e.version
    from unnest(%(numbers)s::bigint []) as a (number)
    cross join lateral (
        select version, sequence from entry
        where ledger_id = %(ledger_id)s and account_number = a.number
        order by version desc limit 1
    ) as e
    union all
    select
        s.number,
        case when e.sequence <= %(sequence)s::bigint then e.version else s.low end,
        case when e.sequence <= %(sequence)s::bigint then s.high else e.version - 1 end
    from search as s
    cross join lateral (
        select version, sequence from entry
        where ledger_id = %(ledger_id)s and account_number = s.number
            and version = (s.low + s.high + 1) / 2
        limit 1
    ) as e
    where s.low < s.high
),
known as materialized (
    select
        s.number, s.low as version,
        least(s.low / %(block_entries)s::bigint, coalesce(last.block + 1, 0)) as blocks
    from search as s
    left join lateral (
        select block from register_block
        where ledger_id = %(ledger_id)s and account_number = s.number and level = 0
        order by block desc limit 1
    ) as last on true
    where s.low = s.high and s.low > 0
),
run as materialized (
    select
        k.number, b.level, b.block, b.debits, b.credits, b.first_effective_at,
        b.last_effective_at, b.in_order
    from known as k
    cross join generate_series(0, %(top_level)s::int) as step (level)
    cross join lateral (
        select
            r.level, r.block, r.debits, r.credits, r.first_effective_at, r.last_effective_at,
            r.in_order
        from register_block as r
        where r.ledger_id = %(ledger_id)s and r.account_number = k.number
            and r.level = step.level
            and r.block < k.blocks >> (2 * step.level)
            and r.block >= case
                when step.level = %(top_level)s::int then 0
                else (k.blocks >> (2 * (step.level + 1))) << 2
            end
        offset 0
    ) as b
),
ordered as materialized (
    select
        k.number,
        array_agg(b.first_effective_at order by b.block) as firsts,
        array_agg(b.block order by b.block) as blocks
    from known as k
    cross join lateral (
        select r.block, r.first_effective_at from register_block as r
        where r.ledger_id = %(ledger_id)s and r.account_number = k.number and r.level = 0
            and r.block < k.blocks and r.in_order
        offset 0
    ) as b
    where exists (select from run where run.number = k.number and run.in_order)
    group by k.number
),
moment as materialized (
    -- The latest that is included, too: times are whole microseconds.
    select p.place, p.before, p.before - interval '1 microsecond' as latest
    from unnest(%(moments)s::timestamptz []) with ordinality as p (before, place)
),
cut as materialized (
    select
        r.number, r.level, r.block, r.in_order, m.place, m.before, m.latest
    from run as r
    inner join moment as m
        on r.first_effective_at < m.before and r.last_effective_at >= m.before
),
part (number, place, lasting, debits, credits) as (
    select r.number, m.place, false, r.debits, r.credits
    from run as r
    inner join moment as m on r.last_effective_at < m.before
    union all
    select c.number, c.place, false, found.debits, found.credits
    from cut as c
    cross join lateral (
        select
            p.debits[width_bucket(c.latest, p.times)] as debits,
            p.credits[width_bucket(c.latest, p.times)] as credits
        from register_page as p
        where p.ledger_id = %(ledger_id)s and p.account_number = c.number
            and p.level = c.level and p.block = c.block and p.effective_at < c.before
        order by p.effective_at desc, p.page desc limit 1
    ) as found
    where not c.in_order
    union all
    select
        c.number, c.place, false,
        upto.posted_debits - coalesce(base.posted_debits, 0),
        upto.posted_credits - coalesce(base.posted_credits, 0)
    from cut as c
    inner join ordered as o on o.number = c.number
    cross join lateral (
        select
            r.block * %(block_entries)s::bigint
            + (width_bucket(c.latest, r.effective_marks) - 1) * %(mark_entries)s::bigint
            as version
        from register_block as r
        where r.ledger_id = %(ledger_id)s and r.account_number = c.number and r.level = 0
            and r.block = o.blocks[width_bucket(c.latest, o.firsts)]
        limit 1
    ) as mark
    cross join lateral (
        select e.posted_debits, e.posted_credits from entry as e
        where e.ledger_id = %(ledger_id)s and e.account_number = c.number
            and e.version > mark.version
            and e.version <= mark.version + %(mark_entries)s::bigint
            and e.effective_at < c.before
        order by e.version desc limit 1
    ) as upto
    left join lateral (
        select e.posted_debits, e.posted_credits from entry as e
        where e.ledger_id = %(ledger_id)s and e.account_number = c.number
            and e.version = (c.block << (2 * c.level)) * %(block_entries)s::bigint
        limit 1
    ) as base on true
    where c.in_order
    union all
    select
        tail.number, tail.place, true, sum(greatest(tail.amount, 0)),
        sum(greatest(-tail.amount, 0))
    from (
        select
            k.number, e.amount,
            width_bucket(e.effective_at, %(moments)s::timestamptz []) + 1 as place
        from known as k
        cross join lateral (
            select entry.amount, entry.effective_at from entry
            where entry.ledger_id = %(ledger_id)s and entry.account_number = k.number
                and entry.version > k.blocks * %(block_entries)s::bigint
                and entry.version <= k.version
            offset 0
        ) as e
    ) as tail
    group by tail.number, tail.place
)

select number, place, lasting, sum(debits), sum(credits)
from part
where place <= cardinality(%(moments)s::timestamptz [])
group by number, place, lasting
order by number, place;

-- name: recorded_before
-- The running totals of an account before each of some rising moments, by recorded time: the block
-- that the moment is in, its mark, and the few entries behind it; behind the last block, and where
-- there is none, a binary search.
with recursive last as materialized (
    select coalesce(max(e.version), 0) as version from entry as e
    where e.ledger_id = %(ledger_id)s and e.account_number = %(number)s
),
built as materialized (
    select
        array_agg(r.recorded_marks[1] order by r.block) as firsts,
        count(*) as blocks
    from register_block as r
    where r.ledger_id = %(ledger_id)s and r.account_number = %(number)s and r.level = 0
),
moment as materialized (
    select
        p.place, p.before, p.before - interval '1 microsecond' as latest,
        coalesce(width_bucket(p.before - interval '1 microsecond', b.firsts), 0) as blocks,
        b.blocks as all_blocks
    from unnest(%(moments)s::timestamptz []) with ordinality as p (before, place)
    cross join built as b
),
search (place, before, low, high) as (
    select
        m.place, m.before,
        greatest(m.all_blocks - 1, 0) * %(block_entries)s::bigint,
        l.version
    from moment as m cross join last as l
    where m.blocks = m.all_blocks
    union all
    select
        s.place, s.before,
        case when e.recorded_at < s.before then e.version else s.low end,
        case when e.recorded_at < s.before then s.high else e.version - 1 end
    from search as s
    cross join lateral (
        select version, recorded_at from entry
        where ledger_id = %(ledger_id)s and account_number = %(number)s
            and version = (s.low + s.high + 1) / 2
        limit 1
    ) as e
    where s.low < s.high
)

select m.place, e.posted_debits, e.posted_credits
from moment as m
cross join lateral (
    select
        (m.blocks - 1) * %(block_entries)s::bigint
        + (width_bucket(m.latest, r.recorded_marks) - 1) * %(mark_entries)s::bigint as version
    from register_block as r
    where r.ledger_id = %(ledger_id)s and r.account_number = %(number)s and r.level = 0
        and r.block = m.blocks - 1
    limit 1
) as mark
cross join lateral (
    select entry.posted_debits, entry.posted_credits from entry
    where entry.ledger_id = %(ledger_id)s and entry.account_number = %(number)s
        and entry.version > mark.version
        and entry.version <= mark.version + %(mark_entries)s::bigint
        and entry.recorded_at < m.before
    order by entry.version desc limit 1
) as e
where m.blocks > 0 and m.blocks < m.all_blocks
union all
select s.place, e.posted_debits, e.posted_credits
from search as s
cross join lateral (
    select entry.posted_debits, entry.posted_credits from entry
    where entry.ledger_id = %(ledger_id)s and entry.account_number = %(number)s
        and entry.version = s.low
    limit 1
) as e
where s.low = s.high;

-- name: accounts_by_path
-- Accounts that were opened at or before a sequence, by path, from the one after a path.
select opening, status from account
where ledger_id = %(ledger_id)s and number <= %(sequence)s and path > %(after)s
order by path limit %(limit)s;

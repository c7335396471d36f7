-- Blocks of registers: what `as_of.sql` answers from, built from the entries alone, behind the
-- writers and in no one's way. `target_id` is the ledger that the rows are kept under: the entries'
-- own, but for a check, which builds them again under a number that no ledger has.

-- name: try_to_build
-- Whether this session is now the one that builds blocks for a ledger, until it commits.
select pg_try_advisory_xact_lock(%(space)s::int, %(ledger_id)s::int);

-- name: wait_to_build
-- Waits until nobody else builds blocks for a ledger, and keeps others away until it commits.
select pg_advisory_xact_lock(%(space)s::int, %(ledger_id)s::int);

-- name: due_blocks
-- The registers with entries enough for blocks that are not there, with the blocks from which and
-- before which. `entry_block_end` is an index of just these ends.
select e.account_number, coalesce(built.blocks, 0), max(e.version) / %(block_entries)s::bigint
from entry as e
left join lateral (
    select b.block + 1 as blocks from register_block as b
    where b.ledger_id = %(target_id)s and b.account_number = e.account_number and b.level = 0
    order by b.block desc limit 1
) as built on true
where e.ledger_id = %(ledger_id)s and e.version %% %(block_entries)s::bigint = 0 -- noqa: PRS
group by e.account_number, built.blocks
having max(e.version) / %(block_entries)s::bigint > coalesce(built.blocks, 0)
order by e.account_number;

-- name: insert_blocks
-- Sums up blocks of level 0 of one register. A block is in order if its effective times rise, and
-- none is before one that an earlier block holds; so a moment cuts one block in order at most.
with fresh as (
    select
        (version - 1) / %(block_entries)s::bigint as block,
        (version - 1) %% %(block_entries)s::bigint as place, -- noqa: PRS
        amount, effective_at, recorded_at,
        lag(effective_at) over (order by version) as previous
    from entry
    where ledger_id = %(ledger_id)s and account_number = %(number)s
        and version > %(first)s::bigint * %(block_entries)s::bigint
        and version <= %(beyond)s::bigint * %(block_entries)s::bigint
),
summed as (
    select
        block,
        sum(greatest(amount, 0)) as debits,
        sum(greatest(-amount, 0)) as credits,
        min(effective_at) as first_effective_at,
        max(effective_at) as last_effective_at,
        bool_and(place = 0 or previous <= effective_at) as rises,
        array_agg(effective_at order by place)
            filter (where place %% %(mark_entries)s::bigint = 0) as effective_marks, -- noqa: PRS, AL02
        array_agg(recorded_at order by place)
            filter (where place %% %(mark_entries)s::bigint = 0) as recorded_marks
    from fresh group by block
),
placed as (
    select
        s.*,
        greatest(
            max(s.last_effective_at) over (
                order by s.block rows between unbounded preceding and 1 preceding
            ),
            before.highest_effective_at
        ) as highest_before
    from summed as s
    left join register_block as before
        on before.ledger_id = %(target_id)s and before.account_number = %(number)s
        and before.level = 0 and before.block = %(first)s::bigint - 1
),
judged as (
    select
        *,
        rises and first_effective_at >= coalesce(highest_before, '-infinity') as in_order
    from placed
)

insert into register_block (
    ledger_id, account_number, level, block, debits, credits, first_effective_at,
    last_effective_at, highest_effective_at, in_order, effective_marks, recorded_marks
)
select
    %(target_id)s, %(number)s, 0, block, debits, credits, first_effective_at,
    last_effective_at, greatest(last_effective_at, highest_before), in_order,
    case when in_order then effective_marks end, recorded_marks
from judged;

-- name: insert_upper_blocks
-- Sums up blocks of a higher level of one register, each from four of the level below.
insert into register_block (
    ledger_id, account_number, level, block, debits, credits, first_effective_at,
    last_effective_at, highest_effective_at, in_order
)
select
    %(target_id)s, %(number)s, %(level)s, block >> 2, sum(debits), sum(credits),
    min(first_effective_at), max(last_effective_at), max(highest_effective_at),
    bool_and(in_order)
from register_block
where ledger_id = %(target_id)s and account_number = %(number)s
    and level = %(level)s::int - 1
    and block >= %(first)s::bigint * 4 and block < %(beyond)s::bigint * 4
group by block >> 2;

-- name: insert_pages
-- Puts the entries of blocks in disorder into effective order, with running totals.
insert into register_page (
    ledger_id, account_number, level, block, effective_at, page, times, debits, credits
)
select
    %(target_id)s, %(number)s, %(level)s, block, min(effective_at), page,
    array_agg(effective_at order by place), array_agg(debits order by place),
    array_agg(credits order by place)
from (
    select
        b.block, e.effective_at,
        row_number() over sorted as place,
        ((row_number() over sorted) - 1) / %(page_entries)s::int as page,
        sum(greatest(e.amount, 0)) over sorted as debits,
        sum(greatest(-e.amount, 0)) over sorted as credits
    from register_block as b
    cross join lateral (
        select version, amount, effective_at from entry
        where ledger_id = %(ledger_id)s and account_number = %(number)s
            and version > b.block * %(width_entries)s::bigint
            and version <= (b.block + 1) * %(width_entries)s::bigint
    ) as e
    where b.ledger_id = %(target_id)s and b.account_number = %(number)s
        and b.level = %(level)s and b.block >= %(first)s::bigint
        and b.block < %(beyond)s::bigint and not b.in_order
    window sorted as (
        partition by b.block order by e.effective_at, e.version rows unbounded preceding
    )
) as sorted_entries
group by block, page;

-- name: drop_pages
-- Forgets the pages of a ledger.
delete from register_page where ledger_id = %(target_id)s;

-- name: drop_blocks
-- Forgets the blocks of a ledger.
delete from register_block where ledger_id = %(target_id)s;

-- name: first_difference
-- The first block, or page of one, that is kept and is not what was built anew, or the other way
-- round. What is newer than what is kept is no difference: it is only not built yet.
select d.account_number, d.level, d.block
from (
    select kept.account_number, kept.level, kept.block from (
        select
            account_number, level, block, debits, credits, first_effective_at,
            last_effective_at, highest_effective_at, in_order, effective_marks, recorded_marks
        from register_block where ledger_id = %(ledger_id)s
        except
        select
            account_number, level, block, debits, credits, first_effective_at,
            last_effective_at, highest_effective_at, in_order, effective_marks, recorded_marks
        from register_block where ledger_id = %(target_id)s
    ) as kept
    union all
    select kept.account_number, kept.level, kept.block from (
        select account_number, level, block, effective_at, page, times, debits, credits
        from register_page where ledger_id = %(ledger_id)s
        except
        select account_number, level, block, effective_at, page, times, debits, credits
        from register_page where ledger_id = %(target_id)s
    ) as kept
    union all
    select lost.account_number, lost.level, lost.block from (
        select account_number, level, block, effective_at, page
        from register_page where ledger_id = %(target_id)s
        except
        select account_number, level, block, effective_at, page
        from register_page where ledger_id = %(ledger_id)s
    ) as lost
    inner join register_block as b
        on b.ledger_id = %(ledger_id)s and b.account_number = lost.account_number
        and b.level = lost.level and b.block = lost.block
    union all
    select whole.account_number, whole.level, whole.block
    from register_block as whole
    cross join lateral (
        select max(b.block) + 1 as blocks from register_block as b
        where b.ledger_id = %(ledger_id)s and b.account_number = whole.account_number
            and b.level = 0
    ) as built
    where whole.ledger_id = %(target_id)s
        and whole.block < built.blocks >> (2 * whole.level)
        and not exists (
            select from register_block as b
            where b.ledger_id = %(ledger_id)s and b.account_number = whole.account_number
                and b.level = whole.level and b.block = whole.block
        )
) as d
order by d.account_number, d.level, d.block
limit 1;

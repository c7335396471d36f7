-- What the log has signed, and the hashes that its proofs are made of.

-- name: insert_log_key
-- Keeps a key of a log at its place, unless there is one.
insert into log_key (ledger_id, place, verifier_key, since)
values (%(ledger_id)s, %(place)s, %(verifier_key)s, %(since)s)
on conflict do nothing;

-- name: insert_checkpoint
-- Keeps a checkpoint and roots of tiles, unless they are there; what is there otherwise, if any is.
with fresh as (
    select t.level, t.number, t.root
    from unnest(
        %(levels)s::smallint [], %(numbers)s::bigint [], %(roots)s::bytea []
    ) as t (level, number, root)
), otherwise as (
    select 'checkpoint of size ' || c.size as what
    from checkpoint as c
    where c.ledger_id = %(ledger_id)s and c.size = %(size)s and (
            c.root <> %(root)s
            or (c.answers = %(answers)s and c.answers_frontier <> %(answers_frontier)s)
        )
    union all
    select 'tile ' || k.level || '/' || k.number as what
    from fresh as t
    inner join tile as k
        on k.ledger_id = %(ledger_id)s and t.level = k.level and t.number = k.number
    where t.root <> k.root
), kept_tiles as (
    insert into tile (ledger_id, level, number, root)
    select %(ledger_id)s, t.level, t.number, t.root from fresh as t
    where not exists (select from otherwise)
    on conflict do nothing
), kept_checkpoint as (
    insert into checkpoint (ledger_id, size, root, note, created_at, answers, answers_frontier)
    select
        %(ledger_id)s, %(size)s, %(root)s, %(note)s, %(created_at)s, %(answers)s,
        %(answers_frontier)s
    -- Nobody waits for the disk: what a crash takes is signed again, out of the journal, which was waited for.
    where set_config('synchronous_commit', 'off', true) = 'off'
        and not exists (select from otherwise)
    on conflict do nothing
)
select what from otherwise;

-- name: insert_cosignature
-- Keeps a witness's signature under a checkpoint; no row if there is no such checkpoint.
insert into cosignature (ledger_id, size, answers, key_name, key_id, signature, received_at)
select c.ledger_id, c.size, c.answers, %(key_name)s, %(key_id)s, %(signature)s, %(received_at)s
from checkpoint as c
where c.ledger_id = %(ledger_id)s and c.size = %(size)s and c.answers = %(answers)s
on conflict do nothing;

-- name: checkpoint_exists
-- Whether there is a checkpoint of a size and a count of answers.
select 1 as found from checkpoint
where ledger_id = %(ledger_id)s and size = %(size)s and answers = %(answers)s;

-- name: log_keys
-- The keys of a log, in the order in which they came into use.
select place, verifier_key, since from log_key
where ledger_id = %(ledger_id)s order by place;

-- name: checkpoints
-- Checkpoints below a size, newest first; of each size the one of the most answers.
select distinct on (size) size, root, note, created_at, answers, answers_frontier
from checkpoint
where ledger_id = %(ledger_id)s and size < %(before)s
order by size desc, answers desc limit %(limit)s;

-- name: checkpoint
-- The checkpoint of just one size, of the most answers.
select size, root, note, created_at, answers, answers_frontier from checkpoint
where ledger_id = %(ledger_id)s and size = %(size)s
order by answers desc limit 1;

-- name: covering
-- The smallest checkpoint with a record in it that a witness signed, else the smallest.
select c.size, c.root, c.note, c.created_at, c.answers, c.answers_frontier
from (
    (
        select ledger_id, size, answers, 1 as preference from cosignature
        where ledger_id = %(ledger_id)s and size >= %(sequence)s
        order by ledger_id, size, answers limit 1
    )
    union all
    (
        select ledger_id, size, answers, 2 as preference from checkpoint
        where ledger_id = %(ledger_id)s and size >= %(sequence)s
        order by ledger_id, size, answers limit 1
    )
) as f
inner join checkpoint as c
    on f.ledger_id = c.ledger_id and f.size = c.size and f.answers = c.answers
order by f.preference limit 1;

-- name: cosignatures
-- What witnesses signed of one checkpoint.
select size, key_name, key_id, signature, received_at, answers from cosignature
where ledger_id = %(ledger_id)s and size = %(size)s and answers = %(answers)s
order by key_name, key_id;

-- name: answer_leaves
-- The leaves of stored answers behind a place of their log, in its order.
select leaf from outcome
where ledger_id = %(ledger_id)s and place > %(after)s
order by place limit %(limit)s;

-- name: hashes
-- The hashes of some spans, each as one string of bytes: leaves at level 0, roots of tiles above.
select
    case
        when s.level = 0 then (
            select string_agg(j.leaf, ''::bytea order by j.sequence) from journal as j
            where j.ledger_id = %(ledger_id)s
                and j.sequence > s.first and j.sequence <= s.first + s.width
        )
        else (
            select string_agg(t.root, ''::bytea order by t.number) from tile as t
            where t.ledger_id = %(ledger_id)s and t.level = s.level - 1
                and t.number >= s.first and t.number < s.first + s.width
        )
    end as hashes -- noqa: PRS
from unnest(
    %(levels)s::smallint [], %(firsts)s::bigint [], %(widths)s::bigint []
) with ordinality as s (level, first, width, place)
order by s.place;

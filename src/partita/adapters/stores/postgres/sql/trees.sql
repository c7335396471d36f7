-- Liability trees: the balances they are made of, and their tiles.

-- name: net_credits_at
-- Path and posted credits less debits of each account that there was as of a sequence.
select a.path, coalesce(last.posted_credits - last.posted_debits, 0)::text
from account as a
left join lateral (
    select e.posted_credits, e.posted_debits
    from entry as e
    where e.ledger_id = a.ledger_id and e.account_number = a.number
        and e.sequence <= %(sequence)s
    order by e.version desc limit 1
) as last on true
where a.ledger_id = %(ledger_id)s and a.number <= %(sequence)s
    and (%(prefix)s::text is null or a.path = %(prefix)s or a.path ^@ (%(prefix)s || ':')) -- noqa: PRS
    and (%(asset)s::text is null or a.asset = %(asset)s)
    and (%(type)s::text is null or a.type = %(type)s);

-- name: liability_tree
-- How many accounts went into a tree, and how far how many of them were overdrawn.
select accounts, overdrawn_accounts, overdrawn from liability_tree
where ledger_id = %(ledger_id)s and title = %(title)s and epoch = %(epoch)s;

-- name: liability_tile
-- The nodes of one tile.
select nodes from liability_tile
where ledger_id = %(ledger_id)s and title = %(title)s and epoch = %(epoch)s
    and level = %(level)s and place = %(place)s;

-- name: insert_tree
-- Says that all tiles of a tree are there.
insert into liability_tree (ledger_id, title, epoch, accounts, overdrawn_accounts, overdrawn)
values (
    %(ledger_id)s, %(title)s, %(epoch)s, %(accounts)s, %(overdrawn_accounts)s, %(overdrawn)s
);

-- name: copy_tiles
-- Takes in tiles as they are planted.
copy liability_tile (ledger_id, title, epoch, level, place, nodes) from stdin (format binary); -- noqa: PRS

-- Rebuilding views out of the journal: into tables of the session's own, which go before those of the
-- schema, so that the same statements fill them; then compared with what is kept, and put in its place.
-- The braces stand for a table's name.

-- name: make_scratch
-- Makes an empty table of the session's own that is like one that is kept.
create temporary table {table} (like partita.{table} including all); -- noqa: PRS

-- name: begin_scratch
-- A head of no records for the session's own journal.
insert into head (ledger_id, sequence, recorded_at, frontier, root)
values (%(ledger_id)s, 0, 'epoch', '', %(root)s);

-- name: lock_kept_head
-- Holds up the ledger's writers until this transaction ends; how many records there are.
select sequence from partita.head where ledger_id = %(ledger_id)s for update;

-- name: count_rows
-- How many rows were rebuilt.
select count(*) from {table} where ledger_id = %(ledger_id)s; -- noqa: PRS

-- name: count_differences
-- How many rows are kept that were not rebuilt, or rebuilt that are not kept.
select count(*) from (
    (
        select * from partita.{table} where ledger_id = %(ledger_id)s -- noqa: PRS
        except all
        select * from pg_temp.{table}
    )
    union all
    (
        select * from pg_temp.{table}
        except all
        select * from partita.{table} where ledger_id = %(ledger_id)s
    )
) as different;

-- name: lift_guards
-- Lets the owner put rebuilt rows into a table that only grows, within this transaction.
alter table partita.{table} disable trigger user; -- noqa: PRS

-- name: drop_rows
-- Drops a view's rows of one ledger.
delete from partita.{table} where ledger_id = %(ledger_id)s; -- noqa: PRS

-- name: put_rows
-- Puts the rebuilt rows in their place.
insert into partita.{table} select * from pg_temp.{table}; -- noqa: PRS

-- name: restore_guards
-- Guards the table again.
alter table partita.{table} enable trigger user; -- noqa: PRS

-- Trailing views: their cursors, the tables of their generations, and the frames of statements that are
-- put together from a view's declaration (`view_tables`, `view_scanning`). Braces stand for names.

-- name: standings
-- Every generation that is read or takes a place, the live one of a view first.
select view, generation, version, phase, sequence, moved_at
from view_standing
where ledger_id = %(ledger_id)s and phase in ('live', 'building', 'compared')
order by view asc, phase = 'live' desc, generation asc;

-- name: live
-- The generation of a view that is read.
select generation, version, sequence, shape
from view_standing
where ledger_id = %(ledger_id)s and view = %(view)s and phase = 'live';

-- name: alone
-- One session at a time begins, swaps or lets go of generations of a ledger.
select pg_advisory_xact_lock(%(space)s, %(ledger_id)s);

-- name: retire_building
-- What was building beside the live rows waits to be dropped.
update view_standing set phase = 'retired'
where ledger_id = %(ledger_id)s and view = %(view)s and phase in ('building', 'compared');

-- name: begin_generation
-- The next generation of a view, live at once where none is.
insert into view_standing (
    ledger_id, view, generation, version, phase, shape, sequence, moved_at
)
select
    %(ledger_id)s,
    %(view)s,
    coalesce(max(generation), 0) + 1,
    %(version)s,
    case when coalesce(bool_or(phase = 'live'), false) then %(phase)s else 'live' end,
    'none',
    0,
    %(now)s
from view_standing
where ledger_id = %(ledger_id)s and view = %(view)s
returning generation, phase;

-- name: hold_cursor
-- Takes the row of a generation that stands where it is held to, unless somebody else has it: what its
-- tables are, how many of them are gone, how many records come after this batch, and whether anything of
-- the view waits to be dropped.
select
    standing.shape,
    (select count(*) from unnest(%(names)s::text []) as name where to_regclass(name) is null)
        as gone,
    head.sequence - %(upto)s as records_left,
    exists (
        select from view_standing as other
        where other.ledger_id = %(ledger_id)s and other.view = %(view)s and other.phase = 'retired'
    ) as has_retired
from view_standing as standing
inner join head on standing.ledger_id = head.ledger_id
where standing.ledger_id = %(ledger_id)s
    and standing.view = %(view)s
    and standing.generation = %(generation)s
    and standing.version = %(version)s
    and standing.sequence = %(held)s
    and standing.phase not in ('retired', 'dropped')
for update of standing skip locked;

-- name: move_cursor
-- All records up to here are in the rows.
update view_standing
set sequence = %(upto)s, moved_at = %(now)s, shape = %(shape)s
where ledger_id = %(ledger_id)s and view = %(view)s and generation = %(generation)s;

-- name: hold_generation
-- Takes the row of a generation, whoever has it now.
select version, shape
from view_standing
where ledger_id = %(ledger_id)s
    and view = %(view)s
    and generation = %(generation)s
    and phase not in ('retired', 'dropped')
for update;

-- name: keep_shape
-- What a generation's tables are now.
update view_standing set shape = %(shape)s
where ledger_id = %(ledger_id)s and view = %(view)s and generation = %(generation)s;

-- name: hold_generations
-- Takes the rows of all generations of a view, in their order.
select generation, phase, sequence
from view_standing
where ledger_id = %(ledger_id)s and view = %(view)s and phase not in ('retired', 'dropped')
order by generation
for update;

-- name: retire_live
-- The live generation is read no more.
update view_standing set phase = 'retired'
where ledger_id = %(ledger_id)s and view = %(view)s and phase = 'live';

-- name: enliven
-- Another generation is read from now on.
update view_standing set phase = 'live'
where ledger_id = %(ledger_id)s and view = %(view)s and generation = %(generation)s;

-- name: retire
-- One generation waits to be dropped.
update view_standing set phase = 'retired'
where ledger_id = %(ledger_id)s
    and view = %(view)s
    and generation = %(generation)s
    and phase <> 'dropped';

-- name: take_retired
-- One generation of a view that waits to be dropped and that nobody else drops now.
select generation
from view_standing
where ledger_id = %(ledger_id)s and view = %(view)s and phase = 'retired'
order by generation limit 1
for update skip locked;

-- name: note_dropped
-- Nothing is left of a generation but its number, so that the next one has another.
update view_standing set phase = 'dropped'
where ledger_id = %(ledger_id)s and view = %(view)s and generation = %(generation)s;

-- name: forget_dropped
-- Numbers below that of a later generation need not be kept.
delete from view_standing
where ledger_id = %(ledger_id)s
    and view = %(view)s
    and generation < %(generation)s
    and phase = 'dropped';

-- name: compared
-- The live generation and another, if they stand at one sequence and are of one version.
select live.generation
from view_standing as live
inner join view_standing as newer
    on live.ledger_id = newer.ledger_id
    and live.view = newer.view
    and live.sequence = newer.sequence
    and live.version = newer.version
where live.ledger_id = %(ledger_id)s
    and live.view = %(view)s
    and live.phase = 'live'
    and newer.generation = %(generation)s
    and newer.phase not in ('retired', 'dropped');

-- name: count_rows
-- How many rows a table has.
select count(*) from partita_views.{table}; -- noqa: PRS

-- name: count_differences
-- How many rows only one of two tables has.
select count(*) from ( -- noqa: PRS
    (
        select {columns} from partita_views.{one} -- noqa: PRS
        except all
        select {columns} from partita_views.{other} -- noqa: PRS
    )
    union all
    (
        select {columns} from partita_views.{other} -- noqa: PRS
        except all
        select {columns} from partita_views.{one} -- noqa: PRS
    )
) as different;

-- name: count_some
-- How many rows a table has, as far as it is worth counting them, and how many it is thought to have.
select -- noqa: PRS
    (select count(*) from (select from partita_views.{table} limit %(most)s) as counted), -- noqa: PRS
    -- By the last vacuum or by what was written since, whichever knows of more.
    (
        select greatest(reltuples::bigint, pg_stat_get_live_tuples(oid))
        from pg_class where oid = %(name)s::regclass
    );

-- name: tables_of
-- The tables of one generation, whatever its declaration was: they are known by their names.
select relname
from pg_class
where relnamespace = 'partita_views'::regnamespace
    and relkind = 'r'
    and starts_with(relname, %(prefix)s)
    and right(relname, length(%(suffix)s)) = %(suffix)s;

-- name: drop_table
-- Drops a table of a generation that is read no more.
drop table partita_views.{table}; -- noqa: PRS

-- name: create_table
-- Makes a table for the rows of one generation.
create table partita_views.{table} ({columns}) with (fillfactor = {fillfactor}); -- noqa: PRS

-- name: add_key
-- Keeps a key from coming twice, and finds it; readers go on meanwhile, as a primary key would not let them.
create unique index on partita_views.{table} ({columns}); -- noqa: PRS

-- name: add_order
-- Lets rows be read along an order.
create index on partita_views.{table} ({columns}); -- noqa: PRS

-- name: analyze
-- Tells the planner what was loaded.
analyze partita_views.{table}; -- noqa: PRS

-- name: make_staging
-- Makes the session's own table in which the rows of a batch wait; it is empty after each commit.
create temporary table if not exists {staging} ({columns}) on commit delete rows; -- noqa: PRS

-- name: empty_staging
-- Lets go of the rows that wait, where a transaction has several steps.
delete from pg_temp.{staging}; -- noqa: PRS

-- name: store_plainly
-- Keeps bytes as they are.
alter table partita_views.{table} alter column {column} set storage external; -- noqa: PRS

-- name: copy_rows
-- Takes in rows that come once.
copy partita_views.{table} ({columns}) from stdin (format binary); -- noqa: PRS

-- name: copy_staging
-- Takes in the rows of a batch.
copy pg_temp.{staging} ({columns}) from stdin (format binary); -- noqa: PRS

-- name: merge_rows
-- Puts what waits into its place; of a key that is there already, as the table's keeping says.
insert into partita_views.{table} as kept ({columns}) -- noqa: PRS
select {columns} from pg_temp.{staging}
on conflict ({key}) do {action};

-- name: remove_rows
-- Lets rows go whose keys wait.
delete from partita_views.{table} as kept -- noqa: PRS
using pg_temp.{staging} as gone
where ({kept_key}) = ({gone_key});

-- name: read_rows
-- Rows of one generation along an order, as its own projector sees them.
select {columns} from partita_views.{table} as kept -- noqa: PRS
where {conditions}
order by {inner_order} limit %(limit)s;

-- name: scan
-- Rows of the live generation along an order, and where it stands, of one moment.
select standing.sequence, found.* -- noqa: PRS
from view_standing as standing
left join lateral (
    select {columns} from partita_views.{table} as kept
    where {conditions}
    order by {inner_order} limit %(limit)s
) as found on true
where standing.ledger_id = %(ledger_id)s
    and standing.view = %(view)s
    and standing.generation = %(generation)s
    and standing.phase = 'live'
order by {outer_order};

-- What the migration runner asks and keeps.

-- name: become_owner
-- Makes everything of ours belong to the owner's role, whoever logged in.
set role partita_owner;

-- name: bound_waiting
-- Gives up on a lock after half a minute rather than queueing every reader behind us.
select
    set_config('lock_timeout', '30s', false) as lock_timeout,
    set_config('search_path', 'partita', false) as search_path;

-- name: lock
-- One migrator at a time; the number stands for "partita" and belongs to nobody else.
select pg_advisory_lock(7814448276349);

-- name: unit_of_work
-- The number of the unit of work we are in; another number means that a file ended ours.
select pg_current_xact_id()::text;

-- name: has_memory
-- Whether the database remembers any migration at all.
select to_regclass('partita.migration') is not null;

-- name: create_memory
-- Makes the table that remembers which files were applied, and lets every role read it.
create table if not exists partita.migration (
    number integer not null check (number > 0),
    slug text not null,
    half text not null check (half in ('expand', 'contract')),
    sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
    applied_at timestamptz not null default clock_timestamp(),
    primary key (number, half)
);
grant select on partita.migration to partita_poster, partita_reader;

-- name: applied
-- Every applied file in the order in which files are applied.
select number, slug, half, sha256, applied_at
from partita.migration
order by number asc, half desc;

-- name: remember
-- Records one applied file, in the unit of work that applied it.
insert into partita.migration (number, slug, half, sha256)
values (%(number)s, %(slug)s, %(half)s, %(sha256)s);

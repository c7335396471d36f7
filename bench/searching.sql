-- What loads a journal for searching.

-- name: copy_journal
-- Takes in records, as text.
copy journal (ledger_id, sequence, type, id, external_id, recorded_at, body, leaf) from stdin;

-- name: without_references
-- The load looks nothing up by id, and the copies share theirs.
drop index if exists journal_id, journal_external_id;

-- name: stand_at
-- Says that the journal and the view have come so far.
with moved as (
    update view_standing set sequence = %(last)s, shape = 'indexed'
    where ledger_id = %(ledger_id)s and view = 'search'
)
update head set sequence = %(last)s, recorded_at = '9999-01-01' where ledger_id = %(ledger_id)s;

-- name: copy_stretches
-- The rows of the first stretches once more, as those of later ones.
insert into partita_views.{table} ({columns}) -- noqa: PRS
select {moved} from partita_views.{table} where stretch < %(stretches)s; -- noqa: PRS

-- name: copy_records
-- The records of the first stretches once more, as later ones.
insert into journal (ledger_id, sequence, type, id, external_id, recorded_at, body, leaf)
select
    ledger_id, sequence + %(beyond)s, type, id, external_id, recorded_at + %(later)s::interval,
    replace(
        replace(body, '"sequence":"' || sequence || '"', '"sequence":"' || sequence + %(beyond)s || '"'),
        '"recorded_at":"' || to_char(recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        '"recorded_at":"'
        || to_char((recorded_at + %(later)s::interval) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
    ),
    leaf
from journal where ledger_id = %(ledger_id)s and sequence < %(beyond_first)s;

-- name: fill_seam
-- A journal has no gaps: the sequence between two copies, which names no transaction.
insert into journal (ledger_id, sequence, type, id, recorded_at, body, leaf)
select ledger_id, sequence - 1, 'asset.registered', 'seam' || sequence, recorded_at, '{}', leaf
from journal where ledger_id = %(ledger_id)s and sequence = %(beyond)s + 1;

-- name: sizes
-- How large the tables of the search view are, with their indexes.
select relname, pg_total_relation_size(oid) from pg_class
where relnamespace = 'partita_views'::regnamespace and relkind = 'r'
order by 2 desc;

-- What verifier and export read: everything that is kept of one ledger, as lines of text.
-- A line joins columns by tabs, in the spelling of journal/inline_rows.py, so that rows compare
-- as wholes. All run in one transaction, which sees one moment.

-- name: journal
-- The journal by sequence: index columns as a line, the record's bytes, their hash.
select
    concat_ws(
        E'\t', sequence, type, id,
        to_char(recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        coalesce(encode(key, 'hex'), '-'), coalesce('=' || external_id, '-')
    ) as line,
    convert_to(body, 'UTF8') as body,
    leaf
from journal
where ledger_id = %(ledger_id)s and sequence > %(after)s order by sequence;

-- name: entries
-- The registers as lines, in the order of the journal.
select
    concat_ws(
        E'\t', account_number, version, sequence, leg, asset, amount, posted_debits,
        posted_credits, pending_debits, pending_credits,
        to_char(effective_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        to_char(recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        pending, coalesce(side, case when amount > 0 then 'debit' else 'credit' end)
    ) as line
from entry
where ledger_id = %(ledger_id)s and sequence > %(after)s and sequence <= %(upto)s
order by sequence, leg, account_number, version;

-- name: accounts
-- The chart by number: what never changes as a line, and the status.
select
    concat_ws(E'\t', number, id, path, type, normal_side, asset, opening) as line,
    status
from account
where ledger_id = %(ledger_id)s and number > %(after)s order by number;

-- name: assets
-- The registered assets as lines, by code.
select concat_ws(E'\t', code, body) as line from asset
where ledger_id = %(ledger_id)s order by code;

-- name: resources
-- Resources as lines, by kind and id.
select
    concat_ws(
        E'\t', kind, id, number, state, coalesce('=' || name, '-'),
        coalesce(account_number::text, '-'), coalesce(about, '-'),
        coalesce(to_char(due_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), '-'), body
    ) as line
from resource
where ledger_id = %(ledger_id)s order by kind, id;

-- name: resource_changes
-- Which records changed which resources, as lines, in the order of the journal.
select concat_ws(E'\t', sequence, id) as line
from resource_change
where ledger_id = %(ledger_id)s order by sequence, id;

-- name: usages
-- What is kept of the usage of limits, as lines.
select concat_ws(E'\t', limit_id, body, amount, uses, subject) as line
from limit_usage where ledger_id = %(ledger_id)s;

-- name: outcomes
-- Stored answers by place; whether a record stands under the same key.
select
    coalesce(o.place, 0) as place,
    o.key,
    to_char(o.recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as recorded_at,
    o.body,
    exists(
        select from journal as j where j.ledger_id = o.ledger_id and j.key = o.key
    ) as is_in_journal,
    coalesce(o.leaf, ''::bytea) as leaf
from outcome as o
where o.ledger_id = %(ledger_id)s order by o.place, o.key;

-- name: log_keys
-- The keys of the log, in the order in which they came into use.
select verifier_key from log_key where ledger_id = %(ledger_id)s order by place;

-- name: checkpoints
-- What the log signed, by size and count of answers.
select size, root, note, created_at, answers, answers_frontier from checkpoint
where ledger_id = %(ledger_id)s order by size, answers;

-- name: cosignatures
-- What witnesses signed, in the same order.
select size, key_name, key_id, signature, received_at, answers from cosignature
where ledger_id = %(ledger_id)s order by size, answers, key_name, key_id;

-- name: tiles
-- The roots of full tiles, in the order in which a growing journal fills them.
select level, number, root from tile
where ledger_id = %(ledger_id)s
order by (number + 1) << (8 * (level + 1)), level;

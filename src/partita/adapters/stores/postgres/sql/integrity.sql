-- What the standing auditor leaves behind for other processes to read.

-- name: note_integrity
-- Keeps what was last seen of a ledger.
insert into integrity (ledger_id, noted_at, body)
values (%(ledger_id)s, %(noted_at)s, %(body)s)
on conflict (ledger_id) do update set noted_at = excluded.noted_at, body = excluded.body;

-- name: integrity
-- What was last noted of a ledger.
select noted_at, body from integrity where ledger_id = %(ledger_id)s;

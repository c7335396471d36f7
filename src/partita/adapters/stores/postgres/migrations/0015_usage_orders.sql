-- Who is near a limit is read from those who have used most of it, and not out of all who ever used it.
-- Both figures are what the row's buckets come to: never less than what is used within the window now.

alter table limit_usage add column amount numeric;
alter table limit_usage add column uses bigint;

update limit_usage set
    amount = (
        select coalesce(sum((bucket ->> 'amount')::numeric), 0)
        from jsonb_array_elements(body::jsonb -> 'buckets') as bucket
    ),
    uses = (
        select coalesce(sum((bucket ->> 'count')::bigint), 0)
        from jsonb_array_elements(body::jsonb -> 'buckets') as bucket
    );

alter table limit_usage alter column amount set not null;
alter table limit_usage alter column uses set not null;

create index limit_usage_by_amount on limit_usage (ledger_id, limit_id, amount, subject);
create index limit_usage_by_uses on limit_usage (ledger_id, limit_id, uses, subject);

-- Registers for questions about the past, made by the database itself: each transaction is a row of
-- the journal and two entries. What the engine would have computed is computed here: versions, and
-- running totals. `late` is the share of entries that count up to so many days before they come.

insert into partita.ledger (ledger_id, name, created_at)
values (%(ledger_id)s, %(name)s, %(start)s);

insert into partita.head (ledger_id, sequence, recorded_at, frontier, root)
values (%(ledger_id)s, %(entries)s + 2, %(start)s, '', decode(repeat('00', 32), 'hex'));

insert into partita.account (
    ledger_id, number, id, path, type, normal_side, asset, status, opening
)
select
    %(ledger_id)s, number, 'acc_' || number, 'account:' || number, 'asset', 'debit', 'USD', 'open', '{}'
from generate_series(1, 2) as number;

insert into partita.journal (ledger_id, sequence, type, id, recorded_at, body, leaf)
select
    %(ledger_id)s, n, 'transaction.posted', 'txn_' || n,
    %(start)s::timestamptz + n * %(days)s::int * interval '1 day' / %(entries)s, '{}',
    decode(repeat('00', 32), 'hex')
from generate_series(1, %(entries)s + 2) as n;

create temporary table move on commit drop as
select
    n,
    case when random() < 0.5 then -1 else 1 end * (1 + floor(random() * 100000)::int) as amount,
    recorded_at,
    case
        when random() < %(late)s then recorded_at - random() * %(late_days)s * interval '1 day'
        else recorded_at
    end as effective_at
from (
    select
        n, %(start)s::timestamptz + n * %(days)s::int * interval '1 day' / %(entries)s as recorded_at
    from generate_series(1, %(entries)s) as n
) as times;

insert into partita.entry (
    ledger_id, account_number, version, sequence, leg, asset, amount, posted_debits,
    posted_credits, pending_debits, pending_credits, effective_at, recorded_at
)
select
    %(ledger_id)s, leg + 1, n, n + 2, leg, 'USD', sign * amount,
    sum(greatest(sign * amount, 0)) over so_far, sum(greatest(-sign * amount, 0)) over so_far,
    0, 0, effective_at, recorded_at
from move cross join (values (0, 1), (1, -1)) as legs (leg, sign)
window so_far as (partition by leg order by n)
order by n, leg;

-- The baseline of ./dev bench: the ledger that a careful team writes in SQL, as strong as we can make it.
-- `baseline.py` says what it does and what it leaves out.

-- name: schema
-- Makes the tables afresh. Fixed keys, and pages with room, so that balances are updated in place (HOT).
drop schema if exists baseline cascade;
create schema baseline;
create table baseline.account (
    id bigint primary key,
    path text not null unique,
    asset text not null,
    min_balance numeric(38) not null,
    balance numeric(38) not null default 0,
    version bigint not null default 0,
    check (balance >= min_balance)
) with (fillfactor = 50);
create table baseline.transfer (
    id bigint generated always as identity primary key,
    idempotency_key text not null unique,
    type text not null,
    source_id bigint not null,
    destination_id bigint not null,
    amount numeric(38) not null check (amount > 0),
    metadata jsonb not null,
    created_at timestamptz not null default now()
);
create table baseline.entry (
    transfer_id bigint not null references baseline.transfer (id),
    leg smallint not null,
    account_id bigint not null references baseline.account (id),
    amount numeric(38) not null check (amount <> 0),
    balance_after numeric(38) not null,
    account_version bigint not null,
    primary key (transfer_id, leg)
);
create index entry_by_account on baseline.entry (account_id, transfer_id);

-- name: function
-- Posts one transfer, once per key: insert first, lock both balances in the order of their ids, check, move, enter.
create function baseline.post_transfer(
    p_key text, p_source bigint, p_destination bigint, p_amount numeric, p_type text, p_metadata jsonb
) returns bigint language plpgsql as $$
declare
    posted bigint;
    source baseline.account;
    destination baseline.account;
begin
    if p_amount <= 0 or p_source = p_destination then
        raise exception 'a transfer moves a positive amount between two accounts';
    end if;
    insert into baseline.transfer (idempotency_key, type, source_id, destination_id, amount, metadata)
    values (p_key, p_type, p_source, p_destination, p_amount, p_metadata)
    on conflict (idempotency_key) do nothing
    returning id into posted;
    if posted is null then
        select id into strict posted from baseline.transfer where idempotency_key = p_key;
        return posted;
    end if;
    if p_source < p_destination then
        select * into source from baseline.account where id = p_source for update;
        select * into destination from baseline.account where id = p_destination for update;
    else
        select * into destination from baseline.account where id = p_destination for update;
        select * into source from baseline.account where id = p_source for update;
    end if;
    if source.id is null or destination.id is null then
        raise exception 'there is no such account';
    end if;
    if source.asset <> destination.asset then
        raise exception 'both accounts must hold one asset';
    end if;
    if source.balance - p_amount < source.min_balance then
        raise exception 'insufficient funds';
    end if;
    update baseline.account set balance = balance - p_amount, version = version + 1 where id = p_source;
    update baseline.account set balance = balance + p_amount, version = version + 1 where id = p_destination;
    insert into baseline.entry (transfer_id, leg, account_id, amount, balance_after, account_version)
    values
        (posted, 0, p_source, -p_amount, source.balance - p_amount, source.version + 1),
        (posted, 1, p_destination, p_amount, destination.balance + p_amount, destination.version + 1);
    return posted;
end
$$;

-- name: accounts
-- Opens so many accounts with a floor that is checked and never reached.
insert into baseline.account (id, path, asset, min_balance)
select n, 'customers:' || n, 'USD', -1000000000000 from generate_series(1, %(count)s) as n;

-- name: transfers
-- How many transfers there are.
select count(*) from baseline.transfer;

-- name: deadlocks
-- How many deadlocks this database has seen; locking in order should leave none.
select deadlocks from pg_stat_database where datname = current_database();

-- name: contradictions
-- How many transfers do not have two entries that sum to zero, and accounts whose balance is not the sum of their entries.
select
    (
        select count(*) from (
            select t.id
            from baseline.transfer as t left join baseline.entry as e on e.transfer_id = t.id
            group by t.id having count(e.leg) <> 2 or sum(e.amount) <> 0
        ) as unbalanced
    ) + (
        select count(*) from (
            select a.id
            from baseline.account as a left join baseline.entry as e on e.account_id = a.id
            group by a.id, a.balance having a.balance <> coalesce(sum(e.amount), 0)
        ) as wrong
    );

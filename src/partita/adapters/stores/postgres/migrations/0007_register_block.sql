-- What balances of the past are answered from: registers cut into blocks, and the blocks whose
-- entries are not in effective order kept a second time in that order, with running totals.
-- A cache: a function of the entries alone. Empty tables give the same answers, only slower.

create table register_block (
    ledger_id int not null,
    account_number bigint not null,
    level smallint not null,
    block bigint not null,
    debits numeric not null,
    credits numeric not null,
    first_effective_at timestamptz not null,
    last_effective_at timestamptz not null,
    highest_effective_at timestamptz not null,
    in_order boolean not null,
    effective_marks timestamptz [],
    recorded_marks timestamptz [],
    primary key (ledger_id, account_number, level, block)
);
comment on table register_block is 'Sums over stretches of registers: 4,096 entries on level 0, four blocks of one level on the next.';
comment on column register_block.highest_effective_at is 'The latest of the register up to its end.';
comment on column register_block.in_order is 'Its effective times rise, and none is before an earlier block''s.';
comment on column register_block.effective_marks is 'Of every 64th entry, on level 0, if in order.';
comment on column register_block.recorded_marks is 'Of every 64th entry, on level 0.';

create table register_page (
    ledger_id int not null,
    account_number bigint not null,
    level smallint not null,
    block bigint not null,
    effective_at timestamptz not null,
    page int not null,
    times timestamptz [] not null,
    debits numeric [] not null,
    credits numeric [] not null,
    primary key (ledger_id, account_number, level, block, effective_at, page)
);
comment on table register_page is 'Blocks in disorder, put into effective order: 32 entries to a row, with the block''s totals up to each.';
comment on column register_page.effective_at is 'Of its first entry.';

-- Which registers have a block to be built: one row for 4,096 entries, in an index of its own.
create index entry_block_end on entry (ledger_id, account_number, version)
where version % 4096 = 0;

grant select, insert, delete on register_block, register_page to partita_poster;
grant select on register_block, register_page to partita_reader;

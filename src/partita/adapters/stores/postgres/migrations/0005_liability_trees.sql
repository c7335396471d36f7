-- Liability trees, whose roots the journal seals: kept so that a customer's proof is a matter of
-- three look-ups. They can be planted again from the journal and the installation's secret.

create table liability_tree (
    ledger_id int not null,
    title text collate "C" not null,
    epoch bigint not null check (epoch > 0),
    accounts bigint not null check (accounts > 0),
    overdrawn_accounts bigint not null check (overdrawn_accounts >= 0),
    overdrawn numeric not null check (overdrawn >= 0),
    primary key (ledger_id, title, epoch)
);
comment on table liability_tree is 'Liability trees whose tiles are kept, by title and epoch.';
comment on column liability_tree.overdrawn is 'By how much accounts are below zero, in sum.';

create table liability_tile (
    ledger_id int not null,
    title text collate "C" not null,
    epoch bigint not null,
    level smallint not null,
    place int not null,
    nodes bytea not null,
    primary key (ledger_id, title, epoch, level, place)
);
-- Hashes do not compress; trying costs more than writing them.
alter table liability_tile alter column nodes set storage external;
comment on table liability_tile is 'Up to 256 nodes of a tree: leaves on level 0, then every 8th.';

grant select, insert on liability_tree, liability_tile to partita_poster;
grant select on liability_tree, liability_tile to partita_reader;

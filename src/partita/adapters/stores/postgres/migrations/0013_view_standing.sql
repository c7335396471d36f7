-- Where the trailing views stand. Their rows lie in tables of the schema `partita_views`, which belongs to
-- the projector: one table for each generation of a ledger's view, made and dropped by the program.

create table view_standing (
    ledger_id int not null,
    view text collate "C" not null,
    generation int not null check (generation > 0),
    version int not null,
    phase text collate "C" not null check (
        phase in ('live', 'building', 'compared', 'retired', 'dropped')
    ),
    shape text collate "C" not null check (shape in ('none', 'bare', 'indexed')),
    sequence bigint not null check (sequence >= 0),
    moved_at timestamptz not null,
    primary key (ledger_id, view, generation)
)
-- Few rows, each of them updated with every batch: room on their page keeps that in place.
with (fillfactor = 10);
create unique index view_standing_live on view_standing (ledger_id, view) where phase = 'live';
comment on table view_standing is 'Which generations of trailing views there are, and their cursors.';
comment on column view_standing.phase is 'Live is read; building and compared stand beside it; retired waits to be dropped; dropped keeps the number.';
comment on column view_standing.shape is 'No tables yet as there are no rows; tables without the orders'' indexes; or all of it.';
comment on column view_standing.sequence is 'All records up to this one are in the rows.';

grant select, insert, update, delete on view_standing to partita_projector;
grant select on view_standing to partita_poster, partita_reader;
-- How far the journal goes: whether a view that is being loaded is nearly there.
grant select (ledger_id, sequence) on head to partita_projector;

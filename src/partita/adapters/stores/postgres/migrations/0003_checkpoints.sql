-- What the log has signed: its keys, its checkpoints, what witnesses added, and the roots of its
-- full tiles. All of it only grows; all but signatures can be computed again from the journal.

create table log_key (
    ledger_id int not null,
    place int not null check (place > 0),
    verifier_key text collate "C" not null,
    since timestamptz not null,
    primary key (ledger_id, place)
);
comment on table log_key is 'The public keys that each log has signed by, in order.';

create table checkpoint (
    ledger_id int not null,
    size bigint not null check (size > 0),
    root bytea not null check (octet_length(root) = 32),
    note text collate "C" not null,
    created_at timestamptz not null,
    primary key (ledger_id, size)
);
comment on table checkpoint is 'Signed heads: what each log said of itself. One for each size.';
comment on column checkpoint.note is 'The note as the log signed it, without cosignatures.';

create table cosignature (
    ledger_id int not null,
    size bigint not null,
    key_name text collate "C" not null,
    key_id bytea not null check (octet_length(key_id) = 4),
    signature bytea not null,
    received_at timestamptz not null,
    primary key (ledger_id, size, key_name, key_id)
);
comment on table cosignature is 'What witnesses signed of a checkpoint.';
comment on column cosignature.signature is 'Eight bytes of time, then the signature itself.';

create table tile (
    ledger_id int not null,
    level smallint not null check (level between 0 and 7),
    number bigint not null check (number >= 0),
    root bytea not null check (octet_length(root) = 32),
    primary key (ledger_id, level, number)
);
comment on table tile is 'The root of each full tile: 256 leaves, or 256 roots of the level below.';

create trigger log_key_only_grows before update or delete or truncate on log_key
for each statement execute function refuse_rewriting();
create trigger checkpoint_only_grows before update or delete or truncate on checkpoint
for each statement execute function refuse_rewriting();
create trigger cosignature_only_grows before update or delete or truncate on cosignature
for each statement execute function refuse_rewriting();
create trigger tile_only_grows before update or delete or truncate on tile
for each statement execute function refuse_rewriting();

-- A checkpoint says what is in the journal: nothing beyond its head, and its root at the head.

create function refuse_false_checkpoint() returns trigger language plpgsql as $body$
declare
    standing record;
begin
    select sequence, root into standing from head where ledger_id = new.ledger_id;
    if not found or new.size > standing.sequence
        or (new.size = standing.sequence and new.root <> standing.root) then
        raise exception 'a checkpoint of size % is not of the journal of ledger %',
            new.size, new.ledger_id;
    end if;
    return new;
end
$body$;

create trigger checkpoint_is_of_the_journal before insert on checkpoint
for each row execute function refuse_false_checkpoint();

grant select, insert on log_key, checkpoint, cosignature, tile to partita_poster;
grant select on log_key, checkpoint, cosignature, tile to partita_reader;

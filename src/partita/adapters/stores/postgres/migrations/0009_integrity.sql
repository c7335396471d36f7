-- What the standing auditor needs: to read the registers by stretches of the journal, and to leave a note
-- of what it saw.

-- Entries lie in the order of the journal, so a block range index finds a stretch and costs next to nothing.
create index entry_sequence on entry using brin (ledger_id, sequence)
with (pages_per_range = 32, autosummarize = on);

create table integrity (
    ledger_id int primary key,
    noted_at timestamptz not null,
    body text collate "C" not null
);
comment on table integrity is 'What the standing auditor of a serving process last saw of a ledger.';

grant select, insert, update on integrity to partita_poster;
grant select on integrity to partita_reader;

-- What was used of velocity limits, so that nobody has to count it again out of the journal.

create table limit_usage (
    ledger_id int not null,
    limit_id text collate "C" not null,
    subject text collate "C" not null,
    body text collate "C" not null,
    primary key (ledger_id, limit_id, subject)
)
with (fillfactor = 70);
comment on table limit_usage is 'What each account or value used of a limit, by buckets of time.';

grant select, insert, update on limit_usage to partita_poster;
grant select on limit_usage to partita_reader;

-- Stored answers are sealed too: in a Merkle log of their own, in the order in which they were given.

alter table outcome add column place bigint;
alter table outcome add column leaf bytea;
create unique index outcome_place on outcome (ledger_id, place);
comment on column outcome.place is 'Its place among the ledger''s stored answers, from 1.';
comment on column outcome.leaf is 'The hash of key, time and body.';

alter table head add column answers bytea not null default '';
comment on column head.answers is 'The frontier of the log of stored answers.';

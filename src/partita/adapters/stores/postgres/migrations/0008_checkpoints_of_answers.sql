-- A checkpoint says where the log of stored answers stood, too. Answers become more while the journal
-- stands still (refusals), so one size may have several checkpoints, of more and more answers.

alter table checkpoint add column answers bigint not null default 0 check (answers >= 0);
alter table checkpoint add column answers_frontier bytea not null default '';
alter table checkpoint drop constraint checkpoint_pkey, add primary key (ledger_id, size, answers);
comment on table checkpoint is 'Signed heads: what each log said of itself.';
comment on column checkpoint.answers is 'How many stored answers there were.';
comment on column checkpoint.answers_frontier is 'The frontier of the log of stored answers.';

alter table cosignature add column answers bigint not null default 0;
alter table cosignature
drop constraint cosignature_pkey, add primary key (ledger_id, size, answers, key_name, key_id);
comment on column cosignature.answers is 'Size and answers name the checkpoint.';

create or replace function refuse_false_checkpoint() returns trigger language plpgsql as $body$
declare
    standing record;
begin
    select sequence, root, outcomes, answers into standing
    from head where ledger_id = new.ledger_id;
    if not found or new.size > standing.sequence
        or (new.size = standing.sequence and new.root <> standing.root)
        or new.answers > standing.outcomes
        or (new.answers = standing.outcomes and new.answers_frontier <> standing.answers) then
        raise exception 'a checkpoint of size % is not of the journal of ledger %',
            new.size, new.ledger_id;
    end if;
    return new;
end
$body$;

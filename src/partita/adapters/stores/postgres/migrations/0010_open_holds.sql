-- Whose money is held now is asked with every balance that has something pending, however many holds an
-- account ever had.

create index resource_open_holds on resource (ledger_id, account_number)
where kind = 'hold' and state in ('placed', 'partially_captured');

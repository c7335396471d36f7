-- What the embedded server needs once it answers.

-- name: database_exists
-- Whether the server has a database of this name.
select exists (select from pg_database where datname = %(database)s);

-- name: create_database
-- Makes the database of the ledgers, in the encoding and the order that the cluster was made with.
create database partita;

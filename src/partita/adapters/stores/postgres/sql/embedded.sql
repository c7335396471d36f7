-- name: database_exists
-- Whether the server has a database of this name.
SELECT EXISTS (SELECT FROM pg_database WHERE datname = %(database)s);

-- name: create_database
-- Makes the database of the ledgers, in the encoding and the order that the cluster was made with.
CREATE DATABASE partita;

-- What a start looks at before it trusts a server.

-- name: durability
-- The settings on which the promise "acknowledged means kept" stands, and the server's version.
select
    current_setting('server_version_num')::integer as version_number,
    current_setting('server_version') as version,
    current_setting('fsync') as fsync,
    current_setting('full_page_writes') as full_page_writes,
    current_setting('synchronous_commit') as synchronous_commit,
    current_setting('data_checksums') as data_checksums,
    current_setting('data_sync_retry') as data_sync_retry;

-- Makes the four roles and the two schemas; run by `bootstrap`.

-- name: caller
-- Who runs the bootstrap and where, and what there is already.
select
    current_user as login,
    current_database() as database,
    (
        select count(*) from pg_roles
        where rolname in ('partita_owner', 'partita_poster', 'partita_reader', 'partita_projector')
    ) as roles,
    exists (select from pg_namespace where nspname = 'partita') as has_schema,
    exists (select from pg_namespace where nspname = 'partita_views') as has_views;

-- name: lock
-- One bootstrap of a database at a time, until its unit of work ends.
select pg_advisory_xact_lock(7814448276350);

-- name: create_roles
-- Makes the four roles that are not there; another bootstrap at the same moment does no harm.
do $body$
declare
    role_name text;
begin
    foreach role_name in array array[
        'partita_owner', 'partita_poster', 'partita_reader', 'partita_projector'
    ] loop
        if not exists (select from pg_roles where rolname = role_name) then
            begin
                execute format('create role %I nologin', role_name);
            exception when duplicate_object or unique_violation then
                null;
            end;
        end if;
    end loop;
end
$body$;

-- name: allow_login
-- Lets the four roles log in by themselves, as the embedded size does behind its private socket.
do $body$
declare
    role_name text;
begin
    for role_name in
        select rolname from pg_roles
        where rolname in ('partita_owner', 'partita_poster', 'partita_reader', 'partita_projector')
            and not rolcanlogin
    loop
        execute format('alter role %I login', role_name);
    end loop;
end
$body$;

-- name: join_roles
-- Lets the login that prepares the database take on each of the roles; a superuser may already.
do $body$
declare
    role_name text;
begin
    if (select rolsuper from pg_roles where rolname = current_user) then
        return;
    end if;
    -- From version 16 on, who makes a role belongs to it, yet may not take it on; the column that
    -- says so is not there before, hence the detour by JSON.
    for role_name in
        select role.rolname
        from pg_roles as role
        inner join pg_roles as caller on caller.rolname = current_user
        where role.rolname in (
            'partita_owner', 'partita_poster', 'partita_reader', 'partita_projector'
        )
            and role.oid <> caller.oid
            and not exists (
                select from pg_auth_members as membership
                where membership.roleid = role.oid
                    and membership.member = caller.oid
                    and (to_jsonb(membership) ->> 'set_option') is distinct from 'false'
            )
    loop
        execute format('grant %I to %I', role_name, current_user);
    end loop;
end
$body$;

-- name: create_schema
-- Makes the schema that holds the journal and all that commits with it.
create schema if not exists partita authorization partita_owner;

-- name: open_schema
-- Lets the other two roles look into the schema; each table grants them the rest by itself.
set role partita_owner;
grant usage on schema partita to partita_poster, partita_reader;
reset role;

-- name: create_views
-- Makes the schema that holds the rows of trailing views, whose tables come and go.
create schema if not exists partita_views authorization partita_projector;

-- name: open_views
-- Lets the others read whatever the projector makes there, and the projector see the other schema.
set role partita_projector;
grant usage on schema partita_views to partita_owner, partita_poster, partita_reader;
alter default privileges in schema partita_views
grant select on tables to partita_owner, partita_poster, partita_reader;
reset role;
set role partita_owner;
grant usage on schema partita to partita_projector;
reset role;

-- name: admit_login
-- Lets a login act as each of the four; for the administrator's script, which names the login.
grant partita_owner to the_login;
grant partita_poster to the_login;
grant partita_reader to the_login;
grant partita_projector to the_login;

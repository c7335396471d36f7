"""Makes what migrations stand on: the four roles and the two schemas. The first step of set-up.

In the embedded size the roles log in themselves. On a server by URL they are groups: the login of
the URL joins them if it may make them, else an administrator runs the script we print.
"""

from collections.abc import Iterator
from pathlib import Path

import psycopg
from psycopg.rows import dict_row

from partita.adapters.stores.postgres.errors import BootstrapError
from partita.adapters.stores.postgres.named_queries import NamedQueries
from partita.adapters.stores.postgres.roles import Role

_QUERIES = NamedQueries(Path(__file__).parent / "sql" / "bootstrap.sql")


def bootstrap(dsn: str, *, allow_login: bool = False) -> None:
    """Make the roles and the schema where they are not there; doing it again changes nothing.

    `dsn` is a login that may create roles, or any login after an administrator ran
    `administrator_script`. `allow_login` is for the embedded size, whose roles log in themselves.

    Raises:
        BootstrapError: the login may not; the mend holds the script for an administrator.
    """
    with psycopg.connect(dsn, autocommit=True) as connection:
        with connection.cursor(row_factory=dict_row) as cursor:
            caller = cursor.execute(_QUERIES.caller).fetchone()
        assert caller is not None
        steps = _steps(
            lacks_roles=caller["roles"] < len(Role),
            lacks_schema=not caller["has_schema"],
            lacks_views=not caller["has_views"],
            allow_login=allow_login,
        )
        try:
            with connection.transaction():
                for step in steps:
                    connection.execute(_QUERIES[step])
        except psycopg.errors.InsufficientPrivilege as error:
            raise BootstrapError(
                f"The login {caller['login']} may not prepare database {caller['database']}: "
                f"{error.diag.message_primary}.",
                mend="let an administrator of the server run this in that database, then try "
                f"again:\n{administrator_script(caller['login'])}",
            ) from error


def administrator_script(login: str) -> str:
    """SQL for an administrator: all that `bootstrap` does, for `login` to migrate afterwards."""
    steps = (
        "create_roles", "create_schema", "open_schema", "create_views", "open_views", "admit_login",
    )  # fmt: skip
    statements = [f"-- {_QUERIES.sentence(step)}\n{_QUERIES[step]};" for step in steps]
    quoted = '"' + login.replace('"', '""') + '"'
    return "\n\n".join(statements).replace("the_login", quoted) + "\n"


def _steps(
    *, lacks_roles: bool, lacks_schema: bool, lacks_views: bool, allow_login: bool
) -> Iterator[str]:
    """Only what is needed, since a login may be allowed to use what it may not make."""
    yield "lock"
    if lacks_roles:
        yield "create_roles"
    if allow_login:
        yield "allow_login"
    yield "join_roles"
    if lacks_schema:
        yield "create_schema"
        yield "open_schema"
    if lacks_views:
        yield "create_views"
        yield "open_views"

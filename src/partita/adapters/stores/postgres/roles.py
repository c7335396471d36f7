"""The four roles by which the program meets its schemas, and the schemas' names.

`bootstrap` makes them, migrations grant to them. In the embedded size they log in by themselves;
on a server by URL they are groups, and a login that belongs to one takes it on when it connects.
"""

from enum import StrEnum

from psycopg.conninfo import conninfo_to_dict, make_conninfo

SCHEMA = "partita"
VIEWS_SCHEMA = "partita_views"
"""Where the rows of trailing views lie: all of it can be dropped and comes back."""
DATABASE = "partita"


class Role(StrEnum):
    """Who may do what, as narrow as the work allows."""

    OWNER = "partita_owner"
    """Owns the schema and migrates it; may not rewrite the journal either."""
    POSTER = "partita_poster"
    """Reads, and appends to the journal and its inline views."""
    READER = "partita_reader"
    """Reads."""
    PROJECTOR = "partita_projector"
    """Owns the rows of trailing views, and their cursors; sees nothing of the journal but its length."""


def as_role(dsn: str, role: Role) -> str:
    """The same connection string or URL, where the login takes on the role as it connects."""
    given = str(conninfo_to_dict(dsn).get("options") or "")
    options = f"{given} -c role={role} -c search_path={SCHEMA}".strip()
    return make_conninfo(dsn, options=options)

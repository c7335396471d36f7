"""What can go wrong before the PostgreSQL store stands. Each error says what, where and the mend.

StoreSetupError
├── BinariesMissingError        no PostgreSQL server programs of the needed version
├── ServerUserError             no OS user may run the server, or it cannot reach its files
├── DataFolderError             the data folder is busy, foreign or cannot be used
├── ServerStartError            the embedded server did not start; carries the tail of its log
├── ServerStopError             the embedded server did not stop in time
├── NamedQueriesError           a `.sql` file of named queries is badly formed
├── MigrationError              the migration files and the database do not fit together
├── BootstrapError              the login may not create the roles or the schema
└── UnsafeDurabilityError       the server's settings could lose acknowledged transactions
"""


class StoreSetupError(Exception):
    """The store cannot be made ready. `problem` is what happened and where, `mend` what to do."""

    def __init__(self, problem: str, *, mend: str) -> None:
        """Keep both halves apart, so that a surface may show them in its own way."""
        super().__init__(f"{problem} Mend: {mend}")
        self.problem = problem
        self.mend = mend


class BinariesMissingError(StoreSetupError):
    """No PostgreSQL server programs of the needed version were found."""


class ServerUserError(StoreSetupError):
    """No OS user may run the server, or the user chosen cannot reach its files."""


class DataFolderError(StoreSetupError):
    """The data folder is busy, belongs to somebody else or cannot be used."""


class ServerStartError(StoreSetupError):
    """The embedded server did not start; the problem ends with the tail of its log."""


class ServerStopError(StoreSetupError):
    """The embedded server did not stop in time; it still runs and loses nothing."""


class NamedQueriesError(StoreSetupError):
    """A `.sql` file of named queries is badly formed."""


class MigrationError(StoreSetupError):
    """The migration files and what the database remembers of them do not fit together."""


class BootstrapError(StoreSetupError):
    """The login may not create the roles or the schema."""


class UnsafeDurabilityError(StoreSetupError):
    """The server's settings could lose transactions that were acknowledged."""

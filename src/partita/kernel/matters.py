"""Matters: things of business that the ledger keeps and does not read.

A wallet, a payment, a quote, a rule: each has an id, a status and a body, which is a JSON text that
only its own module writes and reads. The kernel keeps it as it keeps a hold, one row and all earlier
states in the journal, and sees to what is the same for all of them: versions are dense, a title is
taken once, an external id too. Money is moved by other commands, in the same commit.
"""

from partita.kernel.moment import Moment
from partita.kernel.resources import Resource

STANDING_KINDS = frozenset({"chart", "rule", "rail"})
"""Kinds that many decisions look at, so that those in force are always in memory."""
STANDING_STATES = frozenset({"active", "shadow", "enabled"})
"""The statuses in which such a matter is in force."""
FREQUENT_KINDS = frozenset({"wallet", "customer"})
"""Kinds that change seldom and are named often, so that those of late stay in memory."""


class Matter(Resource, frozen=True):
    """A thing of business as it is now.

    `kind` says what it is, `about` is the id of what it belongs to (the customer of a wallet, the
    payment of a refund). `account_paths` and `related` are the accounts and the ids of the other
    resources that whoever changes it needs. At `wakes_at` its process looks at it again.
    """

    kind: str  # type: ignore[misc]  # every other resource has one kind for all its like

    status: str
    version: int = 1
    title: str | None = None
    about: str | None = None
    external_id: str | None = None
    body: str = "{}"
    account_paths: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    wakes_at: Moment | None = None

    @property
    def state(self) -> str:
        """Its status: a word of its module's own table."""
        return self.status

    @property
    def name(self) -> str | None:
        """Kind and title, if it has one: taken once in a ledger."""
        return None if self.title is None else matter_name(self.kind, self.title)

    @property
    def accounts(self) -> tuple[str, ...]:
        """The paths of the accounts that whoever changes it needs."""
        return self.account_paths

    @property
    def due_at(self) -> Moment | None:
        """When its process looks at it again."""
        return self.wakes_at

    @property
    def is_standing(self) -> bool:
        """Whether it is one of those in force that are always in memory."""
        return self.kind in STANDING_KINDS and self.status in STANDING_STATES


def matter_name(kind: str, title: str) -> str:
    """What a matter is found by beside its id.

    >>> matter_name("wallet", "alice/main")
    'wallet/alice/main'
    """
    return f"{kind}/{title}"

"""What the fold of a journal keeps between records, and a transaction's record as plain texts."""

import msgspec

from partita.kernel.account import Account, AccountStatus, Side


class AccountState:
    """An account as the fold has it: its totals so far, and how it stands."""

    __slots__ = (
        "aside",
        "asset",
        "credits",
        "debits",
        "normal_side", "number", "path",
        "pending_credits",
        "pending_debits",
        "status",
        "version",
    )  # fmt: skip

    def __init__(self, number: str, account: Account) -> None:
        """An account that was just opened."""
        self.number, self.path, self.asset = number, account.path, account.asset
        self.normal_side = account.normal_side
        self.status, self.version, self.debits, self.credits = AccountStatus.OPEN, 0, 0, 0
        self.pending_debits, self.pending_credits = 0, 0
        self.aside = ("0", "0")

    def set_aside(self, direction: Side, change: int) -> None:
        """Change what is pending on a side."""
        if direction is Side.DEBIT:
            self.pending_debits += change
        else:
            self.pending_credits += change
        self.aside = (str(self.pending_debits), str(self.pending_credits))


class BulkState:
    """A bulk as the fold has it: its fingerprint and time, and where its records stand."""

    __slots__ = ("fingerprint", "places", "recorded_at")

    def __init__(self, fingerprint: str | None, recorded_at: str) -> None:
        """A bulk whose first record was just met."""
        self.fingerprint, self.recorded_at = fingerprint, recorded_at
        self.places: dict[int, int] = {}
        """Sequence of the record of each command that was accepted, by the command's place."""


class PostedEntry(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """An entry with every field as the text it is."""

    account: str
    number: str
    version: str
    direction: str
    amount: str
    asset: str
    after: tuple[str, str, str, str]


class PostedData(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A transaction's data likewise."""

    type: str | None
    external_id: str | None
    effective_at: str
    entries: list[PostedEntry]
    metadata: dict[str, str]


class PostedRecord(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A transaction's record with every field as the text it is."""

    v: str
    ledger: str
    sequence: str
    recorded_at: str
    type: str
    id: str
    key: str | None
    fingerprint: str | None
    actor: str | None
    request_id: str | None
    bulk: str | None
    data: PostedData
    salt: str

"""What a bank says about an account: balances, entries, and the single payments within them.

All three messages have one form here; they differ in what is filled in. Names in capitals are
the codes of ISO 20022 (https://www.iso20022.org, external code sets). Amounts are minor units
without a sign, beside a direction; `signed` is what they did to the account's balance.
"""

from datetime import date
from enum import Enum

import msgspec


class Kind(Enum):
    """Which of the three messages, by the element that holds it."""

    REPORT = "Rpt"
    """camt.052: what happened so far, within a day."""
    STATEMENT = "Stmt"
    """camt.053: what was booked, with opening and closing balance."""
    NOTIFICATION = "Ntfctn"
    """camt.054: single payments, as they come or go."""


class Direction(Enum):
    """Which way the money went, as the holder of the account sees it."""

    IN = "CRDT"
    OUT = "DBIT"


class Balance(msgspec.Struct, frozen=True):
    """A balance, or a net position towards another bank (then `type` is that bank's own code).

    Codes of balances: OPBD and CLBD booked, OPAV and CLAV available, PRCD the previous closing,
    ITBD within the day, INFO for information.
    """

    type: str
    amount: int
    asset: str
    direction: Direction
    day: date | None = None
    is_coded: bool = True
    """Whether `type` is a code of ISO 20022, rather than a word of the bank's own."""

    @property
    def signed(self) -> int:
        """More than zero if the account is in credit."""
        return self.amount if self.direction is Direction.IN else -self.amount


class Party(msgspec.Struct, frozen=True):
    """Who is on the other side, as far as the bank says: name, account number, bank (BIC)."""

    name: str | None = None
    account: str | None = None
    bank: str | None = None


class Payment(msgspec.Struct, frozen=True):
    """One payment within an entry."""

    amount: int
    asset: str
    direction: Direction
    references: dict[str, str]
    """By their names: EndToEndId, TxId, UETR, AcctSvcrRef, MndtId …"""
    counterparty: Party
    settled_on: date | None = None
    remittance: str | None = None

    @property
    def signed(self) -> int:
        """More than zero if money came in."""
        return self.amount if self.direction is Direction.IN else -self.amount


class Entry(msgspec.Struct, frozen=True):
    """One line of the account; it may gather many payments."""

    amount: int
    asset: str
    direction: Direction
    status: str
    """BOOK, PDNG (not booked yet) or INFO (told, for what is booked elsewhere)."""
    booked_on: date | None = None
    value_on: date | None = None
    reference: str | None = None
    is_reversal: bool = False
    payments: tuple[Payment, ...] = ()

    @property
    def signed(self) -> int:
        """More than zero if money came in."""
        return self.amount if self.direction is Direction.IN else -self.amount


class Statement(msgspec.Struct, frozen=True):
    """One report, statement or notification about one account."""

    kind: Kind
    message: str
    """Name and version, such as camt.053.001.08; empty if the document did not say."""
    id: str
    account: str
    asset: str | None
    balances: tuple[Balance, ...] = ()
    entries: tuple[Entry, ...] = ()

    def opening(self) -> Balance | None:
        """The balance before its entries, if it has one."""
        return self._first_of("OPBD", "PRCD", "OPAV")

    def closing(self) -> Balance | None:
        """The balance after its entries, if it has one."""
        return self._first_of("CLBD", "CLAV", "ITBD", "INFO")

    def positions(self) -> tuple[Balance, ...]:
        """The net positions towards other banks, in reports of settlement accounts."""
        return tuple(each for each in self.balances if not each.is_coded)

    def booked(self) -> tuple[Entry, ...]:
        """The entries that are booked, by their status or without one; others are pending or told."""
        return tuple(each for each in self.entries if each.status in ("BOOK", ""))

    def _first_of(self, *types: str) -> Balance | None:
        coded = {each.type: each for each in reversed(self.balances) if each.is_coded}
        return next((coded[type] for type in types if type in coded), None)

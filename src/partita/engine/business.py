"""Business commands: what a module does with the kernel's commands, all of it or nothing.

A module's decider is a generator. It looks at the book through a `Desk`, yields kernel commands one
by one and gets the event that each became; it ends with the change of its own matter:

    def close(desk: Desk, command: CloseBox) -> Steps:
        box = desk.matter("box", command.box)
        if box is None:
            return Rejection(Code.MATTER_NOT_FOUND, f"There is no box {command.box!r}.")
        yield CloseAccount(box.account_paths[0])
        yield ChangeMatter(type="box.closed", kind="box", id=box.id, status="closed", body=box.body)
        return None

A yielded command that is refused ends it: the book is as it was before, and that refusal is the
answer. Deciders run in the batch, in the ledger's order, so what they see is what there is at their
place in the journal; they are pure, and a dry run is the same run, undone. Whatever a command names
is loaded before it is decided; `Look` loads what a decider wants to see before it decides.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Container, Generator, Iterable, Mapping
from typing import Any, NamedTuple

from partita.engine.wanting import Act, Named
from partita.kernel import commands
from partita.kernel.account import Account
from partita.kernel.asset import Asset
from partita.kernel.book import Book, Standing
from partita.kernel.context import Context
from partita.kernel.matters import Matter, matter_name
from partita.kernel.moment import Moment
from partita.kernel.rejections import Rejection
from partita.kernel.resources import Resource

__all__ = [
    "Act",
    "Business",
    "Deciders",
    "Desk",
    "Gate",
    "Look",
    "Named",
    "Opener",
    "RaisedRejection",
    "Steps",
    "Try",
]


class Look(NamedTuple):
    """Load what was not named beforehand: accounts, ids, and titles such as `wallet/alice/main`."""

    accounts: Iterable[str] = ()
    resources: Iterable[str] = ()
    titles: Iterable[str] = ()


class Try(NamedTuple):
    """A kernel command whose refusal comes back as a value, and does not end everything."""

    command: commands.Command


class RaisedRejection(Exception, ABC):
    """A rejection from so deep within a decision that it cannot be returned; it ends it all the same."""

    @property
    @abstractmethod
    def rejection(self) -> Rejection:
        """What the rules say."""


class Desk:
    """What a business decision may look at: the book, the moment, new ids."""

    __slots__ = ("_book", "_context")

    def __init__(self, book: Book, context: Context) -> None:
        """A desk over a book; the moment and the ids come from `context`."""
        self._book, self._context = book, context

    @property
    def now(self) -> Moment:
        """The moment of the records that are being made."""
        return self._context.now

    def identity(self, prefix: str) -> str:
        """A new id."""
        return self._context.identity(prefix)

    def resource(self, kind: str, identifier: str) -> Resource | None:
        """A hold or a transaction as it is now; None if there is none, or it was not looked up."""
        return self._book.resources.get((kind, identifier))

    def matter(self, kind: str, identifier: str) -> Matter | None:
        """A matter as it is now, by its id."""
        found = self._book.resources.get((kind, identifier))
        return found if isinstance(found, Matter) and found.id == identifier else None

    def titled(self, kind: str, title: str) -> Matter | None:
        """A matter as it is now, by its title."""
        found = self._book.resources.get((kind, matter_name(kind, title)))
        return found if isinstance(found, Matter) and found.title == title else None

    def standing(self, kind: str) -> list[Matter]:
        """The matters of a kind that are in force: charts, rules, rails; the oldest first."""
        found = self._book.standing_matters.items()
        return sorted(
            (matter for (each, _id), matter in found if each == kind), key=lambda m: m.number
        )

    def account(self, reference: str) -> Standing | None:
        """An account and where it stands, by path or id; None if there is none, or not looked up."""
        return self._book.standings.get(reference)

    def asset(self, code: str) -> Asset | None:
        """The asset of that code."""
        return self._book.asset(code)


Steps = Generator[commands.Command | Try | Look, Any, Rejection | None]
"""A decision in steps; it gets the event of each command, and returns a rejection or None."""
Deciders = Mapping[type[Act], Callable[[Desk, Any], Steps]]
"""How a module decides each of its commands."""
Opener = Callable[[Desk, str, bool], commands.OpenAccount | None]
"""The command that opens an account by itself, if the chart says so. The flag says that a business
command asks, for which the built-in chart serves where there is no other."""
Gate = Callable[[Desk, Account], Rejection | None]
"""Why an account may not be opened, though the kernel would; None if it may."""


def _opens_nothing(_desk: Desk, _path: str, _is_business: bool) -> None:
    """Nothing opens by itself."""


def _lets_all(_desk: Desk, _account: Account) -> None:
    """Every account may be opened."""


class Business(NamedTuple):
    """All business of an installation: how each command is decided, what opens by itself, what not.

    `facts` are the types of facts about matters that its modules declared; None lets all be made.
    """

    deciders: Deciders = {}  # noqa: RUF012 - a mapping that nobody writes to
    opener: Opener = _opens_nothing
    gate: Gate = _lets_all
    facts: Container[str] | None = None


NO_BUSINESS = Business()

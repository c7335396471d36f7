"""The business commands of rails: what a process writes down of its calls, and of what it was told."""

from typing import ClassVar

import msgspec

from partita.engine.wanting import Act, Named
from partita.kernel.moment import Moment
from partita.modules.payments.acts import name_party
from partita.modules.payments.rail import MessageType, RailMessage
from partita.modules.rails.line import Certainty


class SendAgain(Act, frozen=True, kw_only=True, tag="submission.send"):
    """Write down that an order that waits goes out now. `contacts` is how often it was tried."""

    operation: ClassVar[str] = "submissions/send"

    submission: str
    contacts: int
    wakes_at: Moment

    def names(self, named: Named) -> None:
        """Note the order; its payment follows."""
        named.resources[self.submission] = None


class NoteContact(Act, frozen=True, kw_only=True, tag="submission.note"):
    """Write down what came of calling a rail; `wakes_at` is when the order is looked at again."""

    operation: ClassVar[str] = "submissions/note"

    submission: str
    contacts: int
    certainty: Certainty
    reference: str | None = None
    code: str | None = None
    detail: str = ""
    wakes_at: Moment | None = None

    def names(self, named: Named) -> None:
        """Note the order; its payment follows."""
        named.resources[self.submission] = None


class TakeMessage(Act, frozen=True, kw_only=True, tag="rail_message.take"):
    """Take in what a rail tells: the payment's step and the message itself, in one commit.

    With `set_aside` nothing is done but to keep it among the exceptions, for that reason.
    `is_suspended` is of money that came and cannot be given to whom it names.
    """

    operation: ClassVar[str] = "rail_messages"

    rail: str
    message: RailMessage
    is_suspended: bool = False
    set_aside: str | None = None

    def names(self, named: Named) -> None:
        """Note the order that it answers, or whom the money is for."""
        if self.message.submission is not None:
            named.resources[self.message.submission] = None
        if self.message.type is MessageType.RECEIVED:
            name_party(self.message.beneficiary, named)


class SetRail(Act, frozen=True, kw_only=True, tag="rail.set"):
    """Enable or disable a rail, and say which is tried when it cannot be reached.

    A `fallback` that is not said stays as it is.
    """

    operation: ClassVar[str] = "rails"

    rail: str
    is_enabled: bool
    fallback: str | msgspec.UnsetType | None = msgspec.UNSET

    def names(self, named: Named) -> None:
        """Note the rail by its name."""
        named.titles[f"rail/{self.rail}"] = None


class MoveCursor(Act, frozen=True, kw_only=True, tag="rail.read"):
    """Write down up to where the messages of a rail were taken in."""

    operation: ClassVar[str] = "rails/read"

    rail: str
    cursor: str

    def names(self, named: Named) -> None:
        """Note the rail by its name."""
        named.titles[f"rail/{self.rail}"] = None

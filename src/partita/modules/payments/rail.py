"""The rail contract: what the ledger asks of a payment network, and nothing more.

    payment ─► `Submission` ─► `Rail.submit` ─► `Answer`          taken or refused, now
                                    │
               `Rail.answers(after)` ─► `RailMessage` …            accepted, settled, returned, later
               `Rail.status(id)`     ─► `StatusReport`             when there is only silence

A rail is a small adapter: it translates, and decides nothing about money of ours. Networks lose
answers, repeat themselves, contradict their order and fall silent. The contract makes that bearable
with five promises, which `tests/contracts/rail.py` puts to every rail:

1. **One id, one movement.** `submit` with an id that was taken before moves nothing and gives the
   same answer again. The same id with other contents is `SubmissionReused`: a fault of ours.
2. **A no is certain.** `Verdict.REFUSED` and `RailUnavailable` mean that nothing was taken, nor
   will be. Whatever leaves that open is `RailInDoubt`: the only way on is `status`, or the same
   id once more on the same rail, never another rail.
3. **Messages can be read again.** `answers(after)` gives what came behind a cursor, in the order of
   the feed; the same cursor gives the same messages. A message has an id of its own, so that one
   which comes twice is known. The order of the feed is the network's, not that of life: a settlement
   may stand before its acceptance.
4. **Silence has an end.** `status` answers for every id, also for one it never saw (`UNKNOWN`). Where
   `Capabilities.unknown_is_final`, that is a promise that the submission was not and will not be
   taken, unless it is sent again.
5. **Nothing is swallowed.** What the rail cannot carry is refused with a code before it is sent
   (`Capabilities.objection`), and what comes in is handed over raw beside its parsed form.

Money comes in the same way: asked for (`Direction.IN`, such as a direct debit) or unasked, as a
message of the type `RECEIVED` that answers no submission.

Everything here is values and one protocol: no clock, no network, no randomness.

>>> entropy = bytes(range(16))
>>> submission = Submission(
...     id="sub_1",
...     payment="wdr_1",
...     direction=Direction.OUT,
...     amount=2500,
...     asset="EUR",
...     beneficiary="DE89 3704 0044 0532 0130 00",
...     end_to_end_id="invoice 8812",
...     uetr=uetr_from(entropy),
...     correlation_id="req_1",
... )
>>> submission.uetr
'00010203-0405-4607-8809-0a0b0c0d0e0f'
>>> euros_only = Capabilities(assets=("EUR",), max_amount=1000)
>>> str(euros_only.objection(submission, Moment(0)))
'amount_too_large: at most 1000 EUR go in one submission, not 2500'
"""

import re
from collections.abc import Sequence
from enum import Enum
from hashlib import sha256
from typing import NamedTuple, Protocol
from uuid import UUID

import msgspec

from partita.engine.errors import PartitaError
from partita.kernel.moment import Moment
from partita.modules.payments.cut_offs import CutOff, is_open

_MAX35 = re.compile(r"[!-~](?:[ -~]{0,33}[!-~])?", re.ASCII)
_UUID4 = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.ASCII
)


class RailUnavailable(PartitaError):
    """The rail could not be reached: nothing was taken, nor will be. Try again, or another."""

    retryable = True


class RailInDoubt(PartitaError):
    """The rail was asked and no answer came: it may have been taken. Ask `status`; never guess."""

    retryable = True


class SubmissionReused(PartitaError):
    """An id came again with other contents: nothing was taken, and the program is wrong."""


class Direction(Enum):
    """Which way money goes, as seen from us."""

    OUT = "out"
    IN = "in"


class Verdict(Enum):
    """What a rail says to a submission at once."""

    TAKEN = "taken"
    REFUSED = "refused"


class MessageType(Enum):
    """What a message tells; the network's own words stand in its raw form."""

    ACCEPTED = "accepted"
    SETTLED = "settled"
    REJECTED = "rejected"
    RETURNED = "returned"
    CANCELED = "canceled"
    RECEIVED = "received"
    """Money came that nobody had asked for."""


class Progress(Enum):
    """How far a submission is, as its rail knows it."""

    UNKNOWN = "unknown"
    TAKEN = "taken"
    ACCEPTED = "accepted"
    SETTLED = "settled"
    REJECTED = "rejected"
    RETURNED = "returned"
    CANCELED = "canceled"


def uetr_from(random: bytes) -> str:
    """A unique end-to-end transaction reference: a version 4 UUID (RFC 9562 §5.4) in lower case.

    `random` are sixteen bytes of the entropy port.
    """
    return str(UUID(bytes=random, version=4))


class Submission(msgspec.Struct, frozen=True):
    """One order to a rail. `amount` counts minor units of `asset`.

    `end_to_end_id` is what both ends see (ISO 20022 Max35Text: 1 to 35 printable characters);
    `uetr` stays the same on every rail that a payment is tried on, `id` is of one rail alone.
    `deadline` is when it is no longer of use. `beneficiary` is a reference that the rail's own
    settings can resolve, or an account in the network's words.

    Raises:
        ValueError: a field is not what it must be; the message names it.
    """

    id: str
    payment: str
    direction: Direction
    amount: int
    asset: str
    beneficiary: str
    end_to_end_id: str
    uetr: str
    correlation_id: str
    deadline: Moment | None = None

    def __post_init__(self) -> None:
        """Refuse what no rail could carry."""
        if self.amount <= 0:
            raise ValueError(f"a submission's amount is above zero, not {self.amount}")
        if _MAX35.fullmatch(self.end_to_end_id) is None:
            raise ValueError(
                f"end_to_end_id is 1 to 35 printable characters, not {self.end_to_end_id!r:.80}"
            )
        if _UUID4.fullmatch(self.uetr) is None:
            raise ValueError(f"uetr is a version 4 UUID in lower case, not {self.uetr!r:.80}")
        if not all((self.id, self.payment, self.asset, self.beneficiary, self.correlation_id)):
            raise ValueError("id, payment, asset, beneficiary and correlation_id are never empty")


class Objection(msgspec.Struct, frozen=True):
    """Why a rail does not carry a submission: a stable code, and what is wrong."""

    code: str
    detail: str

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}"


class Capabilities(msgspec.Struct, frozen=True):
    """What a rail can do. No `assets` means any; no `cut_offs`, that it never closes.

    `max_amount` is of one submission, in minor units. `unknown_is_final` is the promise about
    `Progress.UNKNOWN`; without it, nothing that is in doubt here is ever tried elsewhere.
    """

    directions: tuple[Direction, ...] = (Direction.OUT, Direction.IN)
    assets: tuple[str, ...] = ()
    max_amount: int | None = None
    cut_offs: tuple[CutOff, ...] = ()
    is_instant: bool = False
    can_return: bool = True
    can_cancel: bool = False
    unknown_is_final: bool = False

    def objection(self, submission: Submission, now: Moment) -> Objection | None:
        """Why it would be refused now; None if nothing speaks against it.

        In the order of what lasts: what no waiting mends comes first.
        """
        if submission.direction not in self.directions:
            way = submission.direction.value
            return Objection("direction_unsupported", f"no money goes {way} on this rail")
        if self.assets and submission.asset not in self.assets:
            carried = ", ".join(self.assets)
            return Objection("asset_unsupported", f"it carries {carried}, not {submission.asset}")
        if self.max_amount is not None and submission.amount > self.max_amount:
            most = f"{self.max_amount} {submission.asset}"
            detail = f"at most {most} go in one submission, not {submission.amount}"
            return Objection("amount_too_large", detail)
        if submission.deadline is not None and submission.deadline <= now:
            passed = f"it was of use until {submission.deadline.text()}"
            return Objection("deadline_passed", passed)
        if not is_open(self.cut_offs, submission.asset, now):
            return Objection(CUT_OFF_PASSED, "the rail takes nothing at this hour")
        return None


CUT_OFF_PASSED = "cutoff_passed"
"""The one objection that waiting mends."""


class Answer(msgspec.Struct, frozen=True):
    """What a rail says to a submission. `reference` is the network's own name for it.

    A refusal has a `code`, the network's or ours, and means that nothing was taken.
    """

    submission: str
    verdict: Verdict
    reference: str | None = None
    code: str | None = None
    detail: str = ""


class RailMessage(msgspec.Struct, frozen=True):
    """One thing that a network tells, raw and parsed.

    `id` is the message's own: the same message told twice has it twice. `submission` is None
    where it answers none of ours. `code` is the network's reason for a rejection or a return.
    """

    id: str
    type: MessageType
    submission: str | None
    amount: int
    asset: str
    occurred_at: Moment
    raw: str
    reference: str | None = None
    end_to_end_id: str | None = None
    beneficiary: str | None = None
    code: str | None = None
    detail: str = ""

    @property
    def sha256(self) -> str:
        """SHA-256 of the raw form, in hexadecimal: what was told can be held against it."""
        return sha256(self.raw.encode()).hexdigest()


class StatusReport(msgspec.Struct, frozen=True):
    """How far a submission is, asked for; `code` tells why, of what did not go well."""

    submission: str
    progress: Progress
    reference: str | None = None
    code: str | None = None


class Page(NamedTuple):
    """Some messages in the order of the feed, and the cursor behind the last of them."""

    messages: list[RailMessage]
    cursor: str


class Rail(Protocol):
    """A payment network. Safe to call from several threads.

    Every method may raise:
        RailUnavailable: it cannot be reached, and nothing was taken.
    """

    @property
    def name(self) -> str:
        """What it is called in settings, payments and measures."""
        ...

    @property
    def capabilities(self) -> Capabilities:
        """What it can do; may be read at any time and costs nothing."""
        ...

    def submit(self, submission: Submission) -> Answer:
        """Hand over an order; an id that was taken before gets its answer again.

        Raises:
            RailInDoubt: no answer came; it may have been taken.
            SubmissionReused: the id was taken with other contents.
        """
        ...

    def answers(self, after: str | None, limit: int) -> Page:
        """At most `limit` messages behind a cursor; None is the beginning of the feed.

        Raises:
            ValueError: that is no cursor of this rail.
        """
        ...

    def status(self, submission_id: str) -> StatusReport:
        """How far a submission is. Sees whatever `submit` of this adapter has handed over."""
        ...


class CancellingRail(Rail, Protocol):
    """A rail with `Capabilities.can_cancel`: an order can be taken back while it is not settled."""

    def cancel(self, submission_id: str) -> Answer:
        """Ask for an order to be taken back; a message `CANCELED` tells if it was.

        Raises:
            RailInDoubt: no answer came; ask again, it is the same request.
        """
        ...


def page_of(feed: Sequence[RailMessage], after: str | None, limit: int) -> Page:
    """A page of a feed that is kept as a list: its cursors are how many messages were read.

    Raises:
        ValueError: that is no cursor of this feed.
    """
    cursor = "0" if after is None else after
    start = int(cursor) if cursor.isascii() and cursor.isdecimal() else -1
    if not 0 <= start <= len(feed):
        raise ValueError(f"no cursor of this rail's messages: {after!r:.80}")
    if limit < 1:
        raise ValueError(f"a page has at least one message, not {limit}")
    messages = list(feed[start : start + limit])
    return Page(messages, str(start + len(messages)))

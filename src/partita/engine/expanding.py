"""Expanding: a business command becomes kernel commands, decided one after another, all or none."""

from collections.abc import Callable

from partita.engine.business import Business, Desk, Gate, Look, RaisedRejection, Steps, Try
from partita.engine.errors import DecisionFailed
from partita.engine.wanting import Act, Named, name
from partita.kernel import commands
from partita.kernel.book import Book, evolve
from partita.kernel.changing import with_parts
from partita.kernel.context import Context
from partita.kernel.decide import decide
from partita.kernel.events import AccountOpened, Event, MatterChanged
from partita.kernel.rejections import Code, Rejection
from partita.kernel.undoing import Undo

Fetch = Callable[[Named, commands.Command | None], None]
"""Loads into the book what is named and not there yet; and of a command, what limits need to know."""
MOST_STEPS = 5_000
_MOVING = (
    commands.PostTransaction,
    commands.PendTransaction,
    commands.EditTransaction,
    commands.CaptureHold,
)
"""What uses an account by moving money: nothing else opens one, such as the wish to freeze it."""


class Expansion:
    """One business command being decided: the events so far, and the way back."""

    def __init__(
        self,
        book: Book,
        context_at: Callable[[int], Context],
        fetch: Fetch,
        business: Business,
        asked: str | None = None,
    ) -> None:
        """`asked` is the operation of the business command; None where a plain one is expanded."""
        self.events: list[Event] = []
        self.undo = Undo(book)
        self._book, self._context_at, self._fetch = book, context_at, fetch
        self._business, self._asked = business, asked

    def run(self, act: Act) -> Rejection | None:
        """Decide a business command; if it is refused the book is as it was."""
        desk = Desk(self._book, self._context_at(0))
        steps = self._business.deciders[type(act)](desk, act)
        refused = self._walk(steps)
        if refused is not None:
            self.undo()
            self.events = []
            return refused
        assert self.events, f"{type(act).__name__} ends with the change of a matter"
        assert isinstance(self.events[-1], MatterChanged), "a matter's change is the last fact"
        return None

    def _walk(self, steps: Steps) -> Rejection | None:
        """Send each step's event back, until the decider is done or something is refused."""
        answer: object = None
        for _step in range(MOST_STEPS):
            try:
                wanted = steps.send(answer)
            except StopIteration as done:
                refused: Rejection | None = done.value
                return refused
            except RaisedRejection as raised:
                return raised.rejection
            except Exception as error:
                # The book is decided afresh after this, and nothing was written: one command fails.
                raise DecisionFailed(f"a business decision broke off: {error!r}") from error
            if isinstance(wanted, Look):
                self._look(wanted)
                answer = None
                continue
            answer = self.take(wanted.command if isinstance(wanted, Try) else wanted)
            if isinstance(answer, Rejection) and not isinstance(wanted, Try):
                steps.close()
                return _without_pointer(answer)
        raise AssertionError(f"a business command takes more than {MOST_STEPS} steps")

    def _look(self, wanted: Look) -> None:
        named = Named.nothing()
        named.accounts.update(dict.fromkeys(wanted.accounts))
        named.resources.update(dict.fromkeys(wanted.resources))
        named.titles.update(dict.fromkeys(wanted.titles))
        self._fetch(named, None)

    def take(self, command: commands.Command) -> Event | Rejection:
        """Decide one kernel command and take its event into the book."""
        if isinstance(command, commands.ChangeMatter):
            self._insist_on_declared(command.type)
            command = with_parts(command, self._asked or "", tuple(e.id for e in self.events))
        if not self._is_at_hand(command):
            self._fetch_for(command)
        decision = self._decide(command)
        if isinstance(decision, Rejection) and _may_open(command, decision):
            decision = self._decide_after_opening(command, decision)
        if isinstance(decision, Rejection):
            return decision
        self._keep(decision)
        return decision

    def _insist_on_declared(self, type_name: str) -> None:
        """Refuse to record what readers outside know no schema of: its module must declare it."""
        facts = self._business.facts
        if facts is not None and type_name not in facts:
            raise DecisionFailed(f"no module's happenings declare {type_name}")

    def _is_at_hand(self, command: commands.Command) -> bool:
        """Whether all that it names is known to be here; asked cheaply of the most usual steps."""
        if type(command) is commands.PostTransaction:
            book = self._book
            return (
                command.external_id is None
                and not book.velocity.limits
                and all(posting.account in book.standings for posting in command.postings)
            )
        is_change = type(command) is commands.ChangeMatter
        return is_change and command.is_new and command.title is command.external_id is None  # type: ignore[union-attr]

    def _fetch_for(self, command: commands.Command) -> None:
        named = Named.nothing()
        name(command, named)
        self._fetch(named, command)

    def _decide(self, command: commands.Command) -> Event | Rejection:
        context = self._context_at(len(self.events))
        return decide_past_gate(self._book, command, context, self._business.gate)

    def _keep(self, event: Event) -> None:
        self.undo.note(event)
        evolve(self._book, event)
        self.events.append(event)

    def _decide_after_opening(
        self, command: commands.Command, refused: Rejection
    ) -> Event | Rejection:
        """Open what the chart opens by itself, then decide again; else it stays refused."""
        named = Named.nothing()
        name(command, named)
        missing = [path for path in named.accounts if path not in self._book.standings]
        desk = Desk(self._book, self._context_at(0))
        opener, is_business = self._business.opener, self._asked is not None
        openings = [opener(desk, path, is_business) for path in missing]
        if not missing or None in openings:
            return refused
        before, undo = len(self.events), Undo(self._book)
        decision: Event | Rejection = refused
        for wanted in (*openings, command):
            assert wanted is not None, "checked above"
            self._fetch_for(wanted)
            decision = self._decide(wanted)
            if isinstance(decision, Rejection):
                # A decider that only tried may go on: nothing stays open of what came to nothing.
                undo()
                del self.events[before:]
                break
            if wanted is not command:
                undo.note(decision)
                self._keep(decision)
        return decision


def decide_past_gate(
    book: Book, command: commands.Command, context: Context, gate: Gate
) -> Event | Rejection:
    """Decide a kernel command; an account that the rules would open must also pass the gate."""
    decision = decide(book, command, context)
    if type(decision) is AccountOpened:
        return gate(Desk(book, context), decision.account) or decision
    return decision


def _may_open(command: commands.Command, refused: Rejection) -> bool:
    return refused.code is Code.ACCOUNT_NOT_FOUND and isinstance(command, _MOVING)


def _without_pointer(rejection: Rejection) -> Rejection:
    """A step's refusal as the answer to the whole: what it points to is not in the request."""
    if rejection.pointer is None:
        return rejection
    return Rejection(rejection.code, rejection.detail, None, rejection.facts)

"""Plays the stories of this folder on both stores; `tables.py` says how they are written."""

from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from partita.engine.as_of import AsOf
from partita.engine.idempotency import wish
from partita.engine.ledger import Ledger
from partita.engine.outcome import BulkDone, Outcome, Refused
from partita.kernel import commands
from partita.kernel.account import AccountType, Constraints, Side
from partita.kernel.amount import from_decimal
from partita.kernel.asset import BUILT_IN, Asset
from partita.kernel.balance import Balance, balance
from partita.kernel.holds import LateCapture
from partita.kernel.moment import Moment
from partita.kernel.periods import Late
from partita.kernel.posting import Posting
from partita.kernel.velocity_limits import LimitScope, Window, WindowKind
from partita.wiring import FullStore
from tests.plugins.steering import StandingClock, ask
from tests.properties.accountant import assert_sound
from tests.scenarios.tables import Step, read, stories


class Stage:
    """A ledger on which a story is played. What cannot be understood fails loudly."""

    def __init__(self, ledger: Ledger, store: FullStore, clock: StandingClock) -> None:
        self.ledger, self.store, self.clock = ledger, store, clock
        self.names: dict[str, str] = {}
        self.held_of: dict[str, str] = {}
        self.scales = {code: asset.scale for code, asset in BUILT_IN.items()}
        self.assets: dict[str, str] = {}
        self.keys = count(1)

    def play_all(self, steps: list[Step]) -> None:
        """Play a story; what goes wrong says at which line."""
        for step in steps:
            try:
                self.play(step)
            except Exception as error:
                error.add_note(f"line {step.line}: {' '.join(step.words)}")
                raise

    def play(self, step: Step) -> None:
        """Play one step and judge what comes of it."""
        verb, *words = step.words
        judge = JUDGES.get(verb)
        if judge is not None:
            judge(self, words)
        elif verb == "refused":
            self._refused(words[0].rstrip(":"), Step(step.line, words[1:], step.beneath))
        else:
            outcome = self._ask(step)
            assert not isinstance(outcome, Refused), outcome.rejection
            if isinstance(outcome, BulkDone):
                self._judge_each(step, outcome)
            elif (name := name_of(step.words)) is not None:
                self.names[name] = outcome.record.event.id

    def _ask(self, step: Step) -> Outcome:
        """Ask for a step twice under one key; the answer, which must be the same."""
        command = self._bulk(step) if step.words[0] in ("all", "each") else self.command(step)
        asked = wish(command, key=f"step {next(self.keys)}")
        first, again = ask(self.ledger, asked, asked)
        assert (first.replayed, again.replayed) == (False, True)
        return first

    def _refused(self, code: str, step: Step) -> None:
        outcome = self._ask(step)
        assert isinstance(outcome, Refused), f"line {step.line} was accepted"
        assert outcome.rejection.code.value == code

    def _bulk(self, step: Step) -> commands.Bulk:
        inner = [
            Step(s.line, s.words[2:], s.beneath) if s.words[0] == "refused" else s
            for s in step.beneath
        ]
        return commands.Bulk(tuple(map(self.command, inner)), atomic=step.words[0] == "all")

    def _judge_each(self, step: Step, done: BulkDone) -> None:
        for inner, result in zip(step.beneath, done.results, strict=True):
            expected = inner.words[1].rstrip(":") if inner.words[0] == "refused" else None
            found = result.rejection.code.value if isinstance(result, Refused) else None
            assert found == expected, f"line {inner.line}"

    def command(self, step: Step) -> commands.Command:
        """The command that a step is."""
        verb, *words = step.words
        match verb:
            case "asset":
                self.scales[words[0]] = int(words[1])
                return commands.RegisterAsset(Asset(words[0], int(words[1])))
            case "open":
                return self._opening(words)
            case "freeze" | "unfreeze" | "close":
                (account,) = words
                return CHANGES[verb](account)
            case "post":
                return self._transaction(words, step.beneath)
            case "pend":
                return self._pending(self._transaction(words, step.beneath))
        life = LIVES.get(verb)
        assert life is not None, f"line {step.line}: {verb!r} is no step"
        return life(self, words, step.beneath)

    def _opening(self, words: list[str]) -> commands.OpenAccount:
        path, kind, asset, *limits = words
        self.assets[path] = asset
        bounds = {n: self.minor(v, asset) for n, v in zip(limits[::2], limits[1::2], strict=True)}
        return commands.OpenAccount(
            path, asset, AccountType(kind), constraints=Constraints(**bounds)
        )

    def _transaction(self, words: list[str], beneath: list[Step]) -> commands.PostTransaction:
        kind, *rest = words
        named = {}
        while len(rest) >= 2 and rest[-2] in ("on", "reference", "late", "card"):
            named[rest[-2]] = rest[-1]
            rest = rest[:-2]
        if rest:
            amount, source, arrow, target = rest
            assert arrow == "->", f"{arrow!r} is no arrow"
            legs = [("debit", source, amount), ("credit", target, amount)]
            asset = self.assets.get(source) or self.assets.get(target, "USD")
            postings = [self._leg(*leg, asset) for leg in legs]
        else:
            postings = [self._leg(*step.words) for step in beneath]
        at = _day(named["on"]) if "on" in named else None
        card = {"card": named["card"]} if "card" in named else {}
        late = Late(named.get("late", "refuse"))
        return commands.PostTransaction(
            tuple(postings), kind, named.get("reference"), at, card, late=late
        )

    def _pending(self, posted: commands.PostTransaction) -> commands.PendTransaction:
        return commands.PendTransaction(
            posted.postings, posted.type, posted.external_id, posted.effective_at
        )

    def named(self, name: str) -> str:
        """The id of what a step was called."""
        return self.names[name]

    def hold(self, words: list[str], _beneath: list[Step]) -> commands.PlaceHold:
        """Hold ROOM 80.00 customers:alice [until DAY] [tolerance PERCENT] [late]."""
        name, amount, account, *more = words
        self.held_of[name] = account
        until = _day(more[more.index("until") + 1]) if "until" in more else None
        percent = more[more.index("tolerance") + 1] if "tolerance" in more else "0%"
        late = LateCapture.ALLOWED if "late" in more else LateCapture.REFUSED
        asset = self.assets.get(account, "USD")
        points = 100 * int(percent.removesuffix("%"))
        return commands.PlaceHold(
            account, self.minor(amount, asset), asset, until, points, late, name
        )

    def capture(self, words: list[str], beneath: list[Step]) -> commands.CaptureHold:
        """Capture ROOM [20.00] -> shop [final] [reference R], or with legs beneath."""
        name, *rest = words
        reference = rest[rest.index("reference") + 1] if "reference" in rest else None
        is_final, hold = "final" in rest, self.named(name)
        if beneath:
            legs = tuple(self._leg(*step.words) for step in beneath)
            return commands.CaptureHold(hold, legs, is_final=is_final, external_id=reference)
        arrow = rest.index("->")
        amount = self._of_hold(name, rest[0]) if arrow else None
        return commands.CaptureHold(
            hold, (), rest[arrow + 1], amount, is_final, external_id=reference
        )

    def _of_hold(self, name: str, figure: str) -> int:
        return self.minor(figure, self.assets[self.held_of[name]])

    def increment(self, words: list[str], _beneath: list[Step]) -> commands.IncrementHold:
        """Increment ROOM 20.00."""
        name, amount = words
        return commands.IncrementHold(self.named(name), self._of_hold(name, amount))

    def release(self, words: list[str], _beneath: list[Step]) -> commands.ReleaseHold:
        """Release ROOM [20.00]."""
        name, *amount = words
        freed = self._of_hold(name, amount[0]) if amount else None
        return commands.ReleaseHold(self.named(name), freed)

    def extend(self, words: list[str], _beneath: list[Step]) -> commands.ExtendHold:
        """Extend ROOM until DAY."""
        name, until, day = words
        assert until == "until"
        return commands.ExtendHold(self.named(name), _day(day))

    def settle(self, words: list[str], _beneath: list[Step]) -> commands.SettleTransaction:
        """Settle INV-1."""
        (name,) = words
        return commands.SettleTransaction(self.named(name))

    def limit(self, words: list[str], _beneath: list[Step]) -> commands.SetLimit:
        """Limit DAILY 500.00 USD per day on customers:* [3 times], or: per 3600 on each card."""
        title, figure, asset, per, window, on, *subject = words
        assert (per, on) == ("per", "on")
        rolls = window.isdigit()
        is_value = subject[0] == "each"
        times = int(subject[-2]) if subject[-1] == "times" else None
        return commands.SetLimit(
            title,
            LimitScope.METADATA if is_value else LimitScope.ACCOUNT,
            subject[1 if is_value else 0],
            asset,
            Window(WindowKind.ROLLING, int(window)) if rolls else Window(WindowKind(window)),
            max_amount=self.minor(figure, asset),
            max_count=times,
        )

    def period(self, words: list[str], _beneath: list[Step]) -> commands.OpenPeriod:
        """Period OCT 2026-10-01 2026-11-01."""
        title, begins, ends = words
        first, last = (Moment.parse(f"{day}T00:00:00Z") for day in (begins, ends))
        return commands.OpenPeriod(title, first, last)

    def shut(self, words: list[str], _beneath: list[Step]) -> commands.ChangePeriod:
        """Shut OCT [softly]."""
        title, *softly = words
        return commands.SoftClosePeriod(title) if softly else commands.ClosePeriod(title)

    def reopen(self, words: list[str], _beneath: list[Step]) -> commands.ReopenPeriod:
        """Reopen OCT."""
        (title,) = words
        return commands.ReopenPeriod(title)

    def archive(
        self, words: list[str], _beneath: list[Step]
    ) -> commands.ArchiveTransaction | commands.ArchiveLimit:
        """Archive INV-1; or a limit, which its title names."""
        if words[0] == "limit":
            return commands.ArchiveLimit(words[1])
        (name,) = words
        return commands.ArchiveTransaction(self.named(name))

    def edit(self, words: list[str], beneath: list[Step]) -> commands.EditTransaction:
        """Edit INV-1 20.00 a -> b, or with legs beneath."""
        name, *legs = words
        postings = self._transaction(["edit", *legs], beneath).postings
        return commands.EditTransaction(self.named(name), postings)

    def reverse(self, words: list[str], _beneath: list[Step]) -> commands.ReverseTransaction:
        """Reverse SALE-1 [20.00 USD]: of a transaction with two legs so much, or all that is left."""
        name, *part = words
        amounts = None
        if part:
            amount = self.minor(*part)
            amounts = ((0, amount), (1, amount))
        return commands.ReverseTransaction(self.named(name), amounts)

    def time(self, words: list[str]) -> None:
        """Let the ledger's clock come to the morning of a day."""
        (day,) = words
        moment = Moment.parse(f"{day}T08:00:00Z")
        assert moment > self.clock.moment, "time does not go back"
        self.clock.moment = moment
        ask(self.ledger)  # nobody asks for anything, and yet what is due is done

    def held(self, words: list[str]) -> None:
        """Judge what holds set aside of an account."""
        path, figure = words
        standing = self.store.account(self.ledger.info, path)
        assert standing is not None, f"{path} is not open"
        found = self.store.held(self.ledger.info, [standing.account.number])
        expected = self.minor(figure, self.assets[path])
        assert found.get(standing.account.number, 0) == expected

    def status(self, words: list[str]) -> None:
        """Judge where a hold or a transaction is in its life."""
        name, expected = words
        identifier = self.named(name)
        (found,) = self.store.resources_by_id(self.ledger.info, [identifier])
        assert found.state == expected

    def _leg(self, side: str, account: str, amount: str, asset: str) -> Posting:
        return Posting(account, Side(side), self.minor(amount, asset), asset)

    def minor(self, figure: str, asset: str) -> int:
        """A figure in minor units."""
        return from_decimal(figure, self.scales[asset])

    def balance(self, words: list[str]) -> None:
        """Judge a balance, now or as of the end of a day."""
        path, figure, *when = words
        assert self._figures(path, when).posted == self.minor(figure, self.assets[path])

    def available(self, words: list[str]) -> None:
        """Judge what may be spent."""
        path, figure = words
        assert self._figures(path, []).available == self.minor(figure, self.assets[path])

    def _figures(self, path: str, when: list[str]) -> Balance:
        standing = self.store.account(self.ledger.info, path)
        assert standing is not None, f"{path} is not open"
        account, totals = standing.account, standing.totals
        if when:
            assert when[0] == "on"
            moment = _day(when[1])
            (past,) = self.store.totals_as_of(self.ledger.info, (account.number,), AsOf(moment))
            totals = past.totals
        return balance(totals, account.normal_side)

    def totals(self, words: list[str]) -> None:
        """Judge the books as a whole."""
        assert words == ["are", "zero"]
        assert_sound(self.store, self.ledger.info)


def name_of(words: list[str]) -> str | None:
    """What a step calls the thing that it makes."""
    if "reference" in words:
        return words[words.index("reference") + 1]
    return words[1] if words[0] == "hold" else None


def _day(text: str) -> Moment:
    """The end of a day: what happened on it counts."""
    return Moment.parse(f"{text}T23:59:59Z")


CHANGES: dict[str, Callable[[str], commands.Command]] = {
    "freeze": commands.FreezeAccount,
    "unfreeze": commands.UnfreezeAccount,
    "close": commands.CloseAccount,
}
LIVES: dict[str, Callable[[Stage, list[str], list[Step]], commands.Command]] = {
    "hold": Stage.hold,
    "capture": Stage.capture,
    "increment": Stage.increment,
    "release": Stage.release,
    "extend": Stage.extend,
    "edit": Stage.edit,
    "limit": Stage.limit,
    "period": Stage.period,
    "shut": Stage.shut,
    "reopen": Stage.reopen,
    "settle": Stage.settle,
    "archive": Stage.archive,
    "reverse": Stage.reverse,
}
JUDGES: dict[str, Callable[[Stage, list[str]], None]] = {
    "time": Stage.time,
    "held": Stage.held,
    "status": Stage.status,
    "balance": Stage.balance,
    "available": Stage.available,
    "totals": Stage.totals,
}


@pytest.mark.parametrize("story", stories(), ids=lambda path: path.stem)
def test_the_story_goes_as_it_is_told(
    story: Path, ledger: Ledger, store: FullStore, clock: StandingClock
) -> None:
    stage, steps = Stage(ledger, store, clock), read(story.read_text())
    assert any(step.words[0] in JUDGES for step in steps), "a story ends with balances"
    stage.play_all(steps)
    stage.totals(["are", "zero"])


def test_there_are_stories() -> None:
    assert len(stories()) >= 8


@pytest.mark.parametrize(
    "wrong",
    [
        "open cash asset USD\nbalance cash 0.01",
        "open cash asset USD\nrefused path_taken: open till asset USD",
        "open cash asset USD\nopen cash asset USD",
        "dance cash",
        "open a liability USD\ncapture nothing -> a",
        "open a liability USD\nhold h 1.00 a\nheld a 1.01",
        "open a liability USD\nhold h 1.00 a\nstatus h captured",
        "open a liability USD\nopen b liability USD\npost x 1 a b",
        "open a liability USD\nopen b liability USD\neach\n  refused account_frozen: post x 1 a -> b",
    ],
)
def test_a_wrong_story_fails(
    wrong: str, ledger: Ledger, store: FullStore, clock: StandingClock
) -> None:
    stage = Stage(ledger, store, clock)
    with pytest.raises((AssertionError, ValueError, KeyError)):
        stage.play_all(read(wrong))

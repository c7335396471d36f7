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
from partita.kernel.moment import Moment
from partita.kernel.posting import Posting
from partita.wiring import FullStore
from tests.plugins.steering import ask
from tests.properties.accountant import assert_sound
from tests.scenarios.tables import Step, read, stories


class Stage:
    """A ledger on which a story is played. What cannot be understood fails loudly."""

    def __init__(self, ledger: Ledger, store: FullStore) -> None:
        self.ledger, self.store = ledger, store
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
        raise AssertionError(f"line {step.line}: {verb!r} is no step")

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
        while len(rest) >= 2 and rest[-2] in ("on", "reference"):
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
        return commands.PostTransaction(tuple(postings), kind, named.get("reference"), at)

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


def _day(text: str) -> Moment:
    """The end of a day: what happened on it counts."""
    return Moment.parse(f"{text}T23:59:59Z")


CHANGES: dict[str, Callable[[str], commands.Command]] = {
    "freeze": commands.FreezeAccount,
    "unfreeze": commands.UnfreezeAccount,
    "close": commands.CloseAccount,
}
JUDGES: dict[str, Callable[[Stage, list[str]], None]] = {
    "balance": Stage.balance,
    "available": Stage.available,
    "totals": Stage.totals,
}


@pytest.mark.parametrize("story", stories(), ids=lambda path: path.stem)
def test_the_story_goes_as_it_is_told(story: Path, ledger: Ledger, store: FullStore) -> None:
    stage, steps = Stage(ledger, store), read(story.read_text())
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
        "open a liability USD\nopen b liability USD\npost x 1 a b",
        "open a liability USD\nopen b liability USD\neach\n  refused account_frozen: post x 1 a -> b",
    ],
)
def test_a_wrong_story_fails(wrong: str, ledger: Ledger, store: FullStore) -> None:
    stage = Stage(ledger, store)
    with pytest.raises((AssertionError, ValueError)):
        stage.play_all(read(wrong))

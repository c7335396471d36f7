"""A walk: a ledger and the plain bank side by side, asked the same at random, compared at each step."""

import random
from collections.abc import Callable
from typing import NamedTuple

import msgspec

from partita.engine.idempotency import wish
from partita.engine.ledger import Ledger
from partita.engine.listing import ResourceFilter
from partita.engine.outcome import Accepted, BulkDone, Outcome, Refused
from partita.engine.verification import verify_ledger
from partita.kernel import commands
from partita.kernel.book import Book, evolve
from partita.kernel.events import AccountOpened
from partita.kernel.moment import Moment
from partita.wiring import FullStore
from tests.plugins.steering import NOON, SeededEntropy, StandingClock, ask, ask_one
from tests.properties.accountant import EVERYTHING, assert_replayed, assert_sealed
from tests.properties.auditor import account_of, audited, describe, described, standing
from tests.properties.bank_wishes import Asked, BankWishes, held
from tests.properties.plain_bank import PlainBank

SHOWN = 25
"""How many of the newest holds and transactions are compared at each step."""


class Answered(NamedTuple):
    """A wish under a key, and what was first said to it."""

    command: commands.Command | commands.Bulk
    key: str
    outcome: Outcome


class Walk:
    """One ledger with three writers, one plain bank, one seed; `steps` counts wishes."""

    def __init__(self, store: FullStore, seed: int, name: str = "main") -> None:
        self.store, self.chance, self.steps = store, random.Random(seed), 0
        self.clock, self.bank = StandingClock(), PlainBank()
        self.info = store.create_ledger(name, NOON)
        self._seed = seed * 1_000
        self.writers = [self._writer() for _ in range(3)]
        self.wishes = BankWishes(self.chance, self.bank)
        self.answered: list[Answered] = []
        ask_one(self.writers[0], commands.OpenLedger(name))
        for command in self.wishes.openings():
            (outcome,) = ask(self.writers[0], wish(command))
            assert isinstance(outcome, Accepted)
            event = outcome.record.event
            assert isinstance(event, AccountOpened)
            self.bank.accounts[event.account.path] = account_of(event.account)
        for asked in self.wishes.payments():
            self.one(asked)

    def _writer(self) -> Ledger:
        self._seed += 1
        made = Ledger(self.info, self.store, self.clock, SeededEntropy(self._seed))
        if self.chance.random() < 0.5:
            # This one can keep hardly any accounts in its memory.
            made._decider._accounts_kept = 1
        return made

    def go(self, steps: int) -> int:
        """So many wishes at least; in the end the whole journal is judged. How many there were."""
        try:
            while self.steps < steps:
                self._pass_time()
                self._step()
                self._compare()
            self._judge()
        except BaseException as error:
            error.add_note(f"a walk from the seed {self._seed // 1_000}, at step {self.steps}")
            raise
        finally:
            for writer in self.writers:
                writer.close()
        return self.steps

    def _step(self) -> None:
        forms: dict[Callable[[], None], int] = {
            self._one: 52, self._several: 16, self._all_or_nothing: 9, self._each: 7,
            self._dry: 7, self._again: 8, self._restart: 1,
        }  # fmt: skip
        (form,) = self.chance.choices(list(forms), list(forms.values()))
        form()

    def _pass_time(self) -> None:
        """Clocks jump: forward, to the moment of a hold and just before it, and now and then back."""
        if self.chance.random() > 0.25:
            return
        open_holds = [h.expires_at for h in self.bank.holds.values() if h.is_open and h.expires_at]
        jumps = [self.chance.randint(1, 2_000_000), self.chance.choice((1, 1_000_000, -500_000))]
        jumps += [at - self.clock.moment - step for at in open_holds[:2] for step in (0, 1)]
        self.clock.moment = Moment(self.clock.moment + self.chance.choice(jumps))

    def _ready(self) -> Ledger:
        """A writer; the bank's clock is set, and what is due by now has run out."""
        self.bank.now = max(self.clock.moment, self.store.head(self.info).recorded_at)
        for name in self.bank.due():
            self.bank.expire(name)
        return self.chance.choice(self.writers)

    def _key(self) -> str | None:
        return f"key-{self.steps}" if self.chance.random() < 0.6 else None

    def _one(self) -> None:
        self.one(self.wishes.any(), self._key())

    def one(self, asked: Asked, key: str | None = None) -> None:
        """One wish by itself."""
        outcome = ask_one(self._ready(), asked.command, key)
        self._agree(asked, outcome)
        if key is not None:
            self.answered.append(Answered(asked.command, key, outcome))

    def _several(self) -> None:
        """Several wishes in one batch; the first may come a second time, under its key."""
        several = [self.wishes.any() for _ in range(self.chance.randint(2, 6))]
        first = wish(several[0].command, key=f"key-{self.steps}")
        rest = [wish(each.command) for each in several[1:]]
        *outcomes, again = ask(self._ready(), first, *rest, first)
        for asked, outcome in zip(several, outcomes, strict=True):
            self._agree(asked, outcome)
        assert again.replayed
        assert _first(again) == _first(outcomes[0])

    def _bulk(self, *, atomic: bool) -> tuple[list[Asked], commands.Bulk]:
        several = [self.wishes.any() for _ in range(self.chance.randint(1, 5))]
        return several, commands.Bulk(tuple(each.command for each in several), atomic=atomic)

    def _all_or_nothing(self) -> None:
        """An atomic bulk; the first of its wishes comes in the same batch again, by itself.

        Whatever the bulk did before it was refused must not be there for that one.
        """
        several, bulk = self._bulk(atomic=True)
        key, after = self._key(), several[0]
        outcome, next_one = ask(self._ready(), wish(bulk, key=key), wish(after.command))
        if self._agree_on_all(several, outcome, trial := self.bank.copy()):
            self._become(trial)
        self._agree(after, next_one)
        if key is not None:
            self.answered.append(Answered(bulk, key, outcome))

    def _agree_on_all(self, several: list[Asked], outcome: Outcome, trial: PlainBank) -> bool:
        """Whether all were accepted; the trial has then done as they asked."""
        for n, asked in enumerate(several):
            self.steps += 1
            made = f"?{n}"
            if isinstance(outcome, BulkDone):
                result = outcome.results[n]
                assert isinstance(result, Accepted)
                made = result.record.event.id
            code = asked.effect(trial, made)
            if code is not None:
                assert isinstance(outcome, Refused), (code, asked.command, outcome)
                assert (outcome.rejection.code.value, outcome.index) == (code, n), asked.command
                return False
        assert isinstance(outcome, BulkDone), outcome
        return True

    def _become(self, trial: PlainBank) -> None:
        vars(self.bank).update(vars(trial))

    def _each(self) -> None:
        several, bulk = self._bulk(atomic=False)
        outcome = ask_one(self._ready(), bulk)
        assert isinstance(outcome, BulkDone)
        for asked, result in zip(several, outcome.results, strict=True):
            self._agree(asked, result)

    def _dry(self) -> None:
        """A wish that is only tried, then the same in earnest: the same is said, but for names."""
        writer, trial = self._ready(), self.bank.copy()
        if self.chance.random() < 0.5:
            several, bulk = self._bulk(atomic=True)
            (tried,) = ask(writer, wish(bulk, is_dry=True))
            self._agree_on_all(several, tried, trial)
            return
        asked = self.wishes.any()
        dry, real = wish(asked.command, key="dry", is_dry=True), wish(asked.command)
        tried, outcome = ask(writer, dry, real)
        self._agree(asked, outcome)
        if isinstance(tried, Refused):
            assert tried == outcome
            return
        assert isinstance(tried, Accepted)
        assert isinstance(outcome, Accepted)
        assert tried.record.sequence == outcome.record.sequence
        assert type(tried.record.event) is type(outcome.record.event)
        entries = (getattr(each.record.event, "entries", ()) for each in (tried, outcome))
        assert next(entries) == next(entries)

    def _again(self) -> None:
        """An old wish under its old key; or the key with another wish."""
        if not self.answered:
            self._ask_nothing()
            return
        self.steps += 1
        old = self.chance.choice(self.answered[-60:])
        if self.chance.random() < 0.8 or isinstance(old.command, commands.Bulk):
            again = ask_one(self._ready(), old.command, old.key)
            assert again.replayed
            assert _first(again) == _first(old.outcome)
            return
        other = commands.PlaceHold("u0", 1_000 + self.steps, "USD")
        outcome = ask_one(self._ready(), other, old.key)
        same = [each for each in self.answered if each.key == old.key]
        if any(isinstance(each.command, commands.PlaceHold) for each in same):
            assert isinstance(outcome, Refused)
            assert outcome.rejection.code.value == "idempotency_key_reused"
        else:
            self._agree(held(other), outcome)
            self.answered.append(Answered(other, old.key, outcome))

    def _restart(self) -> None:
        """A writer ends; another begins that knows nothing but what is stored."""
        place = self.chance.randrange(len(self.writers))
        self.writers[place].close()
        self.writers[place] = self._writer()
        self._ask_nothing()

    def _ask_nothing(self) -> None:
        """Even then, what is due runs out: an idle writer may have seen to that already."""
        assert ask(self._ready()) == []

    def _agree(self, asked: Asked, outcome: Outcome) -> None:
        self.steps += 1
        made = outcome.record.event.id if isinstance(outcome, Accepted) else "?"
        code = asked.effect(self.bank, made)
        if code is None:
            assert isinstance(outcome, Accepted), (asked.command, outcome)
        else:
            assert isinstance(outcome, Refused), (code, asked.command, outcome)
            assert outcome.rejection.code.value == code, (asked.command, outcome)

    def _compare(self) -> None:
        """Every account, and the newest holds and transactions."""
        self.bank.demand_sense()
        for found, totals in self.store.trial_balance(self.info, None):
            path = found.account.path
            expected = standing(self.bank, path)
            assert (found.version, totals) == expected, path
            assert found.status.value == self.bank.accounts[path].status
        for kind in ("hold", "transaction"):
            for each in self.store.resources(self.info, ResourceFilter(kind), None, SHOWN):
                assert describe(each) == described(self.bank, each)

    def _judge(self) -> None:
        """The whole journal: sealed, verified, folded anew, and audited record by record."""
        records = self.store.records(self.info, 0, EVERYTHING)
        assert_sealed(self.store, self.info, records)
        assert_replayed(self.store, self.info, records)
        report = verify_ledger(self.store, self.info)
        assert report.ok, report.first_bad
        audit = audited(records)
        for path in self.bank.accounts:
            assert standing(audit, path) == standing(self.bank, path)
        book = Book()
        for record in records:
            evolve(book, record.event)
        for kind in ("hold", "transaction"):
            mine = [r for (_, name), r in book.resources.items() if r.kind == kind and name == r.id]
            found = self.store.resources(self.info, ResourceFilter(kind), None, EVERYTHING)
            assert sorted(mine, key=lambda r: -r.number) == found


def _first(outcome: Outcome) -> Outcome:
    return msgspec.structs.replace(outcome, replayed=False)

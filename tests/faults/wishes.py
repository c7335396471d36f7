"""Seeded load on a few hot accounts, each wish under a key.

Openings, transfers, refusals and bulks, and whatever may be done to holds and transactions that were
heard of before.
"""

import random
import time
from collections.abc import Iterator
from itertools import count

from partita.kernel import commands
from partita.kernel.account import AccountType, Constraints, Side
from partita.kernel.commands import Bulk, Command, OpenAccount, PostTransaction
from partita.kernel.moment import Moment
from partita.kernel.posting import Posting
from tests.faults.history import History, Wished

ASSET = "USD"
BANK = "bank"
CUSTOMERS = 12
_FLOORED = Constraints(min_available=0)
PLAIN_KINDS = ("transfer", "refusal", "opening", "bulk", "atomic", "refused_atomic")
KINDS_OVER_HTTP = (*PLAIN_KINDS, "hold", "capture", "pending", "reversal")
"""Those whose answer over HTTP names what the record names."""
KINDS = (*KINDS_OVER_HTTP, "release", "posting")
_WEIGHTS = (40, 8, 4, 6, 6, 4, 12, 12, 6, 6, 4, 5)


def customer(number: int) -> str:
    """The path of a customer's account; each may not fall below nothing."""
    return f"customers:{number}"


def transfer(source: str, target: str, amount: int) -> PostTransaction:
    """Move money between two accounts on the credit side."""
    return PostTransaction(
        (
            Posting(source, Side.DEBIT, amount, ASSET),
            Posting(target, Side.CREDIT, amount, ASSET),
        )
    )


class Wishes:
    """Makes wishes, each with a fresh key. What they are about comes out of the history."""

    def __init__(self, seed: int, history: History, prefix: str = "k") -> None:
        self.random, self.kinds = random.Random(seed), KINDS
        self._history, self._prefix, self._numbers = history, prefix, count(1)

    def opening(self) -> list[tuple[str, Wished]]:
        """What comes first: the accounts, and money on half of them."""
        bank = OpenAccount(BANK, ASSET, AccountType.LIABILITY)
        customers = [self._open(customer(number)) for number in range(CUSTOMERS)]
        paid_in = [transfer(BANK, customer(n), 1_000) for n in range(0, CUSTOMERS, 2)]
        return [self._keyed(wish) for wish in (bank, *customers, *paid_in)]

    def some(self, number: int, *, kind: str | None = None) -> Iterator[tuple[str, Wished]]:
        """So many wishes of any kind, or of one, with their keys; made when they are taken."""
        weights = _WEIGHTS[: len(self.kinds)]
        for _ in range(number):
            (chosen,) = [kind] if kind else self.random.choices(self.kinds, weights)
            yield self._keyed(self._wish(chosen))

    def _keyed(self, wish: Wished) -> tuple[str, Wished]:
        return f"{self._prefix}-{next(self._numbers)}", wish

    def _wish(self, kind: str) -> Wished:
        if kind == "transfer":
            return self._transfer()
        if kind == "refusal":
            return transfer(customer(self.random.randrange(CUSTOMERS)), BANK, 10**9)
        if kind == "opening":
            return self._open(f"late:{self._prefix}:{self.random.getrandbits(60)}")
        if kind not in PLAIN_KINDS:
            return self._with_a_life(kind)
        size = self.random.randint(2, 5)
        items: list[Command] = [self._transfer() for _ in range(size)]
        if kind == "atomic":
            items = [transfer(BANK, customer(n), 3) for n in range(size)]
        if kind == "refused_atomic":
            items.append(transfer(customer(0), BANK, 10**9))
        return Bulk(tuple(items), atomic=kind != "bulk")

    def _transfer(self) -> PostTransaction:
        """Between any two; a customer without money is refused, as in life."""
        paths = [BANK, BANK, *map(customer, range(CUSTOMERS))]
        source = self.random.choice(paths)
        target = self.random.choice([path for path in paths if path != source])
        return transfer(source, target, self.random.randint(1, 60))

    def _with_a_life(self, kind: str) -> Command:
        """Something about a hold, or about a transaction that can still change."""
        made, amount = self._history.made, self.random.randint(1, 40)
        holds, pending = made[commands.PlaceHold], made[commands.PendTransaction]
        posted = made[PostTransaction] + made[commands.CaptureHold]
        if kind == "capture" and holds:
            legs = (Posting(self._customer(), Side.CREDIT, amount, ASSET),)
            return commands.CaptureHold(self._recent(holds), legs, is_final=amount < 9)
        if kind == "release" and holds:
            return commands.ReleaseHold(self._recent(holds), self.random.choice((None, amount)))
        if kind == "posting" and pending:
            kinds = (commands.SettleTransaction, commands.ArchiveTransaction)
            return self.random.choice(kinds)(self._recent(pending))
        if kind == "reversal" and posted:
            part = self.random.choice((None, ((0, amount), (1, amount))))
            return commands.ReverseTransaction(self._recent(posted), part)
        if kind in ("pending", "posting"):
            return commands.PendTransaction(transfer(BANK, self._customer(), amount).postings)
        return self._hold(amount)

    def _hold(self, amount: int) -> commands.PlaceHold:
        """Some run out within a second, while whoever should see to that may be dead."""
        now, wait = time.time_ns() // 1_000, self.random.choice((None, None, 50_000, 1_000_000))
        expires_at = None if wait is None else Moment(now + wait)
        return commands.PlaceHold(self._customer(), amount, ASSET, expires_at=expires_at)

    def _customer(self) -> str:
        return customer(self.random.randrange(CUSTOMERS))

    def _recent(self, names: list[str]) -> str:
        """One of the newest: several wishes shall meet at the same thing."""
        return self.random.choice(names[-8:])

    def _open(self, path: str) -> OpenAccount:
        return OpenAccount(path, ASSET, AccountType.LIABILITY, constraints=_FLOORED)

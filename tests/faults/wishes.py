"""Seeded load: openings, transfers, refusals and bulks on a few hot accounts, each under a key."""

import random
from itertools import count

from partita.kernel.account import AccountType, Constraints, Side
from partita.kernel.commands import Bulk, Command, OpenAccount, PostTransaction
from partita.kernel.posting import Posting
from tests.faults.history import Wished

ASSET = "USD"
BANK = "bank"
CUSTOMERS = 12
_FLOORED = Constraints(min_available=0)
KINDS = ("transfer", "refusal", "opening", "bulk", "atomic", "refused_atomic")
_WEIGHTS = (70, 10, 4, 6, 6, 4)


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
    """Makes wishes, each with a fresh key; the same ones for the same seed."""

    def __init__(self, seed: int, prefix: str = "k") -> None:
        self.random = random.Random(seed)
        self._prefix, self._numbers = prefix, count(1)

    def opening(self) -> list[tuple[str, Wished]]:
        """What comes first: the accounts, and money on half of them."""
        bank = OpenAccount(BANK, ASSET, AccountType.LIABILITY)
        customers = [self._open(customer(number)) for number in range(CUSTOMERS)]
        paid_in = [transfer(BANK, customer(n), 1_000) for n in range(0, CUSTOMERS, 2)]
        return [self._keyed(wish) for wish in (bank, *customers, *paid_in)]

    def some(self, number: int, *, kind: str | None = None) -> list[tuple[str, Wished]]:
        """So many wishes of any kind, or of one, with their keys."""
        kinds = [kind] * number if kind else self.random.choices(KINDS, _WEIGHTS, k=number)
        return [self._keyed(self._wish(each)) for each in kinds]

    def _keyed(self, wish: Wished) -> tuple[str, Wished]:
        return f"{self._prefix}-{next(self._numbers)}", wish

    def _wish(self, kind: str) -> Wished:
        if kind == "transfer":
            return self._transfer()
        if kind == "refusal":
            return transfer(customer(self.random.randrange(CUSTOMERS)), BANK, 10**9)
        if kind == "opening":
            return self._open(f"late:{self._prefix}:{self.random.getrandbits(60)}")
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

    def _open(self, path: str) -> OpenAccount:
        return OpenAccount(path, ASSET, AccountType.LIABILITY, constraints=_FLOORED)

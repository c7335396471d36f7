"""Anything that may be asked of a bank with holds, each with what it asks of the plain one."""

import random
from collections.abc import Callable
from typing import NamedTuple

from partita.kernel import commands
from partita.kernel.account import AccountType, Constraints, FreezeFlow, Side
from partita.kernel.conditions import Condition
from partita.kernel.holds import LateCapture
from partita.kernel.moment import Moment
from partita.kernel.posting import Posting
from tests.properties.plain_bank import PlainBank
from tests.properties.plain_things import CREDIT, DEBIT, Leg, PlainHold

Effect = Callable[[PlainBank, str], str | None]
ASSETS = {"USD": ("u0", "u1", "u2", "u3", "u4"), "EUR": ("e0", "e1", "e2")}
"""Accounts by asset; the first of each pays everybody, and has no limits."""
PATHS = tuple(path for each in ASSETS.values() for path in each)
_RECENT = 10


class Asked(NamedTuple):
    """A command, and what it asks of the plain bank, where what it makes gets this id."""

    command: commands.Command
    effect: Effect


class BankWishes:
    """Draws wishes by a seed. `bank` is only looked at, so that many of them hit an edge."""

    def __init__(self, chance: random.Random, bank: PlainBank) -> None:
        self.chance, self.bank = chance, bank
        self._kinds = {
            self.post: 22, self.place: 14, self.capture: 18, self.increment: 5, self.release: 7,
            self.extend: 5, self.pend: 8, self.edit: 6, self.settle: 6, self.archive: 3,
            self.reverse: 9, self.freeze: 1, self.unfreeze: 3,
        }  # fmt: skip

    def openings(self) -> list[commands.Command]:
        """The accounts, with limits or without, and money to begin with."""
        made: list[commands.Command] = []
        for asset, paths in ASSETS.items():
            for n, path in enumerate(paths):
                kind = AccountType.ASSET if n == 4 else AccountType.LIABILITY
                limits = self._limits() if n else Constraints()
                made.append(commands.OpenAccount(path, asset, kind, constraints=limits))
        return made

    def payments(self) -> list[Asked]:
        """Money for everybody to begin with."""
        paid = []
        for asset, (bank, *others) in ASSETS.items():
            for path in others:
                legs = self._between(bank, path, asset, 40)
                paid.append(self._post(legs, None))
        return paid

    def any(self) -> Asked:
        """A wish of any kind."""
        (kind,) = self.chance.choices(list(self._kinds), list(self._kinds.values()))
        return kind()

    def _limits(self) -> Constraints:
        chance = self.chance
        return Constraints(
            min_available=chance.choice((0, 0, 0, -10, None)),
            min_posted=chance.choice((None, None, None, 0)),
            max_posted=chance.choice((None, None, None, 90)),
            max_available=chance.choice((None, None, None, 80)),
            overdraft=chance.choice((0, 0, 5)),
        )

    def _seldom(self) -> bool:
        return self.chance.random() < 0.04

    def _amount(self) -> int:
        return 0 if self._seldom() else self.chance.randint(1, 30)

    def _reference(self) -> str | None:
        return f"ref-{self.chance.randrange(60)}" if self.chance.random() < 0.15 else None

    def _moment(self) -> Moment | None:
        """Soon, as a rule; now and then this very moment, or never."""
        steps = (None, None, 0, 1, 1_000_000, 1_000_000, 3_000_000, 3_000_000)
        step = self.chance.choice(steps)
        return None if step is None else Moment(self.bank.now + step)

    def _hold(self) -> str:
        names = list(self.bank.holds)
        if not names or self._seldom():
            return "hld_nobody"
        still = [name for name in names if self.bank.holds[name].is_open]
        return self.chance.choice(still if still and self.chance.random() < 0.7 else names)

    def _transaction(self, *statuses: str) -> str:
        """One of these statuses, as a rule; a clerk errs."""
        found = self.bank.transactions.items()
        names = [name for name, each in found if each.status in statuses or self._seldom()]
        return self.chance.choice(names[-_RECENT:]) if names else "txn_nobody"

    def _between(self, source: str, target: str, asset: str, amount: int) -> list[Leg]:
        side = -1 if target == "u4" or source == "u4" else 1
        return [Leg(source, side, amount, asset), Leg(target, -side, amount, asset)]

    def _legs(self) -> list[Leg]:
        legs: list[Leg] = []
        for asset in self.chance.choice((("USD",), ("USD",), ("EUR",), ("USD", "EUR"))):
            source, target, other = self.chance.sample(ASSETS[asset], 3)
            side, amount = self.chance.choice((DEBIT, CREDIT)), self._amount()
            legs.append(Leg(source, side, amount, asset))
            part = self.chance.randint(0, amount)
            for path, share in ((target, amount - part), (other, part)):
                if share:
                    legs.append(Leg(path, -side, share, asset))
        if self._seldom():
            place = self.chance.randrange(len(legs))
            legs[place] = self._careless(legs[place])
        return legs

    def _careless(self, leg: Leg) -> Leg:
        return self.chance.choice((
            leg._replace(amount=leg.amount + 1), leg._replace(account="nobody"),
            leg._replace(account=self.chance.choice(PATHS)), leg._replace(side=-leg.side),
        ))  # fmt: skip

    def _post(self, legs: list[Leg], reference: str | None) -> Asked:
        conditions: list[Condition] = []
        versions: dict[str, int] = {}
        if legs and self.chance.random() < 0.15 and legs[0].account in self.bank.accounts:
            seen = self.bank.accounts[legs[0].account].entries
            versions[legs[0].account] = seen - self.chance.choice((0, 0, 0, 1))
            conditions.append(Condition(0, if_version=versions[legs[0].account]))
        command = commands.PostTransaction(
            postings_of(legs), external_id=reference, conditions=tuple(conditions)
        )
        return Asked(command, lambda bank, name: bank.post(name, legs, reference, versions))

    def post(self) -> Asked:
        """An ordinary transaction."""
        return self._post(self._legs(), self._reference())

    def place(self) -> Asked:
        """A hold of any terms."""
        account = "nobody" if self._seldom() else self.chance.choice(PATHS)
        asset = "USD" if account.startswith("u") != self._seldom() else "EUR"
        amount, expires_at, reference = self._amount(), self._moment(), self._reference()
        bps, is_late = self.chance.choice((0, 0, 500, 1_999)), self.chance.random() < 0.4
        return held(commands.PlaceHold(
            account, amount, asset, expires_at=expires_at, overcapture_bps=bps,
            late_capture=LateCapture.ALLOWED if is_late else LateCapture.REFUSED,
            external_id=reference,
        ))  # fmt: skip

    def capture(self) -> Asked:
        """Some of a hold, all of it, or one more than there is."""
        name, amount = self._hold(), self._amount()
        hold = self.bank.holds.get(name)
        asset, side = "USD", CREDIT
        if hold is not None:
            rest = hold.most - hold.captured
            edges = (amount, amount, hold.remaining, hold.remaining + 1, rest, rest + 1)
            amount = max(self.chance.choice(edges), 0)
            asset, side = hold.asset, self.bank.accounts[hold.account].grows
        own = "" if hold is None or self._seldom() else hold.account
        targets = self.chance.sample([path for path in ASSETS[asset] if path != own], 2)
        part = self.chance.choice((0, 0, amount // 3))
        shares = zip(targets, (amount - part, part), strict=True)
        legs = [
            Leg(path, side, share, asset) for path, share in shares if share or path == targets[0]
        ]
        is_final, reference = self.chance.random() < 0.2, self._reference()
        if self.chance.random() < 0.15:
            return self._capture_rest(name, targets[0], reference)
        command = commands.CaptureHold(
            name, postings_of(legs), is_final=is_final, external_id=reference
        )
        return Asked(
            command,
            lambda bank, made: bank.capture(
                made, name, legs, is_final=is_final, reference=reference
            ),
        )

    def _capture_rest(self, name: str, target: str, reference: str | None) -> Asked:
        command = commands.CaptureHold(name, destination=target, external_id=reference)
        return Asked(
            command,
            lambda bank, made: bank.capture(made, name, None, target=target, reference=reference),
        )

    def increment(self) -> Asked:
        """More of it."""
        name, amount = self._hold(), self._amount()
        return Asked(
            commands.IncrementHold(name, amount), lambda bank, _: bank.increment(name, amount)
        )

    def release(self) -> Asked:
        """Less of it."""
        name = self._hold()
        amount = self.chance.choice((None, self._amount(), self._amount()))
        return Asked(commands.ReleaseHold(name, amount), lambda bank, _: bank.release(name, amount))

    def extend(self) -> Asked:
        """More time, or less."""
        name, moment = self._hold(), self._moment()
        return Asked(commands.ExtendHold(name, moment), lambda bank, _: bank.extend(name, moment))

    def pend(self) -> Asked:
        """A transaction for later."""
        legs, reference = self._legs(), self._reference()
        command = commands.PendTransaction(postings_of(legs), external_id=reference)
        return Asked(command, lambda bank, name: bank.pend(name, legs, reference))

    def _version(self, name: str) -> int | None:
        found = self.bank.transactions.get(name)
        version = 1 if found is None else found.version
        return self.chance.choice((None, None, version, version, version - 1))

    def edit(self) -> Asked:
        """Another form of one."""
        which = self._transaction("pending")
        legs = self._legs() if self.chance.random() < 0.8 else None
        version = self._version(which)
        postings = None if legs is None else postings_of(legs)
        command = commands.EditTransaction(which, postings, metadata={"a": "b"}, if_version=version)
        return Asked(command, lambda bank, _: bank.edit(which, legs, version))

    def settle(self) -> Asked:
        """Its end in the books."""
        which = self._transaction("pending")
        version = self._version(which)
        command = commands.SettleTransaction(which, if_version=version)
        return Asked(command, lambda bank, _: bank.settle(which, version))

    def archive(self) -> Asked:
        """Its end in the attic."""
        which = self._transaction("pending")
        return Asked(commands.ArchiveTransaction(which), lambda bank, _: bank.archive(which))

    def reverse(self) -> Asked:
        """All of one that was posted, or a part."""
        which, reference = self._transaction("posted"), self._reference()
        found = self.bank.transactions.get(which)
        amounts = None
        if found is not None and self.chance.random() < 0.6:
            amount = self.chance.randint(1, max(*found.left, 1) + self._seldom())
            places = self.chance.sample(range(len(found.legs)), min(2, len(found.legs)))
            amounts = tuple((n, amount) for n in places)
        command = commands.ReverseTransaction(which, amounts, external_id=reference)
        return Asked(command, lambda bank, name: bank.reverse(name, which, amounts, reference))

    def freeze(self) -> Asked:
        """No more postings for an account."""
        path = self.chance.choice(PATHS[1:])
        flow = self.chance.choice(tuple(FreezeFlow))
        command = commands.FreezeAccount(path, None, flow)
        return Asked(command, lambda bank, _: bank.freeze(path, flow.value))

    def unfreeze(self) -> Asked:
        """Postings again."""
        frozen = [path for path, each in self.bank.accounts.items() if each.stopped]
        path = self.chance.choice(frozen or PATHS)
        return Asked(commands.UnfreezeAccount(path), lambda bank, _: bank.unfreeze(path))


def held(command: commands.PlaceHold) -> Asked:
    """A wish to place this very hold."""

    def effect(bank: PlainBank, name: str) -> str | None:
        hold = PlainHold(
            command.account, command.amount, command.asset, command.expires_at,
            command.overcapture_bps, late=command.late_capture is LateCapture.ALLOWED,
        )  # fmt: skip
        return bank.place(name, hold, command.external_id)

    return Asked(command, effect)


def postings_of(legs: list[Leg]) -> tuple[Posting, ...]:
    """Legs as postings."""
    return tuple(
        Posting(
            leg.account, Side.DEBIT if leg.side == DEBIT else Side.CREDIT, leg.amount, leg.asset
        )
        for leg in legs
    )

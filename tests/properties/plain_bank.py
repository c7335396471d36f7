"""A plain bank: what a careful clerk would write down of holds, pending transactions and reversals.

Nothing is kept that can be counted: what is set aside of an account is the sum of what remains of its
open holds and of the legs of its pending transactions, added up each time. Each action looks for
everything that speaks against it; the fault that stands highest in the order of codes is the answer,
and None means that it was done.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from copy import copy

from partita.kernel.rejections import Code
from tests.properties.plain_things import (
    CREDIT,
    DEBIT,
    Leg,
    PlainAccount,
    PlainHold,
    PlainTransaction,
)

ORDER = [code.value for code in Code]


class PlainBank:
    """Accounts by path, holds and transactions by id, references in use; `now` is set by hand."""

    def __init__(self) -> None:
        self.now = 0
        self.accounts: dict[str, PlainAccount] = {}
        self.holds: dict[str, PlainHold] = {}
        self.transactions: dict[str, PlainTransaction] = {}
        self.references: set[str] = set()

    def copy(self) -> "PlainBank":
        """Another bank with the same books, to try something in."""
        other = copy(self)
        other.references = set(self.references)
        other.accounts = {path: each.copy() for path, each in self.accounts.items()}
        other.holds = {name: copy(each) for name, each in self.holds.items()}
        other.transactions = {name: each.copy() for name, each in self.transactions.items()}
        return other

    # What can be counted.

    def aside(self, path: str, side: int) -> int:
        """What is set aside on one side of an account."""
        taking = -self.accounts[path].grows
        held = sum(h.remaining for h in self.holds.values() if h.account == path and h.is_open)
        pending = (t.legs for t in self.transactions.values() if t.status == "pending")
        legs = (leg for each in pending for leg in each if (leg.account, leg.side) == (path, side))
        return sum(leg.amount for leg in legs) + (held if side == taking else 0)

    def available(self, path: str) -> int:
        """What may be spent."""
        account = self.accounts[path]
        return account.posted - self.aside(path, -account.grows)

    def rest_of(self, hold: PlainHold, target: str) -> Leg:
        """What was held and never captured nor released, as a leg to one account."""
        rest = max(hold.amount - hold.captured - hold.released, 0)
        return Leg(target, self.accounts[hold.account].grows, rest, hold.asset)

    def due(self) -> list[str]:
        """The open holds whose moment has come."""
        return [
            name
            for name, hold in self.holds.items()
            if hold.is_open and hold.expires_at is not None and hold.expires_at <= self.now
        ]

    def demand_sense(self) -> None:
        """What must be true whatever happened."""
        sums: dict[str, int] = defaultdict(int)
        for path, account in self.accounts.items():
            sums[account.asset] += account.turnover[DEBIT] - account.turnover[CREDIT]
            allowed = account.limits.get("overdraft", 0)
            figures = {"min_posted": account.posted, "min_available": self.available(path)}
            for name, figure in figures.items():
                assert figure >= account.limits.get(name, figure) - allowed, f"{path} overspent"
        assert not any(sums.values()), f"money came from nowhere: {dict(sums)}"
        for name, hold in self.holds.items():
            assert 0 <= hold.captured <= hold.most, f"{name} was captured twice"
            assert 0 <= hold.remaining <= hold.amount, f"{name} holds more than was placed"
        for name, each in self.transactions.items():
            assert all(n >= 0 for n in each.left), f"{name} was reversed twice"

    # What can be done to holds.

    def place(self, name: str, hold: PlainHold, reference: str | None = None) -> str | None:
        """Set money aside."""
        faults = self._reference(reference)
        if hold.amount < 1:
            faults.append("amount_out_of_range")
        if hold.expires_at is not None and hold.expires_at <= self.now:
            faults.append("invalid_expiry")
        faults += self._about([Leg(hold.account, 0, hold.amount, hold.asset)])
        if hold.account in self.accounts:
            faults += self._limits({hold.account: (0, hold.amount)})
        if not faults:
            self.holds[name] = hold
            self._note(reference, [hold.account])
        return _answer(faults)

    def capture(
        self, name: str, hold_name: str, legs: list[Leg] | None, *,
        target: str = "", is_final: bool = False, reference: str | None = None,
    ) -> str | None:  # fmt: skip
        """Spend some of it, or (None) all the rest on `target`; that is a transaction, `name`."""
        faults, hold = self._reference(reference), self.holds.get(hold_name)
        if hold is None:
            return _answer([*faults, "hold_not_found"])
        may = hold.is_open or (hold.status == "expired" and hold.late)
        if legs is None:
            if not may:
                return _answer([*faults, "invalid_state"])
            legs = [self.rest_of(hold, target)]
        amount = sum(leg.amount for leg in legs)
        grows = self.accounts[hold.account].grows
        both = [*legs, Leg(hold.account, -grows, amount, hold.asset)]
        faults += self._formal(both) + self._about(both)
        if not may:
            faults.append("invalid_state")
        elif amount > hold.most - hold.captured:
            faults.append("capture_exceeds_hold")
        freed = hold.remaining if is_final else min(amount, hold.remaining)
        if not faults:
            changes = self._changes(both)
            changes[hold.account] = changes[hold.account][0], -freed
            faults += self._limits(changes)
        if not faults:
            self._write(both)
            self._note(reference, [leg.account for leg in both])
            self.transactions[name] = PlainTransaction(both, "posted")
            self._spend(hold, amount, freed, is_final=is_final)
        return _answer(faults)

    def _spend(self, hold: PlainHold, amount: int, freed: int, *, is_final: bool) -> None:
        rest = hold.remaining - freed
        hold.released += freed - min(amount, hold.remaining)
        hold.captured += amount
        if hold.status == "expired":
            hold.status = "captured" if is_final or hold.captured >= hold.most else "expired"
        else:
            hold.status = "partially_captured" if rest else "captured"

    def increment(self, name: str, amount: int) -> str | None:
        """Hold more."""
        hold = self.holds.get(name)
        if hold is None:
            return "hold_not_found"
        faults = [] if hold.is_open else ["invalid_state"]
        if amount < 1:
            faults.append("amount_out_of_range")
        faults += self._about([Leg(hold.account, 0, amount, hold.asset)])
        faults += self._limits({hold.account: (0, amount)})
        if not faults:
            hold.amount += amount
            self._note(None, [hold.account])
        return _answer(faults)

    def release(self, name: str, amount: int | None) -> str | None:
        """Let some of it go, or all that remains."""
        hold = self.holds.get(name)
        if hold is None:
            return "hold_not_found"
        faults = [] if hold.is_open else ["invalid_state"]
        if amount is not None and amount < 1:
            faults.append("amount_out_of_range")
        if amount is not None and amount > hold.remaining:
            faults.append("release_exceeds_hold")
        if not faults:
            rest = hold.remaining - (hold.remaining if amount is None else amount)
            hold.released = hold.amount - hold.captured - rest
            if not rest:
                hold.status = "captured" if hold.captured else "released"
            self._note(None, [hold.account])
        return _answer(faults)

    def extend(self, name: str, expires_at: int | None) -> str | None:
        """Another moment to expire."""
        hold = self.holds.get(name)
        if hold is None:
            return "hold_not_found"
        faults = [] if hold.is_open else ["invalid_state"]
        if expires_at is not None and expires_at <= self.now:
            faults.append("invalid_expiry")
        if not faults:
            hold.expires_at = expires_at
        return _answer(faults)

    def expire(self, name: str) -> None:
        """Its moment has come."""
        hold = self.holds[name]
        hold.expired, hold.status = hold.remaining, "expired"
        self._note(None, [hold.account])

    # What can be done to transactions.

    def post(
        self, name: str, legs: list[Leg], reference: str | None = None,
        versions: dict[str, int] | None = None,
    ) -> str | None:  # fmt: skip
        """A plain transaction; each account must be at its version, if one is named."""
        faults = self._reference(reference) + self._formal(legs) + self._about(legs)
        for path, version in (versions or {}).items():
            if path in self.accounts and self.accounts[path].entries != version:
                faults.append("version_conflict")
        if not faults:
            faults += self._limits(self._changes(legs))
        if not faults:
            self._write(legs)
            self._note(reference, [leg.account for leg in legs])
            self.transactions[name] = PlainTransaction(legs, "posted")
        return _answer(faults)

    def pend(self, name: str, legs: list[Leg], reference: str | None = None) -> str | None:
        """Set money aside on both sides."""
        faults = self._reference(reference) + self._formal(legs) + self._about(legs)
        if not faults:
            faults += self._limits(self._asides(legs, []))
        if not faults:
            self.transactions[name] = PlainTransaction(legs, "pending")
            self._note(reference, [leg.account for leg in legs])
        return _answer(faults)

    def edit(self, name: str, legs: list[Leg] | None, version: int | None) -> str | None:
        """Another form of a pending one."""
        found = self.transactions.get(name)
        if found is None:
            return "transaction_not_found"
        is_pending, faults = found.status == "pending", list[str]()
        if legs is not None:
            faults += self._formal(legs) + self._about(legs + (found.legs if is_pending else []))
            if not faults:
                faults += self._limits(self._asides(legs, found.legs if is_pending else []))
        if not is_pending:
            faults.append("invalid_state")
        if version not in (None, found.version):
            faults.append("version_conflict")
        if not faults:
            found.version += 1
            if legs is not None:
                self._note(None, [leg.account for leg in [*legs, *found.legs]])
                found.legs, found.taken = list(legs), [0] * len(legs)
        return _answer(faults)

    def settle(self, name: str, version: int | None) -> str | None:
        """Post a pending one."""
        found = self.transactions.get(name)
        if found is None:
            return "transaction_not_found"
        if found.status != "pending":
            return "invalid_state"
        faults = self._about(found.legs)
        if version not in (None, found.version):
            faults.append("version_conflict")
        freed, changes = self._asides([], found.legs), self._changes(found.legs)
        moves = {path: (change, freed[path][1]) for path, (change, _) in changes.items()}
        faults += self._limits(moves)
        if not faults:
            self._write(found.legs)
            self._note(None, [leg.account for leg in found.legs])
            found.status = "posted"
        return _answer(faults)

    def archive(self, name: str) -> str | None:
        """Give a pending one up."""
        found = self.transactions.get(name)
        if found is None:
            return "transaction_not_found"
        if found.status != "pending":
            return "invalid_state"
        found.status = "archived"
        self._note(None, [leg.account for leg in found.legs])
        return None

    def reverse(
        self, name: str, original: str, amounts: Sequence[tuple[int, int]] | None,
        reference: str | None = None,
    ) -> str | None:  # fmt: skip
        """Take back some of a transaction, by a transaction called `name`."""
        faults, found = self._reference(reference), self.transactions.get(original)
        if found is None:
            return _answer([*faults, "transaction_not_found"])
        if found.status != "posted" or found.is_reversal:
            return _answer([*faults, "invalid_state"])
        if not any(found.left):
            return _answer([*faults, "already_reversed"])
        wanted = [each for each in enumerate(found.left) if each[1]] if amounts is None else amounts
        legs = [found.legs[n]._replace(amount=a, side=-found.legs[n].side) for n, a in wanted]
        faults += self._formal(legs) + self._about(legs)
        if any(amount > found.left[n] for n, amount in wanted):
            faults.append("reversal_exceeds_transaction")
        if not faults:
            faults += self._limits(self._changes(legs))
        if not faults:
            self._write(legs)
            self._note(reference, [leg.account for leg in legs])
            self.transactions[name] = PlainTransaction(legs, "posted", is_reversal=True)
            for n, amount in wanted:
                found.taken[n] += amount
        return _answer(faults)

    def freeze(self, path: str, flow: str) -> str | None:
        """Stop what comes in, what goes out, or both, besides what is stopped already."""
        account, more = self.accounts[path], {"in", "out"} if flow == "both" else {flow}
        if account.stopped in ({"in", "out"}, more):
            return "invalid_state"
        account.stopped |= more
        return None

    def unfreeze(self, path: str) -> str | None:
        """Stop nothing any more."""
        account = self.accounts[path]
        if not account.stopped:
            return "invalid_state"
        account.stopped.clear()
        return None

    # What may speak against it.

    def _reference(self, reference: str | None) -> list[str]:
        return ["external_id_taken"] if reference in self.references else []

    def _formal(self, legs: list[Leg]) -> list[str]:
        sums: dict[str, int] = defaultdict(int)
        for leg in legs:
            sums[leg.asset] += leg.side * leg.amount
        sides = {(leg.account, leg.side) for leg in legs}
        return [
            *(["too_few_postings"] if len(legs) < 2 else []),
            *(["amount_out_of_range"] if any(leg.amount < 1 for leg in legs) else []),
            *(["unbalanced_transaction"] if any(sums.values()) else []),
            *(["same_account"] if len({path for path, _ in sides}) < len(sides) else []),
        ]

    def _about(self, legs: list[Leg]) -> list[str]:
        faults = []
        for leg in legs:
            account = self.accounts.get(leg.account)
            if account is None:
                faults.append("account_not_found")
                continue
            if account.asset != leg.asset:
                faults.append("asset_mismatch")
            if ("in" if leg.side == account.grows else "out") in account.stopped:
                faults.append("account_frozen")
        return faults

    def _changes(self, legs: list[Leg]) -> dict[str, tuple[int, int]]:
        """How what is there changes on each account's own side; nothing is set aside."""
        changes: dict[str, tuple[int, int]] = {}
        for leg in legs:
            so_far, _ = changes.get(leg.account, (0, 0))
            grows = self.accounts[leg.account].grows
            changes[leg.account] = so_far + leg.side * grows * leg.amount, 0
        return changes

    def _asides(self, placed: list[Leg], freed: list[Leg]) -> dict[str, tuple[int, int]]:
        """How what is set aside on the taking side of each account changes."""
        changes: dict[str, tuple[int, int]] = {}
        for legs, times in ((placed, 1), (freed, -1)):
            for leg in legs:
                _, so_far = changes.get(leg.account, (0, 0))
                takes = leg.side != self.accounts[leg.account].grows
                changes[leg.account] = 0, so_far + times * leg.amount * takes
        return changes

    def _limits(self, changes: dict[str, tuple[int, int]]) -> list[str]:
        """A floor is in the way of what falls, a ceiling of what rises."""
        faults = []
        for path, (posted, out) in changes.items():
            limits, available = self.accounts[path].limits, posted - out
            figures = (
                ("posted", self.accounts[path].posted, posted),
                ("available", self.available(path), available),
            )
            for what, before, step in figures:
                floor = limits.get(f"min_{what}", before) - limits.get("overdraft", 0)
                if step < 0 and f"min_{what}" in limits and before + step < floor:
                    faults.append("insufficient_funds")
                if step > 0 and before + step > limits.get(f"max_{what}", before + step):
                    faults.append("limit_exceeded")
        return faults

    def _write(self, legs: list[Leg]) -> None:
        for leg in legs:
            self.accounts[leg.account].turnover[leg.side] += leg.amount

    def _note(self, reference: str | None, paths: Iterable[str]) -> None:
        """One entry in the register for each time that an account is named."""
        for path in paths:
            self.accounts[path].entries += 1
        if reference is not None:
            self.references.add(reference)


def _answer(faults: list[str]) -> str | None:
    return min(faults, key=ORDER.index, default=None)

"""A plain ledger: what an accountant would write down, with dicts and lists, sharing no rule's code.

It answers each command with None (accepted) or the code of a refusal, in words of its own.
"""

from collections import defaultdict
from collections.abc import Iterable
from copy import deepcopy
from typing import NamedTuple

MOST = 10**38 - 1


class Leg(NamedTuple):
    """One line of a transaction: `change` is positive for a debit, negative for a credit."""

    account: str
    change: int
    asset: str


class PlainAccount:
    """An account in the books: its lines, and what may be done with it."""

    def __init__(self, asset: str, *, grows_by_debits: bool, limits: dict[str, int]) -> None:
        self.asset, self.sign = asset, 1 if grows_by_debits else -1
        self.limits, self.stopped, self.is_closed = limits, set[str](), False
        self.lines: list[tuple[int, int]] = []
        """Each line's change and the moment when it counts."""

    @property
    def status(self) -> str:
        """Open, closed, or frozen in what is stopped: what comes in, what goes out, or both."""
        if self.is_closed:
            return "closed"
        named = {"": "open", "in": "frozen_in", "out": "frozen_out"}
        return named.get("".join(self.stopped), "frozen")

    def balance(self, by: int | None = None) -> int:
        """What is there on the normal side, now or over the lines that count by a moment."""
        return self.sign * sum(c for c, at in self.lines if by is None or at <= by)

    def turnover(self) -> tuple[int, int]:
        """All debits and all credits that ever went through."""
        changes = [change for change, _ in self.lines]
        return sum(c for c in changes if c > 0), -sum(c for c in changes if c < 0)


class PlainLedger:
    """Accounts by path, references in use, and answers by key."""

    def __init__(self, assets: set[str]) -> None:
        self.assets = assets
        self.accounts: dict[str, PlainAccount] = {}
        self.references: set[str] = set()

    def register(self, asset: str) -> str | None:
        """Make an asset known."""
        if asset in self.assets:
            return "asset_exists"
        self.assets.add(asset)
        return None

    def open(
        self, path: str, asset: str, *, grows_by_debits: bool, limits: dict[str, int]
    ) -> str | None:
        """Open an account."""
        if asset not in self.assets:
            return "asset_not_found"
        if path in self.accounts:
            return "path_taken"
        self.accounts[path] = PlainAccount(asset, grows_by_debits=grows_by_debits, limits=limits)
        return None

    def change(self, path: str, action: str, more: Iterable[str] = ()) -> str | None:
        """Freeze (what comes in, what goes out, or both), unfreeze or close an account."""
        account = self.accounts.get(path)
        if account is None:
            return "account_not_found"
        stopped = account.stopped
        is_in_vain = {
            "freeze": len(stopped) == 2 or stopped == set(more),
            "unfreeze": not stopped,
            "close": False,
        }
        if account.is_closed or is_in_vain[action]:
            return "invalid_state"
        if action == "close" and account.balance():
            return "account_not_empty"
        account.stopped = stopped | set(more) if action == "freeze" else set()
        account.is_closed = action == "close"
        return None

    def post(self, legs: list[Leg], reference: str | None, counts_at: int) -> str | None:
        """Write a transaction's lines, if nothing speaks against it."""
        refusal = self._formal(legs, reference) or self._about_accounts(legs) or self._limits(legs)
        if refusal is None:
            for leg in legs:
                self.accounts[leg.account].lines.append((leg.change, counts_at))
            if reference is not None:
                self.references.add(reference)
        return refusal

    def _formal(self, legs: list[Leg], reference: str | None) -> str | None:
        if len(legs) < 2:
            return "too_few_postings"
        turnover: dict[tuple[str, bool], int] = defaultdict(int)
        per_asset: dict[str, int] = defaultdict(int)
        for leg in legs:
            account = self.accounts.get(leg.account)
            so_far = account.turnover()[leg.change < 0] if account else 0
            turnover[leg.account, leg.change > 0] += abs(leg.change)
            if leg.change == 0 or so_far + turnover[leg.account, leg.change > 0] > MOST:
                return "amount_out_of_range"
            per_asset[leg.asset] += leg.change
        if any(per_asset.values()):
            return "unbalanced_transaction"
        if len({account for account, _ in turnover}) < len(turnover):
            return "same_account"
        return "external_id_taken" if reference in self.references else None

    def _about_accounts(self, legs: list[Leg]) -> str | None:
        accounts = [self.accounts.get(leg.account) for leg in legs]
        if None in accounts:
            return "account_not_found"
        known = [account for account in accounts if account is not None]
        if any(a.asset != leg.asset for a, leg in zip(known, legs, strict=True)):
            return "asset_mismatch"
        if any(account.is_closed for account in known):
            return "account_closed"
        went = ((a.stopped, leg.change * a.sign) for a, leg in zip(known, legs, strict=True))
        is_stopped = any(("in" if rise > 0 else "out") in stopped for stopped, rise in went)
        return "account_frozen" if is_stopped else None

    def _limits(self, legs: list[Leg]) -> str | None:
        changes: dict[str, int] = defaultdict(int)
        for leg in legs:
            changes[leg.account] += leg.change
        verdicts = {self._limit(self.accounts[path], change) for path, change in changes.items()}
        found = [code for code in ("insufficient_funds", "limit_exceeded") if code in verdicts]
        return found[0] if found else None

    def _limit(self, account: PlainAccount, change: int) -> str | None:
        change *= account.sign
        after, limits = account.balance() + change, account.limits
        allowed = limits.get("overdraft", 0)
        floors = [limits[name] for name in ("min_posted", "min_available") if name in limits]
        ceilings = [limits[name] for name in ("max_posted", "max_available") if name in limits]
        if change < 0 and any(after < floor - allowed for floor in floors):
            return "insufficient_funds"
        if change > 0 and any(after > ceiling for ceiling in ceilings):
            return "limit_exceeded"
        return None

    def copy(self) -> "PlainLedger":
        """Another book with the same content, to try something in."""
        return deepcopy(self)

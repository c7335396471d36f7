"""A bank's year: does a ledger that took in every booking of 1993 know every balance of 1993?

The input is the transaction table of a real Czech bank (PKDD'99 Discovery Challenge), 28,205
rows. They go through the engine with their historic dates; then every balance that the bank
printed is asked of the ledger, as of its day. Run it with `./dev show berka`.

What is expected stands beside the input. It was worked out from the file by plain arithmetic.
"""

import csv
import gzip
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

from partita import wiring
from partita.config import Settings
from partita.engine.as_of import AsOf, Basis
from partita.engine.listing import AccountFilter
from partita.engine.ports import LedgerInfo
from partita.engine.verification import VerificationReport, verify_ledger
from partita.kernel.account import Totals
from partita.kernel.amount import from_decimal, to_decimal
from partita.kernel.balance import balance
from partita.kernel.book import Standing
from partita.kernel.moment import Moment
from partita.modules.importing.runner import (
    ImportProgress,
    ImportReport,
    files_in,
    run_import,
)

PROFILE = Path(__file__).with_name("profile.toml")
SCALE = 2
TRANSACTIONS, ACCOUNTS, ACCOUNT_DAYS = 28_205, 1_139, 23_440
ALL_CREDITS, ALL_DEBITS = "120442237.40", "83866291.30"
ALL_CLOSINGS, ALL_CLOSINGS_PRINTED = "36575946.10", "36575912.90"
ROUNDING = from_decimal("0.60", SCALE)
"""How far the balances that the bank printed, rounded, drift from the sum of its amounts."""

DAY_MICROSECONDS = 86_400_000_000
Tell = Callable[[str], None]


class MissingInputError(Exception):
    """The published file, or what is expected of it, is not where it is looked for."""


class Disagreement(Exception):
    """The ledger and the file do not agree; the message says where."""


class Files(NamedTuple):
    """The bank's file; expected balances by row; expected closing balances."""

    transactions: Path
    replay: Path
    closings: Path


def find_files() -> Files:
    """The files in `../shared/data` beside the repository, or where PARTITA_SHARED_DATA says."""
    beside = Path(__file__).resolve().parents[3] / "shared" / "data"
    folder = Path(os.environ.get("PARTITA_SHARED_DATA") or beside) / "transactions" / "berka"
    files = Files(
        folder / "trans_1993.asc.gz",
        folder / "expected" / "replay_1993.csv.gz",
        folder / "expected" / "accounts_1993.csv",
    )
    for file in files:
        if not file.is_file():
            raise MissingInputError(
                f"{file} is missing; put the data there, or name its folder `data` in"
                " PARTITA_SHARED_DATA"
            )
    return files


# The questions, each with its answer or a Disagreement.


class Bank:
    """The bank's books in a ledger, and the questions that the file can answer."""

    def __init__(self, application: wiring.Application, files: Files) -> None:
        """Ask the ledger `main` of this application."""
        self._reader, self._ledger = application.store, application.ledger()
        self._info: LedgerInfo = self._ledger.info
        self._files = files

    def import_file(self, folder: Path, progress: Callable[[ImportProgress], None]) -> ImportReport:
        """Import the file; its resume point and errors are kept in `folder`."""
        source = wiring.csv_source(PROFILE, self._files.transactions)
        return run_import(self._ledger, self._reader, source, files_in(folder, source), progress)

    def import_again(self, folder: Path) -> int:
        """Import it once more; nothing may change. How many rows were known already."""
        head = self._reader.head(self._info)
        report = self.import_file(folder, lambda _: None)
        _agree("rows replayed", report.counts.replayed, TRANSACTIONS)
        _agree("the journal after importing again", self._reader.head(self._info), head)
        return report.counts.replayed

    def customers(self) -> dict[str, Standing]:
        """Every customer's account, by the bank's number for it."""
        found: dict[str, Standing] = {}
        which, before = AccountFilter(path_prefix="customers"), None
        while page := self._reader.accounts(self._info, which, before, 500):
            found |= {each.account.path.removeprefix("customers:"): each for each in page}
            before = page[-1].account.number
        return found

    def account_days(self) -> tuple[int, int]:
        """Ask each account's balance as of the end of each day on which it moved.

        How many were asked, and the largest difference from the balance that the bank printed.
        """
        numbers = {name: each.account.number for name, each in self.customers().items()}
        count = drift = 0
        for name, rows in groupby(_expected_days(self._files.replay), key=itemgetter(0)):
            days = list(rows)
            ends = [
                Moment(Moment.parse(f"{day}T00:00:00Z") + DAY_MICROSECONDS) for _, day, *_ in days
            ]
            asked = self._reader.posted_before(self._info, numbers[name], ends, Basis.EFFECTIVE)
            for totals, (_name, day, exact, printed) in zip(asked, days, strict=True):
                _agree(f"account {name} at the end of {day}", _owed(totals), exact)
                count, drift = count + 1, max(drift, abs(_owed(totals) - printed))
        _agree("account-days", count, ACCOUNT_DAYS)
        if drift > ROUNDING:
            raise Disagreement(f"a balance is {drift} off the printed one; {ROUNDING} is rounding")
        return count, drift

    def closings(self) -> dict[str, int]:
        """Compare every account at the end of the year, and the sums over all; the sums."""
        customers, sums = self.customers(), dict.fromkeys(("credits", "debits", "closing"), 0)
        _agree("customers", len(customers), ACCOUNTS)
        printed = 0
        with self._files.closings.open(newline="") as opened:
            for row in csv.DictReader(opened):
                standing = customers.pop(row["account_id"], None)
                if standing is None:
                    raise Disagreement(f"customer {row['account_id']} has no account")
                totals, name = standing.totals, standing.account.path
                _agree(f"credits of {name}", totals.posted_credits, _minor(row["credits"]))
                _agree(f"debits of {name}", totals.posted_debits, _minor(row["debits"]))
                _agree(f"{name} at the end", _owed(totals), _minor(row["closing_computed"]))
                _agree(f"entries of {name}", standing.version, int(row["rows"]))
                sums["credits"] += totals.posted_credits
                sums["debits"] += totals.posted_debits
                sums["closing"] += _owed(totals)
                printed += _minor(row["closing_recorded"])
        _agree("customers that the file does not have", sorted(customers), [])
        expected = [_minor(text) for text in (ALL_CREDITS, ALL_DEBITS, ALL_CLOSINGS)]
        _agree("credits, debits and closing balances in all", list(sums.values()), expected)
        _agree("closing balances as printed", printed, _minor(ALL_CLOSINGS_PRINTED))
        return sums

    def trial_balance(self, effective_at: Moment | None = None) -> int:
        """Debits less credits over all accounts; must be zero at any moment."""
        difference = sum(
            totals.posted_debits - totals.posted_credits
            for _standing, totals in self._reader.trial_balance(
                self._info, None if effective_at is None else AsOf(effective_at)
            )
        )
        _agree(f"the trial balance as of {effective_at or 'now'}", difference, 0)
        return difference

    def verify(self) -> VerificationReport:
        """Recompute everything that the store keeps from the journal."""
        report = verify_ledger(self._reader, self._info)
        _agree("the first wrong row", report.first_bad, None)
        return report

    def own_accounts(self) -> Iterator[tuple[str, str, int]]:
        """The bank's own accounts: path, type and balance on the normal side."""
        for standing, totals in self._reader.trial_balance(self._info, None):
            account = standing.account
            if not account.path.startswith("customers:"):
                yield account.path, account.type.value, balance(totals, account.normal_side).posted


def _expected_days(file: Path) -> Iterator[tuple[str, str, int, int]]:
    """Account, day, exact sum and printed balance after the last booking of each account-day."""
    last = None
    with gzip.open(file, "rt", newline="") as opened:
        for row in csv.DictReader(opened):
            date = row["date"]
            this = (row["account_id"], f"19{date[:2]}-{date[2:4]}-{date[4:]}")
            if last is not None and last[:2] != this:
                yield last
            last = (*this, _minor(row["exact_running_sum"]), _minor(row["recorded_balance"]))
    if last is not None:
        yield last


def _owed(totals: Totals) -> int:
    """What the bank owes a customer."""
    return totals.posted_credits - totals.posted_debits


def _minor(text: str) -> int:
    return from_decimal(text, SCALE)


def _agree(what: str, found: object, expected: object) -> None:
    if found != expected:
        raise Disagreement(f"{what}: the ledger says {found}, the file {expected}")


# The telling.


def tell_story(
    application: wiring.Application, files: Files, folder: Path, tell: Tell
) -> dict[str, Any]:
    """Import, ask everything, and return the figures; raises Disagreement at the first flaw."""
    bank = Bank(application, files)
    tell("How a bank's year of 1993 comes into the ledger")
    report = bank.import_file(folder, _progress(tell))
    _agree("rows posted", report.counts.posted, TRANSACTIONS)
    rate = round(report.counts.posted / report.seconds)
    tell(f"  {report.counts.posted:,} bookings in {report.seconds:.1f} s, {rate:,} a second")
    tell("Where its money is at the end of the year, in CZK")
    for path, type, posted in bank.own_accounts():
        tell(f"  {path:<26} {type:<10} {to_decimal(posted, SCALE):>16}")
    sums = bank.closings()
    tell(f"  {'all customers':<26} {'liability':<10} {to_decimal(sums['closing'], SCALE):>16}")
    tell("Whether every balance of every day agrees with what the bank printed")
    began = time.monotonic()
    days, drift = bank.account_days()
    asked = time.monotonic() - began
    tell(
        f"  {days:,} account-days exact to the last digit, {days / asked:,.0f} asked a second; the"
        f" bank's own rounding is off by {to_decimal(drift, SCALE)} at most"
    )
    tell("Whether debits equal credits, now and in the middle of the year")
    bank.trial_balance(Moment.parse("1993-06-30T23:59:59.999999Z"))
    trial_balance = bank.trial_balance()
    tell("Whether importing again changes anything")
    replayed = bank.import_again(folder)
    tell(f"  no: all {replayed:,} rows were known")
    tell("Whether the journal proves all of it")
    proof = bank.verify()
    tell(f"  {proof.records:,} records and {proof.entries:,} entries, root {proof.root[:16]}…")
    return {
        "transactions": report.counts.posted,
        "accounts": len(bank.customers()),
        "account_days": days,
        "largest_printed_drift": to_decimal(drift, SCALE),
        **{name: to_decimal(figure, SCALE) for name, figure in sums.items()},
        "trial_balance": trial_balance,
        "replayed": replayed,
        "records": proof.records,
        "verified": proof.ok,
        "seconds": round(report.seconds, 2),
        "rate": rate,
    }


def _progress(tell: Tell) -> Callable[[ImportProgress], None]:
    """Tell every so often how far an import is."""
    told = 0

    def progress(state: ImportProgress) -> None:
        nonlocal told
        tenth = 10 * state.bytes_done // state.bytes_total
        if tenth > told:
            told = tenth
            tell(f"  {10 * tenth:>3} %  {state.counts.rows:>7,} rows")

    return progress


def main() -> int:
    """Tell the story in a temporary data folder; 0 if all agrees, 1 if not, 2 without input."""
    try:
        files = find_files()
    except MissingInputError as error:
        print(error, file=sys.stderr)
        print(json.dumps({"ok": False, "missing": str(error)}))
        return 2
    with tempfile.TemporaryDirectory(prefix="partita-berka-") as folder:
        application = wiring.build(Settings(data=Path(folder)))
        try:
            figures = tell_story(application, files, Path(folder) / "imports", print)
        except Disagreement as error:
            print(json.dumps({"ok": False, "disagreement": str(error)}))
            return 1
        finally:
            application.close()
    print(json.dumps({"ok": True, **figures}))
    return 0


if __name__ == "__main__":
    sys.exit(main())

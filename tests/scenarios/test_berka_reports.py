"""A real bank's year in reports: they tie with its known totals, with each other, at any month's end."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from examples.berka import story
from partita.adapters.stores.memory import MemoryStore
from partita.kernel.moment import Moment
from partita.modules.reports.making import Asked, Reporter
from partita.modules.reports.report import Block, Kind, Role
from partita.wiring import Application
from tests.plugins.steering import SeededEntropy, StandingClock

MONTHS = [f"1993-{month:02d}-01" for month in range(1, 13)] + ["1994-01-01"]
# What the bank owes its customers at the end of the year, and what it booked to and from them.
OWED, CREDITED, DEBITED = 3_657_594_610, 12_044_223_740, 8_386_629_130
SCALES = {"CZK": 2}


@pytest.fixture(scope="module")
def application(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    """The bank's year, imported into memory."""
    try:
        files = story.find_files()
    except story.MissingInputError as missing:
        pytest.skip(str(missing))
    clock = StandingClock(step_microseconds=1)
    built = Application(MemoryStore(), pepper=b"p" * 32, clock=clock, entropy=SeededEntropy())
    built.open_ledger("main")
    story.Bank(built, files).import_file(Path(tmp_path_factory.mktemp("berka")), lambda _: None)
    yield built
    built.close()


@pytest.fixture
def reporter(application: Application) -> Reporter:
    return Reporter(application.ledger("main").info, application.store, SCALES)


def day(text: str) -> Moment:
    return Moment.parse(f"{text}T00:00:00Z")


def only_block(reporter: Reporter, asked: Asked) -> Block:
    (block,) = reporter.report(asked).blocks
    assert block.asset == "CZK"
    return block


def amounts(block: Block, role: Role, label: str) -> tuple[int | None, ...]:
    (found,) = (line.amounts for line in block.lines if (line.role, line.label) == (role, label))
    return found


def test_the_years_trial_balance_ties_with_what_the_bank_printed(reporter: Reporter) -> None:
    end = day("1994-01-01")
    block = only_block(reporter, Asked(kind=Kind.TRIAL_BALANCE, end=end, depth=1))
    debits, credits = block.lines[-1].amounts
    assert debits == credits
    customers = amounts(block, Role.GROUP, "customers")
    assert customers[1] - customers[0] == OWED  # type: ignore[operator]


def test_the_years_balance_sheet_balances_and_owes_the_same(reporter: Reporter) -> None:
    end = day("1994-01-01")
    block = only_block(reporter, Asked(kind=Kind.BALANCE_SHEET, end=end, depth=1))
    assert amounts(block, Role.GROUP, "customers") == (OWED,)
    both = ("total assets", "total liabilities, equity and earnings")
    assert len({amounts(block, Role.TOTAL, label) for label in both}) == 1


def test_the_general_ledger_has_every_movement_of_the_year(reporter: Reporter) -> None:
    span = {"start": day("1993-01-01"), "end": day("1994-01-01")}
    asked = Asked(kind=Kind.GENERAL_LEDGER, prefix="customers", **span)
    closings = [
        line.amounts
        for line in only_block(reporter, asked).lines
        if line.role is Role.TOTAL and line.label == "closing"
    ]
    sums = [sum(column) for column in zip(*closings, strict=True)]  # type: ignore[arg-type]
    assert sums == [DEBITED, CREDITED, OWED]


def test_months_add_up_to_the_year(reporter: Reporter) -> None:
    earnings = []
    for start, end in pairwise(MONTHS):
        asked = Asked(kind=Kind.INCOME_STATEMENT, start=day(start), end=day(end))
        earnings.append(earned(only_block(reporter, asked), "earnings"))
        sheet = only_block(reporter, Asked(kind=Kind.BALANCE_SHEET, end=day(end), depth=1))
        assert earned(sheet, "current earnings") == sum(earnings), end
        trial = only_block(reporter, Asked(kind=Kind.TRIAL_BALANCE, end=day(end), depth=1))
        assert len(set(trial.lines[-1].amounts)) == 1, end
    whole = Asked(kind=Kind.INCOME_STATEMENT, start=day(MONTHS[0]), end=day(MONTHS[-1]))
    assert earned(only_block(reporter, whole), "earnings") == sum(earnings)


def earned(block: Block, label: str) -> int:
    (amount,) = amounts(block, Role.EARNINGS, label)
    assert amount is not None
    return amount


def test_a_sequence_half_way_knows_half_the_year(
    reporter: Reporter, application: Application
) -> None:
    head = application.store.head(application.ledger("main").info).sequence
    sums = []
    for sequence in (head // 4, head // 2, head):
        asked = Asked(kind=Kind.TRIAL_BALANCE, sequence=sequence, depth=1)
        debits, credits = only_block(reporter, asked).lines[-1].amounts
        assert debits == credits
        sums.append(debits)
    assert sums == sorted(set(sums))  # type: ignore[type-var]

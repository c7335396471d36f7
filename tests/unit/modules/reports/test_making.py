"""Reports read from a store: of any span, as known at any sequence, on both stores."""

import pytest

from partita.engine.errors import NotFound
from partita.engine.ledger import Ledger
from partita.kernel import commands
from partita.kernel.account import AccountType, Side
from partita.kernel.asset import BUILT_IN
from partita.kernel.moment import EARLIEST, LATEST, Moment
from partita.kernel.posting import Posting
from partita.modules.fx.rates import MissingRate, Rates
from partita.modules.reports import making
from partita.modules.reports.conversion import Base
from partita.modules.reports.making import Asked, Reporter, ReportRefused
from partita.modules.reports.rendering import to_csv, to_text
from partita.modules.reports.report import Kind, Role
from partita.wiring import Application
from tests.plugins.steering import ask_one
from tests.unit.engine.bookkeeping import accepted
from tests.unit.modules.reports.tables import lines

SCALES = {asset.code: asset.scale for asset in BUILT_IN.values()}
CHART = {
    "bank": AccountType.ASSET,
    "customers:alice": AccountType.LIABILITY,
    "customers:bob": AccountType.LIABILITY,
    "fees:card": AccountType.INCOME,
    "costs": AccountType.EXPENSE,
}
# What was recorded, in this order: day it counts, debit, credit, amount, own reference.
STORY = [
    ("2026-01-05", "bank", "customers:alice", 10_000, "deposit-1"),
    ("2026-01-20", "customers:alice", "customers:bob", 2_500, "transfer-1"),
    ("2026-01-20", "customers:alice", "fees:card", 50, "fee-1"),
    ("2026-02-10", "costs", "bank", 1_200, "invoice-1"),
    ("2026-01-31", "customers:bob", "fees:card", 30, "fee-2"),  # backdated into January
]


def day(text: str) -> Moment:
    return Moment.parse(f"{text}T00:00:00Z")


@pytest.fixture
def sequences(ledger: Ledger) -> list[int]:
    """Where the steps of the story stand in the journal."""
    for path, kind in CHART.items():
        accepted(ask_one(ledger, commands.OpenAccount(path, "USD", kind)))
    for path in ("bank:eur", "customers:anna"):
        kind = AccountType.ASSET if path.startswith("bank") else AccountType.LIABILITY
        accepted(ask_one(ledger, commands.OpenAccount(path, "EUR", kind)))
    return [
        accepted(ask_one(ledger, posting(step))).sequence
        for step in STORY
    ]  # fmt: skip


def posting(step: tuple[str, str, str, int, str], asset: str = "USD") -> commands.PostTransaction:
    at, debited, credited, amount, reference = step
    legs = (
        Posting(debited, Side.DEBIT, amount, asset),
        Posting(credited, Side.CREDIT, amount, asset),
    )
    return commands.PostTransaction(legs, external_id=reference, effective_at=day(at))


@pytest.fixture
def reporter(application: Application, ledger: Ledger, sequences: list[int]) -> Reporter:
    assert sequences, "the story is told first"
    return Reporter(ledger.info, application.store, SCALES)


def table(reporter: Reporter, kind: Kind, base: Base | None = None, **asked: object) -> list[str]:
    report = reporter.report(Asked(kind=kind, **asked), base)  # type: ignore[arg-type]
    return to_text(report).splitlines()[2:]


def test_a_trial_balance_is_of_everything_before_its_end(reporter: Reporter) -> None:
    assert table(reporter, Kind.TRIAL_BALANCE, end=day("2026-02-01")) == lines("""
        USD                 debit  credit
        bank               100.00    0.00
        customers            0.00   99.20
          customers:alice    0.00   74.50
          customers:bob      0.00   24.70
        fees:card            0.00    0.80
        total              100.00  100.00
    """)


def test_what_was_not_known_yet_is_not_in_it(reporter: Reporter, sequences: list[int]) -> None:
    known = sequences[-1] - 1
    found = table(reporter, Kind.TRIAL_BALANCE, end=day("2026-02-01"), sequence=known, depth=1)
    assert found == lines("""
        USD         debit  credit
        bank       100.00    0.00
        customers    0.00   99.50
        fees         0.00    0.50
        total      100.00  100.00
    """)


def test_a_moment_belongs_to_the_span_that_it_begins(reporter: Reporter) -> None:
    at, before = day("2026-01-20"), Moment(day("2026-01-20") - 1)
    for end, fees in ((at, []), (Moment(at + 1), ["0.50"])):
        report = reporter.report(Asked(kind=Kind.INCOME_STATEMENT, end=end))
        assert [
            line.split(",")[-1] for line in to_csv(report).splitlines() if "card" in line
        ] == fees
    for start, fees in ((at, ["0.80"]), (before, ["0.80"]), (Moment(at + 1), ["0.30"])):
        report = reporter.report(Asked(kind=Kind.INCOME_STATEMENT, start=start))
        assert [
            line.split(",")[-1] for line in to_csv(report).splitlines() if "card" in line
        ] == fees


def test_an_income_statement_is_of_its_span_alone(reporter: Reporter) -> None:
    span = {"start": day("2026-02-01"), "end": day("2026-03-01")}
    assert table(reporter, Kind.INCOME_STATEMENT, **span) == lines("""
        USD             amount
        income
        total income      0.00
        expenses
          costs          12.00
        total expenses   12.00
        earnings        -12.00
    """)


def test_a_balance_sheet_has_the_earnings_of_all_time(reporter: Reporter) -> None:
    assert table(reporter, Kind.BALANCE_SHEET, end=day("2026-03-01"), depth=1) == lines("""
        USD                                     amount
        assets
          bank                                   88.00
        total assets                             88.00
        liabilities
          customers                              99.20
        total liabilities                        99.20
        equity
        total equity                              0.00
        current earnings                        -11.20
        total liabilities, equity and earnings   88.00
    """)


def test_a_general_ledger_tells_each_account_in_the_order_in_which_things_count(
    reporter: Reporter,
) -> None:
    span = {"start": day("2026-01-10"), "end": day("2026-02-01"), "prefix": "customers"}
    assert table(reporter, Kind.GENERAL_LEDGER, **span) == lines("""
        USD                      debit  credit  balance
        customers:alice
          opening                                100.00
          2026-01-20 transfer-1  25.00            75.00
          2026-01-20 fee-1        0.50            74.50
          closing                25.50    0.00    74.50
        customers:bob
          opening                                  0.00
          2026-01-20 transfer-1          25.00    25.00
          2026-01-31 fee-2        0.30            24.70
          closing                 0.30   25.00    24.70
    """)


def test_a_register_of_many_pages_is_read_whole(
    reporter: Reporter, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = reporter.report(Asked(kind=Kind.GENERAL_LEDGER))
    monkeypatch.setattr(making, "_PAGE", 1)
    assert reporter.report(Asked(kind=Kind.GENERAL_LEDGER)) == whole
    entries = [line for line in whole.blocks[0].lines if line.role is Role.ENTRY]
    assert len(entries) == 2 * len(STORY)
    monkeypatch.setattr(making, "LARGEST_LEDGER_ENTRIES", 9)
    with pytest.raises(ReportRefused, match="more than 9 entries"):
        reporter.report(Asked(kind=Kind.GENERAL_LEDGER))


def test_each_asset_has_a_block_and_a_base_currency_has_one_for_all(
    reporter: Reporter, ledger: Ledger
) -> None:
    accepted(
        ask_one(ledger, posting(("2026-01-07", "bank:eur", "customers:anna", 1_001, "e"), "EUR"))
    )
    by_asset = reporter.report(Asked(kind=Kind.TRIAL_BALANCE))
    assert [block.asset for block in by_asset.blocks] == ["EUR", "USD"]
    only = reporter.report(Asked(kind=Kind.TRIAL_BALANCE, asset="EUR"))
    assert only.blocks == by_asset.blocks[:1]
    base = Base("USD", "2026-01-30", Rates([("2026-01-30", "EUR/USD", "1.5")]), SCALES)
    found = table(reporter, Kind.BALANCE_SHEET, base, end=day("2026-02-01"), depth=1)
    assert found == lines("""
        USD                                     amount
        assets
          bank                                  115.02
        total assets                            115.02
        liabilities
          customers                             114.22
        total liabilities                       114.22
        equity
        total equity                              0.00
        current earnings                          0.80
        total liabilities, equity and earnings  115.02
    """)
    with pytest.raises(MissingRate, match="2026-01-30"):
        reporter.report(
            Asked(kind=Kind.TRIAL_BALANCE), Base("USD", "2026-01-31", base.rates, SCALES)
        )


def test_the_ends_of_the_calendar_are_ends(reporter: Reporter) -> None:
    assert reporter.report(Asked(kind=Kind.TRIAL_BALANCE, end=Moment(EARLIEST))).blocks == ()
    everything = reporter.report(Asked(kind=Kind.INCOME_STATEMENT))
    bounded = Asked(kind=Kind.INCOME_STATEMENT, start=Moment(EARLIEST), end=Moment(LATEST))
    assert reporter.report(bounded).blocks == everything.blocks


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (Asked(kind=Kind.TRIAL_BALANCE, start=day("2026-01-01")), "no start"),
        (Asked(kind=Kind.BALANCE_SHEET, start=day("2026-01-01")), "no start"),
        (Asked(kind=Kind.TRIAL_BALANCE, prefix="customers"), "all accounts"),
        (Asked(kind=Kind.GENERAL_LEDGER, depth=1), "depth"),
        (Asked(kind=Kind.TRIAL_BALANCE, depth=0), "least depth"),
        (
            Asked(kind=Kind.INCOME_STATEMENT, start=day("2026-02-01"), end=day("2026-01-01")),
            "before it begins",
        ),
    ],
)
def test_what_does_not_go_together_is_refused(reporter: Reporter, asked: Asked, why: str) -> None:
    with pytest.raises(ReportRefused, match=why):
        reporter.report(asked)


def test_a_sequence_that_is_not_there_yet_is_refused(
    reporter: Reporter, application: Application, ledger: Ledger
) -> None:
    end = application.store.head(ledger.info).sequence
    reporter.report(Asked(kind=Kind.TRIAL_BALANCE, sequence=end))
    with pytest.raises(NotFound, match="not yet"):
        reporter.report(Asked(kind=Kind.TRIAL_BALANCE, sequence=end + 1))


def test_the_same_question_has_the_same_answer_for_ever(
    reporter: Reporter, application: Application, ledger: Ledger
) -> None:
    end = application.store.head(ledger.info).sequence
    questions = [Asked(kind=kind, end=day("2026-02-01"), sequence=end) for kind in Kind]
    before = [reporter.report(asked) for asked in questions]
    accepted(ask_one(ledger, posting(("2026-01-02", "bank", "customers:bob", 7, "late"))))
    accepted(ask_one(ledger, commands.OpenAccount("zoo", "USD", AccountType.ASSET)))
    assert [reporter.report(asked) for asked in questions] == before

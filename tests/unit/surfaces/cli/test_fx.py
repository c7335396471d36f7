"""Foreign exchange from the command line, on real PostgreSQL."""

import gzip
from pathlib import Path

import pytest

from tests.unit.surfaces.cli.conftest import CommandLine, Said

HISTORY = "Date,USD,JPY,CYP,\n2026-11-19,1.04,N/A,N/A,\n2026-11-18,1.05,160,N/A,\n"
PLACES = ("alice:EUR", "EUR/USD", "10000", "--to", "alice:USD")


@pytest.fixture(scope="module", autouse=True)
def house(data_folder: Path) -> None:
    """Alice has 1,000 euros; two days of the ECB's history are imported."""
    from partita.surfaces.cli.main import run  # noqa: PLC0415 - as the command line itself does it

    file = data_folder / "rates.csv.gz"
    file.write_bytes(gzip.compress(HISTORY.encode()))
    opened = (("vault", "EUR", "asset"), ("alice:EUR", "EUR", "liability"),
              ("alice:USD", "USD", "liability"))  # fmt: skip
    for path, asset, kind in opened:
        words = ["accounts", "open", path, "--asset", asset, "--type", kind]
        assert run([*words, "--data", str(data_folder)]) == 0
    legs = ("--debit", "vault", "100000", "EUR", "--credit", "alice:EUR", "100000", "EUR")
    for words in (["post", *legs], ["fx", "rates", "import", str(file)],
                  ["fx", "policy", "--base", "EUR", "--provider", "ecb"]):  # fmt: skip
        assert run([*words, "--data", str(data_folder)]) == 0


def done(said: Said) -> Said:
    """What was said by a command that went well."""
    assert said.status == 0, said.err
    return said


def test_a_file_a_second_time_changes_nothing(partita: CommandLine) -> None:
    told = done(partita("fx", "rates", "import", str(partita.folder / "rates.csv.gz"), "--json"))
    figures = {name: told.json[name] for name in ("days", "figures", "replayed_days", "last_day")}
    assert figures == {"days": 2, "figures": 3, "replayed_days": 2, "last_day": "2026-11-19"}
    listed = done(partita("fx", "rates", "list", "--provider", "ecb", "--json")).json
    assert [each["day"] for each in listed] == ["2026-11-19", "2026-11-18"]
    assert "EUR/USD 1.05 EUR/JPY 160" in done(partita("fx", "rates", "list")).out


def test_a_file_that_is_none_says_so(partita: CommandLine, tmp_path: Path) -> None:
    for text in ("hello\n", "date,pair,rate\n2026-01-01,EUR/USD,x\n"):
        (tmp_path / "bad.csv").write_text(text)
        said = partita("fx", "rates", "import", str(tmp_path / "bad.csv"))
        assert (said.status, "bring a file of rates" in said.err) == (2, True)


def test_rates_are_published_and_shown(partita: CommandLine) -> None:
    made = ("fx", "rates", "publish", "EUR/BGN=1.95583", "--day", "always", "--provider", "board")
    assert "nothing was written" in done(partita(*made, "--dry-run")).err
    assert done(partita(*made, "--json")).json["rates"] == {"EUR/BGN": "1.95583"}
    shown = done(partita("fx", "rates", "show", "EUR/BGN", "--provider", "board"))
    assert shown.out == "1 EUR = 1.95583 BGN (board, always)\n"
    crossed = done(partita("fx", "rates", "show", "USD/JPY", "--day", "2026-11-18", "--json")).json
    assert crossed["rate"] == "3200/21"
    missing = partita("fx", "rates", "show", "EUR/JPY", "--day", "2026-11-19")
    assert missing.status == 1
    assert "rate_missing" in missing.err
    assert "2026-11-18" in missing.err


def test_an_exchange_its_value_and_its_reversal(partita: CommandLine) -> None:
    on = ("--day", "2026-11-19", "--json")
    made = done(partita("fx", "exchange", *PLACES, *on, "--spread-bps", "50", "--fee", "100")).json
    assert (made["target"]["amount"], made["spread"]["amount"]) == ("10245", "51")
    assert made["rate"]["rate"] == "1.04"
    listed = done(partita("fx", "conversions"))
    assert "102.45 USD" in listed.out
    revalued = done(partita("fx", "revalue", "--day", "2026-11-18", "--json")).json
    assert (revalued["cost"], revalued["unrealised"]) == ("-9900", "94")
    assert "realised" in done(partita("fx", "revalue", "--day", "2026-11-18")).out
    back = done(partita("fx", "reverse", made["id"], "--reason", "typing error", "--json")).json
    assert back["status"] == "reversed"
    again = partita("fx", "reverse", made["id"])
    assert (again.status, "invalid_state" in again.err) == (1, True)
    left = done(partita("fx", "revalue", "--day", "2026-11-19", "--json")).json
    assert (left["lines"], left["realised"]) == ([], "0")


def test_a_quote_is_made_and_accepted(partita: CommandLine) -> None:
    asked = ("fx", "quote", *PLACES, "--day", "2026-11-19", "--seconds", "600", "--json")
    quote = done(partita(*asked)).json
    assert "open" in done(partita("fx", "quotes")).out
    taken = done(partita("fx", "accept", quote["id"], "--json")).json
    assert (taken["quote_id"], taken["target"]["amount"]) == (quote["id"], "10400")
    (accepted,) = done(partita("fx", "quotes", "--status", "accepted", "--json")).json
    assert accepted["conversion_id"] == taken["id"]


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (("exchange", "alice:EUR", "EURUSD", "1"), 2, "no pair"),
        (("exchange", "alice:EUR", "EUR/USD", "1.5"), 2, "not an amount"),
        (("exchange", *PLACES, "--day", "2026-02-30"), 2, "no day"),
        (("exchange", *PLACES, "--expected-rate", "x"), 2, "no rate"),
        (("exchange", *PLACES, "--day", "2026-11-19", "--expected-rate", "1.1"), 1, "rate_moved"),
        (("exchange", *PLACES, "--day", "2026-11-17"), 1, "rate_missing"),
        (("policy", "--base", "USD"), 1, "invalid_state"),
        (("policy", "--spread-bps", "10000"), 2, "basis points"),
        (("rates", "publish", "EUR/USD=0", "--day", "2026-11-19"), 2, "no rate"),
        (("revalue", "--day", "soon"), 2, "no day"),
    ],
)
def test_what_is_wrong_is_said_with_its_mend(
    partita: CommandLine, words: tuple[str, ...], status: int, says: str
) -> None:
    said = partita("fx", *words)
    assert (said.status, says in said.err) == (status, True), said

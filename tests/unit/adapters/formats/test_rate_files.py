"""Files of rates: the central bank's own and plain ones, read exactly or refused."""

import gzip
import os
from fractions import Fraction
from pathlib import Path

import pytest

from partita.adapters.formats.rate_files import plain_rows, read_rate_file, read_rates
from partita.modules.fx.rates import MissingRate, RateError

SHARED = Path(os.environ.get("PARTITA_SHARED_DATA", Path(__file__).parents[5] / "shared" / "data"))
ECB = SHARED / "fx" / "ecb" / "eurofxref-hist.csv.gz"


def test_files_of_both_forms_are_read() -> None:
    plain = "date,pair,rate\n2024-12-31,EUR/USD,1.0389\n"
    central = "Date,USD,CYP,\n2024-12-31,1.0389,N/A,\n"
    for text in (plain, central):
        assert read_rates(text).rate("2024-12-31", "EUR", "USD") == Fraction("1.0389")
    with pytest.raises(RateError):
        read_rates("hello\n")
    with pytest.raises(RateError, match="line 2"):
        list(plain_rows("date,pair,rate\n2024-12-31,EUR/USD\n"))


def test_a_line_that_is_cut_short_is_refused() -> None:
    with pytest.raises(RateError, match="line 3 has 2 fields"):
        read_rates("Date,USD,CYP,\n2024-12-31,1.0389,N/A,\n2024-12-30,1.04\n")


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    damaged = tmp_path / "rates.csv.gz"
    damaged.write_bytes(gzip.compress(b"Date,USD,\n2024-12-31,1.0389,\n")[:-12])
    for path in (damaged, tmp_path / "none.csv"):
        with pytest.raises(RateError, match="cannot be read"):
            read_rate_file(path)


def test_the_central_banks_own_file_is_read() -> None:
    if not ECB.exists():
        pytest.skip(f"the ECB's file is not at {ECB}")
    rates = read_rate_file(ECB)
    assert rates.provider == "ecb"
    assert rates.rate("2024-12-31", "EUR", "USD") == Fraction("1.0389")
    assert rates.rate("1999-01-04", "EUR", "CZK") == Fraction("35.107")
    with pytest.raises(MissingRate, match="2024-12-27"):
        rates.rate("2024-12-29", "USD", "CHF")  # a Sunday
    with pytest.raises(MissingRate, match="2007-12-31"):
        rates.rate("2008-01-02", "EUR", "CYP")  # Cyprus has the euro since then


def test_the_history_has_as_many_days_and_figures_as_were_published() -> None:
    if not ECB.exists():
        pytest.skip(f"the ECB's file is not at {ECB}")
    rates = read_rate_file(ECB)
    lines = gzip.decompress(ECB.read_bytes()).decode().splitlines()
    figures = sum(
        1 for line in lines[1:] for cell in line.split(",")[1:] if cell not in {"", "N/A"}
    )
    assert len(rates.days) == len(lines) - 1 == 6_658
    assert sum(len(rates.assets(day)) - 1 for day in rates.days) == figures == 207_875

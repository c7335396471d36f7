"""A small profile that tests bend: a till with a booth, a fee column and dated rows."""

from pathlib import Path

from partita.adapters.formats.csv_profile.loading import parse_profile
from partita.adapters.formats.csv_profile.reading import CsvSource
from partita.modules.importing.source import Fault, Instruction

SCALES = {"EUR": 2, "JPY": 0}
PROFILE = """
name = "till"
[file]
delimiter = ","
[columns]
number = "integer"
day = { type = "date", format = "%Y-%m-%d" }
kind = "text"
amount = { type = "decimal", decimal_mark = "." }
who = "text"
[order]
day = "day"
keys = [{ column = "kind", first = ["in"] }, { column = "number" }]
[transaction]
key = "till:{number}"
external_id = "{number}"
effective_at = "day"
metadata = { kind = "{kind}", note = "{who}" }
[accounts.cash]
path = "cash"
type = "asset"
asset = "EUR"
[accounts.customer]
path = "customers:{who|unknown}"
type = "liability"
asset = "EUR"
[[rules]]
name = "in"
when = { kind = "in" }
transaction_type = "deposit"
postings = [{ debit = "cash", amount = "amount" }, { credit = "customer", amount = "amount" }]
[[rules]]
name = "out"
when = { kind = ["out", "withdrawal"] }
postings = [{ debit = "customer", amount = "amount" }, { credit = "cash", amount = "amount" }]
"""
HEADER = "number,day,kind,amount,who\n"


def source(folder: Path, rows: str, profile: str = PROFILE, name: str = "till.csv") -> CsvSource:
    """A source over these rows, written to a file under a header."""
    file = folder / name
    file.write_bytes((HEADER + rows).encode("utf-8", "surrogateescape"))
    return CsvSource(parse_profile(profile), file)


def read(folder: Path, rows: str, profile: str = PROFILE) -> tuple[list[Instruction], list[Fault]]:
    """The rows' instructions and faults."""
    items = list(source(folder, rows, profile).read(SCALES))
    return (
        [item for item in items if isinstance(item, Instruction)],
        [item for item in items if isinstance(item, Fault)],
    )


def changed(old: str, new: str) -> str:
    """The profile with a piece of it replaced; the piece must be there."""
    assert old in PROFILE, f"{old!r} is not in the profile"
    return PROFILE.replace(old, new)

"""Float from the command line: a table that ties, its classes, any past, JSON for programs."""

from tests.unit.surfaces.cli.conftest import CommandLine

ALICE = "customers:alice:wallets:main:EUR"


def test_float_is_shown_and_ties(partita: CommandLine) -> None:
    assert partita("chart", "apply", "neobank").status == 0
    paid = ("post", "--debit", "custody:sepa:EUR", "1000", "EUR", "--credit", ALICE, "1000", "EUR")
    assert partita(*paid).status == 0
    sent = ("post", "--debit", ALICE, "400", "EUR", "--credit", "in_transit:sepa:EUR", "400", "EUR")
    assert partita(*sent).status == 0
    shown = partita("float")
    assert shown.status == 0, shown
    head, columns, row = shown.out.splitlines()
    assert head.startswith("By the chart neobank, version 1, at sequence ")
    assert dict(zip(columns.split(), row.split(), strict=True)) == {
        "asset": "EUR", "customers": "6.00", "custody": "10.00", "in_transit": "4.00",
        "awaiting": "0.00", "surplus": "0.00", "own": "0.00", "others": "0.00",
        "unclassified": "0.00", "difference": "0.00",
    }  # fmt: skip
    lines = partita("float", "--classes", "--asset", "EUR").out.splitlines()
    assert [line.split()[:1] for line in lines[3:]] == [
        [], ["class"], ["customer"], ["custody"], ["in_transit"],
    ]  # fmt: skip
    told = partita("float", "--json").json
    assert told["data"][0]["customers"] == "600"
    sequence = int(told["sequence"])
    before = partita("float", "--as-of-sequence", str(sequence - 1), "--json").json
    assert before["data"][0]["customers"] == "1000"
    assert partita("float", "--as-of-sequence", str(sequence + 9)).status == 1

"""Reading CSV by a profile: rows in booking order, each as an instruction or with its fault."""

import gzip
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from partita.adapters.formats.csv_profile.loading import parse_profile
from partita.adapters.formats.csv_profile.reading import CsvSource
from partita.kernel.account import AccountType, Constraints, Side
from partita.kernel.commands import OpenAccount
from partita.kernel.moment import Moment
from partita.kernel.posting import Posting
from partita.modules.importing.source import Fault, Instruction, SourceError
from tests.unit.adapters.formats.profiles import HEADER, PROFILE, SCALES, changed, read, source


def test_a_row_becomes_what_its_rule_says(tmp_path: Path) -> None:
    (instruction,), faults = read(tmp_path, "7,2024-02-29,in,12.5,alice\n")
    assert not faults
    assert (instruction.line, instruction.raw) == (2, "7,2024-02-29,in,12.5,alice")
    assert instruction.key == "till:7"
    command = instruction.command
    assert command.postings == (
        Posting("cash", Side.DEBIT, 1250, "EUR"),
        Posting("customers:alice", Side.CREDIT, 1250, "EUR"),
    )
    assert command.type == "deposit"
    assert command.external_id == "7"
    assert command.effective_at == Moment.parse("2024-02-29T00:00:00Z")
    assert command.metadata == {"kind": "in", "note": "alice"}
    assert instruction.accounts == (
        OpenAccount("cash", "EUR", AccountType.ASSET),
        OpenAccount("customers:alice", "EUR", AccountType.LIABILITY),
    )


def test_an_empty_column_takes_the_word_of_the_template_and_leaves_no_metadata(
    tmp_path: Path,
) -> None:
    (instruction,), _ = read(tmp_path, "7,2024-02-29,in,1,   \n")
    assert instruction.command.postings[1].account == "customers:unknown"
    assert instruction.command.metadata == {"kind": "in"}


@pytest.mark.parametrize(
    ("row", "code", "detail"),
    [
        ("7,2024-02-30,in,1,a", "bad_value", "day: '2024-02-30' is not a date"),
        ("7,,in,1,a", "bad_value", "day is empty"),
        ("7,2024-01-01,in,1.234,a", "bad_value", "finer"),
        ('7,2024-01-01,in,"1,5",a', "bad_value", "not a figure"),
        ("7,2024-01-01,in,,a", "bad_value", "amount is empty"),
        ("x,2024-01-01,in,1,a", "bad_value", "whole number"),
        (",2024-01-01,in,1,a", "no_key", "comes out empty"),
        ("7,2024-01-01,gift,1,a", "no_rule", "no rule"),
        ("7,2024-01-01,in,1,a b", "bad_account", "not an account path"),
        ("7,2024-01-01,in,1,a\0", "unfit_text", "NUL"),
        ("7,2024-01-01,in,1,\udcff", "unfit_text", "encoding"),
        ("7,2024-01-01,in,1", "wrong_field_count", "4 fields instead of 5"),
        ("7,2024-01-01,in,1,a,b", "wrong_field_count", "6 fields instead of 5"),
        ('7,2024-01-01,in,1,"a"b', "malformed_row", "not CSV"),
        ("7,2024-01-01,in,1," + "a" * 65, "bad_account", "not an account path"),
        ("7,2024-01-01,in,1," + "a" * 501, "bad_account", "not an account path"),
    ],
)
def test_a_row_that_cannot_be_meant_is_a_fault_and_the_next_one_goes_on(
    tmp_path: Path, row: str, code: str, detail: str
) -> None:
    instructions, (fault,) = read(tmp_path, f"{row}\n8,2024-01-01,in,1,bob\n")
    assert (fault.line, fault.raw, fault.code) == (2, row, code)
    assert detail in fault.detail
    assert [each.key for each in instructions] == ["till:8"]


def test_an_asset_that_the_ledger_does_not_know_is_a_fault_of_its_rows(tmp_path: Path) -> None:
    _, (fault,) = read(tmp_path, "7,2024-01-01,in,1,a\n", PROFILE.replace('"EUR"', '"GOLD"'))
    assert fault.code == "asset_not_found"


def test_a_day_is_sorted_by_its_keys_and_days_stay_in_order(tmp_path: Path) -> None:
    rows = "10,2024-01-01,out,1,a\n9,2024-01-01,in,1,a\n8,2024-01-01,withdrawal,1,a\n"
    rows += "2,2024-01-02,out,1,a\n1,2024-01-02,in,1,a\n"
    instructions, _ = read(tmp_path, rows)
    assert [each.key for each in instructions] == [
        *("till:9", "till:8", "till:10"),
        *("till:1", "till:2"),
    ]
    assert [each.line for each in instructions] == [3, 4, 2, 6, 5]


def test_sorting_may_go_down_and_rows_that_are_alike_stay_as_in_the_file(tmp_path: Path) -> None:
    profile = changed(
        'keys = [{ column = "kind", first = ["in"] }, { column = "number" }]',
        'keys = [{ column = "amount", descending = true }]',
    )
    rows = "1,2024-01-01,in,9,a\n2,2024-01-01,in,10,a\n3,2024-01-01,in,9.00,a\n"
    instructions, _ = read(tmp_path, rows, profile)
    assert [each.key for each in instructions] == ["till:2", "till:1", "till:3"]


def test_a_file_that_goes_back_a_day_is_refused_with_its_line(tmp_path: Path) -> None:
    rows = "1,2024-01-02,in,1,a\n2,2024-01-01,in,1,a\n"
    with pytest.raises(SourceError, match=r"line 3 is of 2024-01-01, but 2024-01-02 came before"):
        read(tmp_path, rows)


def test_without_an_order_the_file_is_taken_as_it_is(tmp_path: Path) -> None:
    start, end = PROFILE.index("[order]"), PROFILE.index("[transaction]")
    rows = "1,2024-01-02,out,1,a\n2,2024-01-01,in,1,a\n"
    instructions, _ = read(tmp_path, rows, PROFILE[:start] + PROFILE[end:])
    assert [each.key for each in instructions] == ["till:1", "till:2"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(
    days=st.lists(st.integers(1, 28), max_size=30).map(sorted),
    kinds=st.lists(st.sampled_from(["in", "out"]), min_size=30, max_size=30),
)
def test_ordering_loses_and_doubles_nothing(
    tmp_path: Path, days: list[int], kinds: list[str]
) -> None:
    table = list(zip(days, kinds, strict=False))
    rows = "".join(
        f"{number},2024-01-{day:02},{kind},1,a\n" for number, (day, kind) in enumerate(table)
    )
    instructions, _ = read(tmp_path, rows)
    expected = sorted(range(len(table)), key=lambda n: (table[n][0], table[n][1] != "in", n))
    assert [each.key for each in instructions] == [f"till:{n}" for n in expected]


def test_a_sign_condition_decides_the_side_and_the_figure_counts_without_its_sign(
    tmp_path: Path,
) -> None:
    profile = changed('when = { kind = "in" }', 'when = { amount = { sign = "positive" } }')
    profile = profile.replace(
        'when = { kind = ["out", "withdrawal"] }', 'when = { amount = { sign = "negative" } }'
    )
    rows = "1,2024-01-01,x,5,a\n2,2024-01-01,x,-3.20,a\n3,2024-01-01,x,-0.00,a\n"
    instructions, (fault,) = read(tmp_path, rows, profile)
    assert instructions[1].command.postings[0] == Posting("customers:a", Side.DEBIT, 320, "EUR")
    assert fault.code == "no_rule"


def test_a_sign_that_no_rule_explains_is_left_for_the_ledger_to_refuse(tmp_path: Path) -> None:
    (instruction,), _ = read(tmp_path, "1,2024-01-01,in,-5,a\n")
    assert instruction.command.postings[0].amount == -500


def test_an_empty_condition_and_constraints_hold(tmp_path: Path) -> None:
    profile = changed('when = { kind = "in" }', "when = { who = { empty = true } }")
    profile = profile.replace('path = "cash"', 'path = "cash"\nconstraints = { min_posted = "-5" }')
    (instruction,), (fault,) = read(tmp_path, "1,2024-01-01,in,5,\n2,2024-01-01,in,5,a\n", profile)
    assert instruction.key == "till:1"
    assert instruction.accounts[0].constraints == Constraints(min_posted=-5)
    assert fault.code == "no_rule"


def test_quoted_fields_may_hold_the_delimiter_and_line_ends(tmp_path: Path) -> None:
    rows = '1,2024-01-01,in,5,"a"\n2,2024-01-01,"line\none, two",5,a\n3,2024-01-01,in,5,b\n'
    instructions, (fault,) = read(tmp_path, rows)
    assert [each.line for each in instructions] == [2, 5]
    assert (fault.line, fault.raw) == (3, '2,2024-01-01,"line\none, two",5,a')


def test_the_header_may_have_other_names_order_and_more_columns(tmp_path: Path) -> None:
    file = tmp_path / "other.csv"
    file.write_bytes(b"\xef\xbb\xbfWho?;extra;kind;day;amount;number\r\na;x;in;2024-01-01;5;1\r\n")
    profile = changed('who = "text"', 'who = { type = "text", name = "Who?" }')
    profile = profile.replace('delimiter = ","', 'delimiter = ";"')
    items = list(CsvSource(parse_profile(profile), file).read(SCALES))
    assert isinstance(items[0], Instruction)
    assert items[0].command.postings[1].account == "customers:a"
    assert items[0].raw == "a;x;in;2024-01-01;5;1"


@pytest.mark.parametrize("header", ["number,day,kind,amount\n", HEADER.strip() + ",who\n", ""])
def test_a_column_that_is_missing_or_there_twice_is_refused(tmp_path: Path, header: str) -> None:
    file = tmp_path / "bad.csv"
    file.write_text(header)
    with pytest.raises(SourceError, match="the profile needs one; the header is"):
        list(CsvSource(parse_profile(PROFILE), file).read(SCALES))


def test_a_file_without_header_has_its_columns_in_the_order_of_the_profile(tmp_path: Path) -> None:
    file = tmp_path / "bare.csv"
    file.write_text("a title\n\n1,2024-01-01,in,5,a\n")
    profile = changed('delimiter = ","', "header = false\nskip_lines = 1")
    (item,) = CsvSource(parse_profile(profile), file).read(SCALES)
    assert isinstance(item, Instruction)
    assert item.line == 3


def test_a_packed_file_reads_the_same_and_a_torn_one_is_refused(tmp_path: Path) -> None:
    rows = "".join(f"{number},2024-01-01,in,5,a{number}\n" for number in range(5000))
    plain = source(tmp_path, rows)
    packed = tmp_path / "till.csv.gz"
    packed.write_bytes(gzip.compress((HEADER + rows).encode()))
    assert list(CsvSource(parse_profile(PROFILE), packed).read(SCALES)) == list(plain.read(SCALES))
    packed.write_bytes(packed.read_bytes()[:-20])
    with pytest.raises(SourceError, match="cannot be read to its end"):
        list(CsvSource(parse_profile(PROFILE), packed).read(SCALES))


@pytest.mark.parametrize("encoding", ["utf-16", "ascii", "latin-1"])
def test_bytes_of_another_encoding_are_a_fault_or_end_the_reading(
    tmp_path: Path, encoding: str
) -> None:
    file = tmp_path / "mixed.csv"
    file.write_bytes(HEADER.encode(encoding) + b"7,2024-01-01,in,1,\xff\xd8\n")
    profile = parse_profile(changed('delimiter = ","', f'encoding = "{encoding}"'))
    source_of_mixed = CsvSource(profile, file)
    if encoding == "utf-16":
        with pytest.raises(SourceError, match="cannot be read to its end"):
            list(source_of_mixed.read(SCALES))
    else:
        assert [type(item) for item in source_of_mixed.read(SCALES)] == [Fault]


def test_the_position_goes_from_start_to_size(tmp_path: Path) -> None:
    till = source(tmp_path, "1,2024-01-01,in,5,a\n" * 3000)
    positions = [till.position for _ in till.read(SCALES)]
    assert positions == sorted(positions)
    assert positions[-1] == till.size


def test_the_digest_is_of_file_and_profile(tmp_path: Path) -> None:
    first = source(tmp_path, "1,2024-01-01,in,5,a\n").digest()
    assert source(tmp_path, "1,2024-01-01,in,5,a\n", PROFILE + "\n# a comment").digest() == first
    assert source(tmp_path, "1,2024-01-01,in,5,a\n", changed("deposit", "gift")).digest() != first
    assert source(tmp_path, "1,2024-01-01,in,6,a\n").digest() != first


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no such file"):
        CsvSource(parse_profile(PROFILE), tmp_path / "none.csv")

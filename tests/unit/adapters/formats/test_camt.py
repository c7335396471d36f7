"""camt messages: what the published files say, against what was worked out from them elsewhere."""

import csv
import gzip
import io
import os
import tarfile
from datetime import date
from pathlib import Path

import pytest

from partita.adapters.formats.camt.archive import read_archive
from partita.adapters.formats.camt.message import Direction, Entry, Kind, Statement
from partita.adapters.formats.camt.reading import CamtRefused, read
from partita.kernel.amount import from_decimal

BESIDE = Path(__file__).parents[5] / "shared" / "data"
CAMT = Path(os.environ.get("PARTITA_SHARED_DATA") or BESIDE) / "statements" / "camt"
INSTANT = CAMT / "instant-settlement"
CHAIN = CAMT / "daily-chain"
shared = pytest.mark.skipif(not CAMT.is_dir(), reason=f"the published samples are not in {CAMT}")

ENTRY = """<Ntry><Amt Ccy="{asset}">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd>{more}</Ntry>"""
NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(newline="") as opened:
        return list(csv.DictReader(opened))


def cents(text: str) -> int:
    return from_decimal(text, 2)


def document(
    amount: str = "1.50", asset: str = "EUR", side: str = "CRDT", *, more: str = ""
) -> list[Statement]:
    entry = ENTRY.format(asset=asset, amount=amount, side=side, more=more)
    text = f'<Document xmlns="{NAMESPACE}"><X><Stmt><Id>S1</Id>{entry}</Stmt></X></Document>'
    return list(read(io.BytesIO(text.encode())))


def entry(amount: str = "1.50", asset: str = "EUR", side: str = "CRDT", *, more: str = "") -> Entry:
    (statement,) = document(amount, asset, side, more=more)
    (only,) = statement.entries
    return only


# What the published files say.


@shared
def test_every_day_of_the_instant_settlement_account():
    expected = {row["date"]: row for row in rows(INSTANT / "expected" / "days.csv")}
    statements = list(read_archive(INSTANT / "LT809872649478701594.tar.gz"))
    reports = {name[9:19]: each for name, each in statements if each.kind is Kind.REPORT}
    notes = {name[9:19]: each for name, each in statements if each.kind is Kind.NOTIFICATION}
    assert len(reports) == 82
    assert notes.keys() == expected.keys()
    assert sum(len(note.entries[0].payments) for note in notes.values()) == 9_644
    for day, row in expected.items():
        (whole,) = notes[day].entries
        ins = sum(each.amount for each in whole.payments if each.direction is Direction.IN)
        outs = sum(each.amount for each in whole.payments if each.direction is Direction.OUT)
        assert len(whole.payments) == int(row["notification_details"])
        assert (ins, outs) == (cents(row["details_credit"]), cents(row["details_debit"]))
        assert whole.signed == cents(row["notification_amount"]) == ins - outs
        if not row["report_id"]:
            assert day not in reports
            continue
        report = reports[day]
        opening, closing = report.opening(), report.closing()
        assert opening is not None
        assert closing is not None
        net = sum(each.signed for each in report.positions())
        assert report.id == row["report_id"]
        assert opening.signed == cents(row["opening_available"])
        assert closing.signed == cents(row["closing_info"])
        assert net == cents(row["net_of_counterparty_positions"]) == closing.signed - opening.signed


@shared
def test_every_statement_of_the_daily_chain():
    found = list(read_archive(CHAIN / "LT625883379695428516-camt053.tar.gz"))
    expected = rows(CHAIN / "expected" / "chain.csv")
    for (name, statement), row in zip(found, expected, strict=True):
        assert name.rpartition("/")[2] == row["file"]
        compare(statement, row)


def samples() -> list[str]:
    if not CAMT.is_dir():
        return []
    return sorted({row["file"] for row in rows(CAMT / "expected" / "statements.csv")})


REFUSED = {
    "bankstatementparser/camt053_garbled_amount.xml": "'12..34' is not a plain decimal",
    "moov-other/gistfile1.xml": None,  # a payment initiation: no statement in it
}


@shared
@pytest.mark.parametrize("name", samples())
def test_each_published_sample(name: str):
    expected = [row for row in rows(CAMT / "expected" / "statements.csv") if row["file"] == name]
    file = CAMT / name
    with gzip.open(file) if name.endswith(".gz") else file.open("rb") as stream:
        if why := REFUSED.get(name):
            with pytest.raises(CamtRefused, match=why):
                list(read(stream))
            return
        found = list(read(stream))
    if expected[0]["check"] == "no statement":
        # The reference tool does not know version 1, which has the same form.
        assert len(found) == (1 if name == "genkgo/camt052.v1.xml" else 0)
        return
    for statement, row in zip(found, expected, strict=True):
        compare(statement, row)


def compare(statement: Statement, row: dict[str, str]) -> None:
    assert (statement.kind.value, statement.message) == (row["kind"], row["message"])
    assert (statement.id, statement.account) == (row["statement_id"], row["account"])
    assert len(statement.entries) == int(row["entries"])
    booked = statement.booked()
    assert len(statement.entries) - len(booked) == int(row["of_which_pending"])
    ins = sum(each.amount for each in booked if each.direction is Direction.IN)
    outs = sum(each.amount for each in booked if each.direction is Direction.OUT)
    assert (ins, outs) == (cents(row["booked_credits"]), cents(row["booked_debits"]))
    opening, closing = statement.opening(), statement.closing()
    if row["check"].startswith("no opening/closing pair"):
        assert opening is None or closing is None
        return
    assert opening is not None
    assert closing is not None
    assert (opening.type, closing.type) == (row["opening_type"], row["closing_type"])
    assert (opening.signed, closing.signed) == (cents(row["opening"]), cents(row["closing"]))
    off = opening.signed + ins - outs - closing.signed
    assert (off == 0) == (row["check"] == "adds up")
    assert statement.asset == row["currency"]


# What must hold of any.


@pytest.mark.parametrize(
    ("amount", "asset", "minor"),
    [
        ("1.50", "EUR", 150),
        ("1.5", "EUR", 150),
        (".5", "EUR", 50),
        ("20", "EUR", 2_000),
        ("8.85000", "EUR", 885),
        ("100", "JPY", 100),
        ("1.005", "BHD", 1_005),
        ("0", "EUR", 0),
    ],
)
def test_an_amount_is_exact_in_its_asset(amount: str, asset: str, minor: int):
    assert entry(amount, asset).amount == minor


@pytest.mark.parametrize(
    ("amount", "asset", "why"),
    [
        ("8.855", "EUR", "finer than"),
        ("8.85", "JPY", "finer than"),
        ("12..34", "EUR", "not a plain decimal"),
        ("", "EUR", "not a plain decimal"),
        ("1,50", "EUR", "not a plain decimal"),
        ("1e3", "EUR", "not a plain decimal"),
        ("NaN", "EUR", "not a plain decimal"),
        ("-1.50", "EUR", "the sign belongs to CdtDbtInd"),
        ("1.50", "XXQ", "no currency that is known"),
        ("1.50", "", "no currency that is known"),
    ],
)
def test_a_bad_amount_refuses_the_statement_by_name(amount: str, asset: str, why: str):
    with pytest.raises(CamtRefused, match=f"Stmt S1: .*{why}"):
        document(amount, asset)


@pytest.mark.parametrize("side", ["", "CR", "credit"])
def test_a_direction_is_one_of_two(side: str):
    with pytest.raises(CamtRefused, match="must be CRDT or DBIT"):
        document(side=side)


def test_a_day_that_is_none_is_refused():
    with pytest.raises(CamtRefused, match="2024-02-30"):
        document(more="<BookgDt><Dt>2024-02-30</Dt></BookgDt>")


def test_an_amount_must_be_there():
    text = "<Document><Stmt><Id>S1</Id><Ntry><CdtDbtInd>CRDT</CdtDbtInd></Ntry></Stmt></Document>"
    with pytest.raises(CamtRefused, match="Ntry has no Amt"):
        list(read(io.BytesIO(text.encode())))


def test_a_file_that_is_refused_in_an_archive_is_named(tmp_path: Path):
    (tmp_path / "bad.xml").write_text("<Document>")
    with tarfile.open(tmp_path / "all.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "bad.xml", "days/bad.xml")
    with pytest.raises(CamtRefused, match=r"days/bad\.xml: this is not well-formed"):
        list(read_archive(tmp_path / "all.tar.gz"))


OLD = """<Sts>BOOK</Sts><BookgDt><DtTm>2024-03-07T23:59:00+02:00</DtTm></BookgDt><NtryDtls><TxDtls>
<Refs><EndToEndId>E2E</EndToEndId><TxId> </TxId></Refs><AmtDtls><TxAmt><Amt Ccy="EUR">1</Amt></TxAmt>
</AmtDtls><RltdPties><Dbtr><Nm>Anna</Nm></Dbtr><DbtrAcct><Id><IBAN>LT1</IBAN></Id></DbtrAcct></RltdPties>
<RltdAgts><DbtrAgt><FinInstnId><BIC>ABNANL2A</BIC></FinInstnId></DbtrAgt></RltdAgts>
<RmtInf><Ustrd>rent</Ustrd></RmtInf></TxDtls></NtryDtls>"""
NEW = """<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2024-03-07</Dt></BookgDt><NtryDtls><TxDtls>
<Refs><EndToEndId>E2E</EndToEndId></Refs><Amt Ccy="EUR">1</Amt><CdtDbtInd>CRDT</CdtDbtInd>
<RltdPties><Dbtr><Pty><Nm>Anna</Nm></Pty></Dbtr><DbtrAcct><Id><IBAN>LT1</IBAN></Id></DbtrAcct></RltdPties>
<RltdAgts><DbtrAgt><FinInstnId><BICFI>ABNANL2A</BICFI></FinInstnId></DbtrAgt></RltdAgts>
<RmtInf><Ustrd>rent</Ustrd></RmtInf></TxDtls></NtryDtls>"""


def test_old_and_new_versions_say_the_same():
    old, new = entry(more=OLD), entry(more=NEW)
    assert old == new
    (payment,) = new.payments
    assert (new.status, new.booked_on, payment.amount) == ("BOOK", date(2024, 3, 7), 100)
    assert payment.references == {"EndToEndId": "E2E"}
    other = payment.counterparty
    assert (other.name, other.account, other.bank) == ("Anna", "LT1", "ABNANL2A")


def test_the_other_one_of_money_that_leaves_is_the_creditor():
    details = NEW.replace("Dbtr", "Cdtr").replace("CRDT", "DBIT")
    (payment,) = entry(more=details).payments
    assert (payment.counterparty.name, payment.signed) == ("Anna", -100)

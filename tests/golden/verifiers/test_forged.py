"""What hashes cannot find: a journal whose records break the rules, or are of another format."""

import re
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from partita.journal.encoding import EVENT_TYPES
from partita.journal.inline_rows import RESOURCE_KINDS
from partita.journal.keys import OPERATIONS
from tests.golden.verifiers.forging import forge
from tests.golden.verifiers.programs import GO_SOURCES, Verifier
from tools import verify_books


class Forgery(NamedTuple):
    """In which record, what, into what."""

    sequence: int
    old: str | re.Pattern[str]
    new: str


FORGERIES = {
    "an amount that balances nothing": Forgery(8, '"amount":"1000"', '"amount":"1001"'),
    "a running total": Forgery(8, '"after":["1000",', '"after":["1001",'),
    "no amount": Forgery(8, '"amount":"1000"', '"amount":"0"'),
    "a number with a leading zero": Forgery(8, '"version":"1"', '"version":"01"'),
    "an amount with a sign": Forgery(8, '"amount":"1000"', '"amount":"+1000"'),
    "an amount of 39 digits": Forgery(10, '"amount":"9', '"amount":"99'),
    "another asset": Forgery(8, '"asset":"USD"', '"asset":"EUR"'),
    "an unknown account": Forgery(8, '"account":"bank"', '"account":"tank"'),
    "another account's number": Forgery(8, '"number":"3"', '"number":"4"'),
    "neither debit nor credit": Forgery(8, '"direction":"debit"', '"direction":"Debit"'),
    "a day that is in no calendar": Forgery(9, "1993-01-02T", "1993-02-30T"),
    "a moment with a space": Forgery(9, "1993-01-02T", "1993-01-02 "),
    "a record before the one before": Forgery(8, "12:00:00.000009Z", "11:00:00.000009Z"),
    "metadata out of order": Forgery(9, '{"a":"\\\\","z":""}', '{"z":"","a":"\\\\"}'),
    "a name twice": Forgery(9, '{"a":"\\\\","z":""}', '{"a":"\\\\","a":""}'),
    "white space": Forgery(8, '"v":"1",', '"v": "1",'),
    "an escape that is not needed": Forgery(8, '"deposit"', '"\\u0064eposit"'),
    "an escaped slash": Forgery(8, '"deposit"', '"de\\/posit"'),
    "a number of JSON": Forgery(8, '"external_id":"null"', '"external_id":7'),
    "a boolean": Forgery(8, '"external_id":"null"', '"external_id":true'),
    "a list where a text must be": Forgery(8, '"actor":"a"', '"actor":["a"]'),
    "a null where none may be": Forgery(8, '"direction":"debit"', '"direction":null'),
    "a field more": Forgery(8, '"salt"', '"pepper":"","salt"'),
    "a short salt": Forgery(8, '"salt":"', '"salt":"","'),
    "a fingerprint without a key": Forgery(10, '"fingerprint":null', f'"fingerprint":"{"0" * 64}"'),
    "an unknown type": Forgery(8, "transaction.posted", "transaction.roasted"),
    "an id of another kind": Forgery(8, '"id":"txn_', '"id":"hld_'),
    "an account of no type": Forgery(3, '"type":"asset"', '"type":"assets"'),
    "an asset of scale 31": Forgery(2, '"scale":"30"', '"scale":"31"'),
    "constraints that are a text": Forgery(
        3, re.compile(r'{"max_available.*?}'), '"none"'
    ),
    "an account opened twice": Forgery(6, '"path":"vault"', '"path":"bank"'),
    "a closing with money in the account": Forgery(14, "account.frozen", "account.closed"),
    "an unfreezing of what is open": Forgery(14, "account.frozen", "account.unfrozen"),
    "a freeze that stops what then went in": Forgery(43, '"flow":"out"', '"flow":"in"'),
    "a freeze of both that went on": Forgery(43, '"flow":"out",', ""),
    "a freeze in no direction": Forgery(43, '"flow":"out"', '"flow":"up"'),
    "a freeze of both, spelled out": Forgery(14, '"number":"5"', '"flow":"both","number":"5"'),
    "a hold in an unknown status": Forgery(19, '"status":"placed"', '"status":"planned"'),
    "a pending total below zero": Forgery(19, '"pending":"100"', '"pending":"-100"'),
    "a hold that an earlier record made": Forgery(20, '"number":"19"', '"number":"18"'),
    "a matter of another kind than its fact": Forgery(45, '"kind":"box"', '"kind":"bag"'),
    "a matter of a kind that is the kernel's": Forgery(45, '"box', '"hold'),
    "facts that are a list": Forgery(45, '"facts":{"a":"","é":"ü"}', '"facts":[]'),
    "facts out of order": Forgery(45, '"a":"","é":"ü"', '"é":"ü","a":""'),
    "a matter that an earlier record made": Forgery(46, '"number":"45"', '"number":"44"'),
    "a first version that is spelled out": Forgery(45, '","id":"evt', '","version":"1","id":"evt'),
    "a version that is no number": Forgery(45, '","id":"evt', '","version":"two","id":"evt'),
    "a version of nothing": Forgery(45, '","id":"evt', '","version":"0","id":"evt'),
    "a version before the type": Forgery(45, '"type":"box', '"version":"2","type":"box'),
    "a version of the kernel's own": Forgery(14, '","id":"acc', '","version":"2","id":"acc'),
    "a moment to wake that is none": Forgery(45, '"wakes_at":"2027', '"wakes_at":"tomorrow 2027'),
}  # fmt: skip


def _old(forgery: Forgery, folder: Path) -> str:
    """The text to change, where the table names it by a pattern."""
    if isinstance(forgery.old, str):
        return forgery.old
    body = (folder / "journal.ndjson").read_text("utf-8").splitlines()[forgery.sequence - 1]
    found = forgery.old.search(body)
    assert found is not None, "the specimen has changed"
    return str(found[0])


def test_an_export_without_signatures_is_taken(verifier: Verifier, export: Path) -> None:
    forge(export, 8, '"salt":"', '"salt":"')
    assert verifier(export)["signers"] == []


@pytest.mark.parametrize("version", [2, 9, 10, 123])
def test_a_later_version_of_a_matters_event_is_taken(
    version: int, verifier: Verifier, export: Path
) -> None:
    """Its body has another form then, which verifiers do not read."""
    forge(export, 45, '","id":"evt', f'","version":"{version}","id":"evt')
    assert verifier(export)["ok"]


@pytest.mark.parametrize("name", FORGERIES)
def test_every_forgery_is_refused(name: str, verifier: Verifier, export: Path) -> None:
    forgery = FORGERIES[name]
    forge(export, forgery.sequence, _old(forgery, export), forgery.new)
    found = verifier(export)["first_bad"]
    assert found is not None
    assert (found["table"], found["sequence"]) in {
        ("journal", forgery.sequence), ("entry", forgery.sequence), ("journal", forgery.sequence + 1)
    }  # fmt: skip


def test_the_script_knows_every_event_and_resource() -> None:
    """A new event needs a line in `tools/verify_books.py`, in `verifiers/go/forms.go` and in spec/."""
    fields = {
        kind: sorted(each.name for each in msgspec.structs.fields(event) if each.name != "id")
        for kind, event in EVENT_TYPES.items()
    }
    assert {kind: sorted(data) for kind, data in verify_books.DATA.items()} == fields
    operations = {kind: text.split(" ")[1] for kind, text in verify_books.EVENTS.items()}
    assert operations == OPERATIONS
    assert set(verify_books.RESOURCES) == set(RESOURCE_KINDS)
    for kind, resource in RESOURCE_KINDS.items():
        names = sorted(each.name for each in msgspec.structs.fields(resource))
        assert sorted(verify_books.FIELDS[kind]) == names, kind


def test_the_verifier_in_go_knows_every_event_too() -> None:
    text = (GO_SOURCES / "forms.go").read_text("utf-8")
    assert set(re.findall(r'"(\w+\.\w+)":', text)) == set(EVENT_TYPES)
    said = re.search(r"var resources = \[\]string{(.*)}", text)
    assert said is not None
    assert set(re.findall(r"\w+", said[1])) == set(RESOURCE_KINDS)

"""Every verifier says the same of the same files: good ones, and ones in which something was changed."""

import json
import shutil
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest

from partita.adapters.stores.memory import MemoryStore
from partita.engine.idempotency import wish
from partita.engine.journal_export import export_journal
from partita.engine.ports import LedgerInfo
from partita.engine.verification import verify_ledger
from partita.kernel import commands
from partita.kernel.account import AccountType
from partita.kernel.moment import Moment
from partita.wiring import Application, FullStore
from tests.golden.journal.test_vectors import filled
from tests.golden.verifiers.exported import judge
from tests.golden.verifiers.programs import ROOT, Verifier, built, go, toolchain
from tests.golden.verifiers.tampering import TAMPERINGS, flip, flips
from tests.plugins.steering import SeededEntropy, StandingClock, ask
from tests.unit.journal import specimen

PROOFS = json.loads((ROOT / "spec" / "vectors" / "proofs.json").read_text("utf-8"))
KEYS = [word for key in PROOFS["keys"] for word in ("--key", key["verifier_key"])]
LOG_KEY = KEYS[:2]


def test_the_verifier_in_go_passes_its_own_tests(go_cache: Path) -> None:
    tool = toolchain()
    built(tool, go_cache)
    go(tool, go_cache, "vet", ".")
    go(tool, go_cache, "test", ".")


def verdict(folder: Path, books: tuple[MemoryStore, LedgerInfo]) -> bool:
    """Whether `partita verify` would take these files."""
    try:
        return judge(folder, *books).ok
    except (ValueError, KeyError, LookupError):
        return False


def test_a_good_export_is_taken_by_all(
    verifier: Verifier, store: FullStore, tmp_path: Path
) -> None:
    info = filled(store)
    assert export_journal(store, info, tmp_path) == specimen.RECORDS
    report = verify_ledger(store, info)
    result = verifier(tmp_path)
    assert (result["kind"], result["signatures"]) == ("export", "checked")
    assert (result["records"], result["root"]) == (report.records, report.root)


def test_the_adapter_of_these_tests_takes_a_good_export(
    books: tuple[MemoryStore, LedgerInfo], export: Path
) -> None:
    assert verdict(export, books)


def test_an_empty_ledger_is_taken(verifier: Verifier, store: FullStore, tmp_path: Path) -> None:
    info = store.create_ledger("new", Moment(0))
    assert export_journal(store, info, tmp_path) == 0
    assert verifier(tmp_path)["ok"]


@pytest.mark.parametrize("name", TAMPERINGS)
def test_every_change_is_found_and_named(
    name: str, verifier: Verifier, books: tuple[MemoryStore, LedgerInfo], export: Path
) -> None:
    change, table, sequence = TAMPERINGS[name]
    change(export)
    found = verifier(export)["first_bad"]
    assert found is not None
    if table:
        assert found["table"] == table
    if sequence is not None:
        assert found["sequence"] == sequence
    assert not verdict(export, books)


def test_a_turned_bit_in_any_file_is_found(
    verifier: Verifier, books: tuple[MemoryStore, LedgerInfo], export: Path, request: Any
) -> None:
    count = 40 if request.config.getoption("--heavy") else 2
    for name, place, bits in list(flips(export, count)):
        flip(export, name, place, bits)
        assert verifier(export)["first_bad"] is not None, (name, place, bits)
        if "tile" not in name:
            assert not verdict(export, books), (name, place, bits)
        flip(export, name, place, bits)
    assert verifier(export)["ok"]


def test_a_file_that_is_gone_is_found(verifier: Verifier, export: Path) -> None:
    for file in sorted(each for each in export.rglob("*") if each.is_file()):
        kept = file.read_bytes()
        file.unlink()
        assert not verifier(export)["ok"], file
        file.write_bytes(kept)


def test_an_export_is_held_against_keys_and_checkpoints_of_another_day(
    verifier: Verifier, export: Path, tmp_path: Path
) -> None:
    own, kept = (export / "log" / "keys").read_text().strip(), tmp_path / "kept"
    shutil.copy(export / "log" / "checkpoint", kept)
    assert verifier(export, "--key", own, "--checkpoint", kept)["ok"]
    assert not verifier(export, *KEYS)["ok"], "its log's key is none of these"
    assert not verifier(export, "--witnesses", "1")["ok"], "no witness signed"
    checkpoint = tmp_path / "of the same size and another root"
    checkpoint.write_text(PROOFS["notes"][0]["note"], encoding="utf-8")
    assert not verifier(export, "--key", own, *KEYS, "--checkpoint", checkpoint)["ok"]


def kept(folder: Path, name: str, content: object) -> Path:
    """A file as somebody keeps it."""
    text = content if isinstance(content, str) else json.dumps(content)
    (folder / name).write_bytes(text.encode())
    return folder / name


def test_published_receipts_hold(verifier: Verifier, tmp_path: Path) -> None:
    promised, proved, cosigned = (
        kept(tmp_path, f"{place}.json", each) for place, each in enumerate(PROOFS["receipts"])
    )
    assert verifier(promised, *LOG_KEY)["kind"] == "promise"
    assert verifier(proved, *LOG_KEY)["kind"] == "receipt"
    result = verifier(cosigned, *KEYS, "--witnesses", "2")
    assert result["signers"] == sorted(key["name"] for key in PROOFS["keys"])
    assert not verifier(cosigned, *KEYS, "--witnesses", "3")["ok"]
    assert not verifier(proved)["ok"], "no key is trusted"


@pytest.mark.parametrize("bad", PROOFS["bad_receipts"], ids=lambda bad: bad["wrong"])
def test_bad_receipts_are_refused(bad: Any, verifier: Verifier, tmp_path: Path) -> None:
    assert not verifier(kept(tmp_path, "receipt", bad["receipt"]), *KEYS)["ok"]


@pytest.mark.parametrize("case", PROOFS["notes"], ids=lambda case: case["about"])
def test_checkpoints_hold_if_the_log_signed(case: Any, verifier: Verifier, tmp_path: Path) -> None:
    result = verifier(kept(tmp_path, "note", case["note"]), *KEYS)
    assert result["ok"] is bool(case["signers"])
    if case["signers"]:
        assert result["signers"] == sorted(case["signers"])


def test_an_inclusion_proof_holds_for_its_record_alone(verifier: Verifier, tmp_path: Path) -> None:
    receipt = PROOFS["receipts"][1]
    proof = kept(tmp_path, "proof", receipt["proof"])
    record = kept(tmp_path, "record", receipt["record"])
    other = kept(tmp_path, "other", receipt["record"].replace("deposit", "Deposit"))
    result = verifier(proof, "--record", record, *KEYS)
    assert (result["kind"], result["ok"]) == ("inclusion_proof", True)
    assert not verifier(proof, "--record", other, *KEYS)["ok"]
    assert not verifier(proof, *KEYS)["ok"], "no record is given"


def growth(case: Any) -> dict[str, Any]:
    """A consistency proof as the log gives it away."""
    return {
        "object": "consistency_proof",
        "from_size": str(case["from"]),
        "from_root": case["from_root"],
        "to_size": str(case["to"]),
        "to_root": case["to_root"],
        "path": case["path"],
    }


def test_consistency_proofs_hold_as_they_are_and_no_other_way(
    verifier: Verifier, tmp_path: Path
) -> None:
    for case in (each for each in PROOFS["consistencies"][::5] if each["from"]):
        proof = growth(case)
        assert verifier(kept(tmp_path, "proof", proof))["ok"], case
        assert not verifier(kept(tmp_path, "proof", {**proof, "to_root": "00" * 32}))["ok"], case
        longer = {**proof, "path": [*case["path"], "00" * 32]}
        assert not verifier(kept(tmp_path, "proof", longer))["ok"], case


def test_a_consistency_proof_is_held_against_kept_checkpoints(
    verifier: Verifier, tmp_path: Path
) -> None:
    checkpoint = kept(tmp_path, "checkpoint", PROOFS["checkpoint"])
    size, root = PROOFS["checkpoint"].split("\n")[1:3]
    same = {"from": int(size), "to": int(size), "path": []}
    hexadecimal = b64decode(root).hex()
    agrees = growth({**same, "from_root": hexadecimal, "to_root": hexadecimal})
    forked = growth({**same, "from_root": "00" * 32, "to_root": "00" * 32})
    elsewhere = growth(PROOFS["consistencies"][-1])
    for proof, holds in ((agrees, True), (forked, False), (elsewhere, False)):
        result = verifier(kept(tmp_path, "proof", proof), *KEYS, "--checkpoint", checkpoint)
        assert result["ok"] is holds


def test_a_long_journal_with_full_tiles_is_taken(verifier: Verifier, tmp_path: Path) -> None:
    store = MemoryStore()
    application = Application(
        store, pepper=b"p" * 32, clock=StandingClock(), entropy=SeededEntropy()
    )
    ledger = application.open_ledger("main")
    ask(ledger, wish(commands.OpenAccount("bank", "USD", AccountType.ASSET)))
    ask(ledger, wish(commands.OpenAccount("customer", "USD", AccountType.LIABILITY)))
    for number in range(600):
        # A record of more than 65,535 bytes fits no bundle.
        metadata = {f"{n}": "x" * 500 for n in range(140)} if number == 300 else {}
        ask(ledger, wish(specimen.transfer("bank", "customer", number + 1, metadata=metadata)))
    application.close()
    export_journal(store, store.ledgers()[0], tmp_path)
    tiles = tmp_path / "log" / "tile"
    assert (tiles / "1" / "000.p" / "2").is_file()
    assert not (tiles / "entries" / "001").exists()
    assert verifier(tmp_path)["records"] == 603
    flip(tmp_path, "log/tile/0/001", 8191, 1)
    assert verifier(tmp_path)["first_bad"]["sequence"] == 257

"""The log from the command line: what it signed, receipts, and their check by somebody else."""

import json
from pathlib import Path

import pytest

from partita.journal.checkpoint import Checkpoint
from partita.journal.notes import Note, VerifierKey
from tests.unit.surfaces.cli.conftest import CommandLine


@pytest.fixture
def signed(partita: CommandLine) -> CommandLine:
    """A ledger with an account, signed up to its head, whichever test comes first."""
    partita("accounts", "open", "bank", "--asset", "USD", "--type", "asset", "--key", "bank")
    assert partita("log", "sign").status == 0
    return partita


def test_the_checkpoint_is_signed_by_the_key_that_is_told(signed: CommandLine) -> None:
    key = VerifierKey.parse(signed("log", "key").out.strip())
    note = Note.parse(signed("log", "checkpoint").out)
    assert note.signers([key]) == [key]
    shape = signed("log", "checkpoint", "--json").json
    assert shape["note"] == note.full()
    assert str(Checkpoint.parse(note.text).size) == shape["size"]
    listed = signed("log", "checkpoints", "--json").json
    assert listed[0] == shape
    assert shape["root"] in signed("log", "checkpoints").out


def test_a_receipt_is_written_once_and_checked(signed: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "receipt.json"
    assert signed("receipt", "2", "--out", str(file)).status == 0
    assert signed("receipt", "2", "--out", str(file)).status == 1
    assert json.loads(file.read_text()) == signed("receipt", "2").json
    key = signed("log", "key").out.strip()
    said = signed.plain("log", "check", str(file), "--key", key)
    assert (said.status, said.out.split(" of ")[0]) == (0, "ok: it proves record 2")
    forged = file.read_text().replace("bank", "bunk")
    file.write_text(forged)
    said = signed.plain("log", "check", str(file), "--key", key)
    assert said.status == 1
    assert "does not hold" in said.err
    assert signed.plain("log", "check", str(file), "--key", "nonsense").status == 1


def test_a_receipt_needs_the_witnesses_that_were_asked_for(
    signed: CommandLine, tmp_path: Path
) -> None:
    file, key = tmp_path / "receipt.json", signed("log", "key").out.strip()
    signed("receipt", "1", "--out", str(file))
    said = signed.plain("log", "check", str(file), "--key", key, "--witnesses", "1")
    assert said.status == 1
    assert "0 trusted witnesses" in said.err


def test_proofs_are_printed(signed: CommandLine) -> None:
    assert signed("log", "inclusion", "1").out.startswith("c2sp.org/tlog-proof@v1\nindex 0\n")
    assert signed("log", "inclusion", "1", "--json").json["index"] == "0"
    proof = signed("log", "consistency", "1", "2", "--json").json
    assert len(proof["path"]) == 1
    assert signed("log", "consistency", "1", "2").out.strip() == proof["path"][0]


def test_what_is_not_there_is_said(signed: CommandLine) -> None:
    for words in (("receipt", "999"), ("receipt", "txn_no"), ("log", "consistency", "1", "999")):
        said = signed(*words)
        assert said.status == 1
        assert said.out == ""
        assert said.err


def test_adopting_the_key_that_signs_already_changes_nothing(signed: CommandLine) -> None:
    kept = signed("log", "adopt-key", "--json").json
    assert (kept["place"], kept["verifier_key"]) == (1, signed("log", "key").out.strip())


def test_the_key_is_kept_in_a_file_for_its_owner_alone(signed: CommandLine) -> None:
    file = signed.folder / "log.key"
    assert file.stat().st_mode & 0o777 == 0o600
    assert len(bytes.fromhex(file.read_text().strip())) == 32


def test_doctor_minds_a_key_that_is_not_the_logs(signed: CommandLine, tmp_path: Path) -> None:
    file = signed.folder / "log.key"
    kept = file.read_text()
    try:
        file.write_text("ab" * 32)
        said = signed("doctor")
        assert said.status == 1
        assert "adopt-key" in said.err
        assert signed("log", "sign").status == 0, "nothing new is to be signed"
        signed("accounts", "open", "late", "--asset", "USD", "--type", "asset")
        assert signed("log", "sign").status == 3
    finally:
        file.write_text(kept)
    assert signed("log", "sign").status == 0

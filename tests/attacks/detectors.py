"""Who may find an insider out: each detector looks at a scene and says whether it found something."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec

from partita.adapters.stores.postgres.store import PostgresStore
from partita.engine.errors import CorruptJournal, NotFound, PartitaError, ReadOnly
from partita.engine.journal_export import export_journal
from partita.engine.verification import verify_ledger
from partita.journal.checkpoint import Checkpoint
from partita.journal.notes import BadNote
from partita.journal.receipts import Proof, Receipt, check_receipt
from tests.attacks import chain
from tests.attacks.scene import INFO, SEAL, Scene, opened

ROOT = Path(__file__).parents[2]


def by_chain(scene: Scene) -> bool:
    """The control."""
    return chain.is_broken(scene.dsn)


def by_verify(scene: Scene) -> bool:
    """`partita verify`: everything recomputed from what is stored."""
    with _stored(scene) as store:
        return not verify_ledger(store, INFO).ok


def by_export(scene: Scene) -> bool:
    """An auditor with an export, Python and `tools/verify.py`."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            with _stored(scene) as store:
                export_journal(store, INFO, Path(folder))
        except (PartitaError, ValueError, AssertionError):
            return True
        script = [sys.executable, "-I", str(ROOT / "tools" / "verify.py"), folder]
        run = subprocess.run(script, capture_output=True, text=True, check=False, timeout=120)
        assert run.returncode in (0, 1), run.stderr
        return run.returncode == 1


def by_receipt(scene: Scene) -> bool:
    """A customer with an old receipt, who asks what the log is now, and for the receipt anew.

    The old one holds for ever; what may be missing is a way from its checkpoint to today's.
    """
    old, keys = scene.receipt, [SEAL.verifier_key(INFO), scene.witness.key]
    assert check_receipt(old, keys, witnesses=1)
    proved = Checkpoint.parse(Proof.parse(old.proof or "").checkpoint.text)
    with opened(scene.database) as application:
        prover, head = application.prover, application.store.head(INFO)
        try:
            growth = prover.consistency(INFO, proved.size, head.sequence).growth
            record = prover.record(INFO, old.sequence)
            again = msgspec.convert(msgspec.to_builtins(prover.receipt(INFO, record)), Receipt)
            check_receipt(again, keys, witnesses=1 if again.proof else 0)
        except (CorruptJournal, NotFound, BadNote):
            return True
        return growth.old_root != proved.root or again.record != old.record


def by_start(scene: Scene) -> bool:
    """The server's own check when it opens the books: the file beside the key remembers."""
    with opened(scene.database, memory=scene.cosigned) as application:
        application.guard.look(INFO)
        return application.guard.verdict(INFO) is not None


def by_witness(scene: Scene) -> bool:
    """The next contact with the witness, where every file of the server was changed as well."""
    with opened(scene.database, (scene.witness,)) as application:
        try:
            application.notary.sign(INFO)
        except CorruptJournal:
            return False  # what is not signed is not shown; another detector has found it
        application.publisher.start(patience_seconds=30)
        if (verdict := application.guard.verdict(INFO)) is not None:
            assert isinstance(verdict, ReadOnly)
        return verdict is not None


DETECTORS: dict[str, Callable[[Scene], bool]] = {
    "verify": by_verify,
    "export": by_export,
    "receipt": by_receipt,
    "start": by_start,
    "witness": by_witness,
}


def _stored(scene: Scene) -> "_Stored":
    return _Stored(scene)


class _Stored:
    """The store alone, without an engine on it."""

    def __init__(self, scene: Scene) -> None:
        self._store = PostgresStore(scene.database.poster, scene.database.reader, connections=4)

    def __enter__(self) -> PostgresStore:
        return self._store

    def __exit__(self, *_: object) -> None:
        self._store.close()


def told(text: str) -> dict[str, object]:
    """What a program printed."""
    found: dict[str, object] = json.loads(text)
    return found

"""`partita doctor`: looks for what could be wrong, and says how to mend it."""

import os
import shutil
import stat
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from partita import __version__
from partita.config import Settings
from partita.engine.integrity import IntegrityStatus
from partita.engine.notary import PROMISE_MILLISECONDS
from partita.journal.checkpoint import Checkpoint as SignedHead
from partita.journal.notes import Note
from partita.surfaces.cli.place import HERE, Place, opened
from partita.surfaces.cli.talk import emit, say, table

if TYPE_CHECKING:  # wiring loads psycopg, for which no help text should wait
    from partita.engine.ports import LedgerInfo
    from partita.journal.record import Head
    from partita.wiring import Application

_LITTLE_DISK_BYTES = 1 << 30


class Check(NamedTuple):
    """One thing looked at: well or not, what was found, and the mend if it is not well."""

    name: str
    ok: bool
    found: str
    mend: str = ""


def doctor(*, place: Place = HERE) -> int:
    """Look at settings, server, heads, keys and disk. Exit status 1 if anything wants mending."""
    settings = place.settings()
    with opened(place) as application:
        checks = [*_surroundings(settings), *_server(application), *_ledgers(application)]
    ok = all(check.ok for check in checks)
    if place.json:
        emit({"ok": ok, "checks": [check._asdict() for check in checks]})
        return 0 if ok else 1
    table(("check", "", "found"), ((c.name, "ok" if c.ok else "MEND", c.found) for c in checks))
    for check in checks:
        if check.mend:
            say(f"Mend {check.name}: {check.mend}")
    return 0 if ok else 1


def _surroundings(settings: Settings) -> Iterator[Check]:
    python = ".".join(map(str, sys.version_info[:3]))
    yield Check("program", True, f"partita {__version__}, Python {python}")
    if settings.database_url is not None:
        yield Check("place", True, "a database by URL")
        return
    yield Check("place", True, f"data folder {settings.data}")
    free = shutil.disk_usage(settings.data).free
    enough = free >= _LITTLE_DISK_BYTES
    mend = "" if enough else "make room: a full disk stops all writing (nothing is lost)."
    yield Check("disk", enough, f"{free / 1e9:.1f} GB free", mend)
    if settings.secret is not None:
        yield Check("key file", True, "none: the secret is given")
    else:
        yield _pepper(settings.data / "pepper")


def _pepper(file: Path) -> Check:
    """The secret of API keys: there, and nobody else's to read."""
    if not file.is_file():
        return Check(
            "key file", False, f"{file} is missing", "put it back from a backup: keys need it."
        )
    mode = stat.S_IMODE(file.stat().st_mode)
    if mode & 0o077:
        return Check("key file", False, f"mode {mode:o}", f"chmod 600 {file}")
    is_mine = file.stat().st_uid == os.geteuid()
    return Check("key file", True, f"mode {mode:o}" + ("" if is_mine else ", another user's"))


def _server(application: "Application") -> Iterator[Check]:
    safety = getattr(application.store, "safety", None)
    if safety is None:
        return
    yield Check("PostgreSQL", True, safety.version)
    yield Check("durability", not safety.dangers, "; ".join(safety.dangers) or "safe",
                "; ".join(safety.dangers))  # fmt: skip
    # Advice is worth having, not worth a failure.
    yield Check("advice", True, "; ".join(safety.advice) or "none")


def _log(application: "Application", info: "LedgerInfo", head: "Head") -> Check:
    """The log: signed by the key that is here, and not behind for longer than was promised."""
    name, keys = f"log of {info.name}", application.store.log_keys(info)
    mine = application.notary.seal.verifier_key(info).text()
    if keys and mine not in {key.verifier_key for key in keys}:
        mend = f"bring the key of {keys[-1].verifier_key}, or say `partita log adopt-key`."
        return Check(name, False, f"the key here is {mine}", mend)
    signed = application.notary.signed_up_to(info)
    waits_milliseconds = (application.clock.now() - head.recorded_at) // 1_000
    fits = signed >= head.sequence or waits_milliseconds < PROMISE_MILLISECONDS
    mend = "" if fits else "say `partita log sign`, and see why the server did not."
    return Check(name, fits, f"signed up to {signed:,} of {head.sequence:,}", mend)


def _ledgers(application: "Application") -> Iterator[Check]:
    store = application.store
    for info in store.ledgers():
        head = store.head(info)
        records = store.records(info, max(head.sequence - 1, 0), 2)
        fits = len(records) == (1 if head.sequence else 0)
        mend = "" if fits else "run `partita verify`: head and journal disagree."
        found = f"sequence {head.sequence:,}, last at {head.recorded_at.text()}"
        yield Check(f"ledger {info.name}", fits, found, mend)
        yield _integrity(application, info)
        yield _log(application, info, head)
        yield _writing(application, info)
        yield _sagas(application, info)
    keys = store.keys()
    usable = sum(key.revoked_at is None for key in keys)
    yield Check("API keys", True, f"{usable} usable of {len(keys)}")
    yield from _witnesses(application)


def _integrity(application: "Application", info: "LedgerInfo") -> Check:
    """What the standing auditor of a server left behind."""
    name, noted = f"integrity of {info.name}", application.store.integrity(info)
    if noted is None:
        return Check(name, True, "no server has audited it yet; `partita verify` does it now")
    moment, body = noted
    status = msgspec.json.decode(body, type=IntegrityStatus)
    told = f"{status.state.value}, {status.coverage:.0%} seen, {status.passes} passes"
    if not status.findings:
        return Check(name, True, f"{told}, as of {moment.text()}")
    first = status.findings[0]
    found = f"{told}: {first.table} {first.what}, record {first.sequence}"
    return Check(name, False, found, "run `partita verify`; docs/operating.md says what then.")


def _writing(application: "Application", info: "LedgerInfo") -> Check:
    """Whether the journal still holds what witnesses vouched for, and so may be written."""
    application.guard.look(info)
    if (verdict := application.guard.verdict(info)) is not None:
        return Check(f"writing {info.name}", False, "read-only", str(verdict))
    last = application.guard.last(info)
    found = "nothing cosigned yet" if last is None else f"cosigned up to {_size(last.note):,}"
    return Check(f"writing {info.name}", True, found)


def _sagas(application: "Application", info: "LedgerInfo") -> Check:
    """Flows of several steps: whether one is late or stuck."""
    name, overdue = f"sagas of {info.name}", application.sagas.overdue(info)
    if not overdue:
        return Check(name, True, f"{application.sagas.counts(info).total()} under way, none late")
    first = overdue[0]
    found = f"{len(overdue)} late or stuck, such as {first.id} at {first.step.name}"
    return Check(name, False, found, "see `partita sagas list --overdue`; docs/sagas.md.")


def _size(note: str) -> int:
    return SignedHead.parse(Note.parse(note).text).size


def _witnesses(application: "Application") -> Iterator[Check]:
    standings = application.publisher.standings()
    if not standings:
        yield Check("witnesses", True, "none: nobody outside remembers the logs")
    for ledger, witness, vouched, problem in map(msgspec.structs.astuple, standings):
        found = "nothing cosigned"
        if vouched is not None:
            age = max(0, int(time.time()) - vouched.seconds)
            found = f"size {vouched.size:,} of {ledger}, {age} s ago"
        mend = "" if problem is None else f"{problem} (writing goes on meanwhile)"
        yield Check(f"witness {witness}", problem is None, found, mend)

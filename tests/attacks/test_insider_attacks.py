"""Fourteen attacks by an insider with all power over the database, and who finds each of them.

The detectors are: `partita verify`, `tools/verify.py` on an export, a customer's old receipt, the
server's check at its start, and the next contact with a witness. The control is a bare hash chain.
"""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from partita.adapters.witnesses.over_http import HttpWitness
from partita.engine import publishing
from partita.engine.errors import ReadOnly
from partita.engine.idempotency import wish
from partita.surfaces.witness.memory import Memory
from partita.wiring import Application
from tests.attacks.detectors import DETECTORS, ROOT, by_chain
from tests.attacks.insider import ATTACKS, Attack, truncate_the_tail
from tests.attacks.scene import INFO, Scene, made, opened, until_cosigned
from tests.plugins.postgres import PostgresDatabases
from tests.plugins.steering import ask
from tests.plugins.witness_process import witness_process
from tests.unit.engine.bookkeeping import pay


@pytest.fixture
def scene(postgres_databases: PostgresDatabases, tmp_path: Path) -> Iterator[Scene]:
    scene = made(postgres_databases, tmp_path)
    first, backup = scene.database, scene.backup
    yield scene
    scene.witness.memory.close()
    for database in {each.name: each for each in (first, backup, scene.database)}.values():
        postgres_databases.drop(database)


def finders(scene: Scene) -> set[str]:
    return {name for name, finds in DETECTORS.items() if finds(scene)}


def test_nobody_cries_wolf(scene: Scene) -> None:
    assert not by_chain(scene)
    assert finders(scene) == set()


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_the_attack_is_found(scene: Scene, attack: Attack) -> None:
    attack.do(scene)
    assert by_chain(scene) is attack.chain_finds
    assert finders(scene) == attack.found_by


OUTSIDE = ("6", "7", "8", "9", "14")
"""The attacks that leave the database well in itself: only a memory outside of it contradicts."""


def test_all_fourteen_are_covered_and_the_chain_would_have_missed_ten() -> None:
    by_number: dict[str, list[Attack]] = {}
    for attack in ATTACKS:
        by_number.setdefault(attack.number, []).append(attack)
    assert list(by_number) == [str(number) for number in range(1, 15)]
    assert all(attack.found_by for attack in ATTACKS)
    chained = [number for number, each in by_number.items() if each[0].chain_finds]
    assert chained == ["1", "3", "4", "5"]
    unseen_within = [
        n for n, each in by_number.items() if not each[0].found_by & {"verify", "export"}
    ]
    assert tuple(unseen_within) == OUTSIDE


def test_the_page_has_the_same_table() -> None:
    names = list(DETECTORS)
    head = f"| # | attack | bare chain | {' | '.join(names)} |"
    lines = [head, "|" + "---|" * (3 + len(names))]
    for attack in ATTACKS:
        found = [name in attack.found_by for name in names]
        marks = " | ".join("found" if each else "–" for each in (attack.chain_finds, *found))
        lines.append(f"| {attack.number} | {attack.words} | {marks} |")
    page = (ROOT / "docs" / "proofs.md").read_text("utf-8")
    assert "\n".join(lines) in page, "\n".join(lines)


def until_stopped(application: Application, limit_seconds: float = 60.0) -> float:
    """The seconds until a ledger is read-only."""
    started = time.monotonic()
    while application.guard.verdict(INFO) is None:
        assert time.monotonic() - started < limit_seconds, "nobody found it"
        time.sleep(0.01)
    return time.monotonic() - started


@pytest.mark.parametrize(
    "attack", [a for a in ATTACKS if a.number in OUTSIDE], ids=lambda attack: attack.name
)
def test_the_next_contact_finds_what_no_look_inside_can(scene: Scene, attack: Attack) -> None:
    """Over HTTP, with a witness in its own process, and nothing beside the key to help."""
    scene.witness.memory.close()
    attack.do(scene)
    with witness_process(scene.folder / "witness") as running:
        near = HttpWitness(running.url, running.key)
        with opened(scene.database, (near,), seed=20) as application:
            ledger = application.ledger()
            ask(ledger, wish(pay("bank", "bob", 1), key="the insider goes on"))
            application.publisher.start(patience_seconds=0)
            seconds = until_stopped(application)
            with pytest.raises(ReadOnly, match="read-only"):
                ask(ledger, wish(pay("bank", "bob", 1), key="and on"))
            assert application.store.records(INFO, 0, 1), "reading goes on"
    print(f"attack {attack.name}: found {seconds:.2f} s after the server began")
    scene.witness.memory = Memory(scene.folder / "witness")


@pytest.mark.parametrize("beat", [1.0, pytest.param(None, marks=pytest.mark.slow)])
@pytest.mark.parametrize("is_busy", [True, False], ids=["busy", "quiet"])
def test_what_is_cut_off_under_a_running_server_is_found_within_a_minute(
    scene: Scene, is_busy: bool, beat: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tail goes while the server runs: a new record or the heartbeat brings the next contact."""
    if beat is not None:
        monkeypatch.setattr(publishing, "HEARTBEAT_SECONDS", beat)
    with opened(scene.database, (scene.witness,), scene.cosigned, seed=20) as application:
        ledger = application.ledger()
        application.publisher.start()
        until_cosigned(application)
        truncate_the_tail(scene)
        if is_busy:
            ask(ledger, wish(pay("bank", "bob", 1), key="somebody pays"))
        seconds = until_stopped(application)
    kind = "busy" if is_busy else "quiet"
    print(f"attack 6 under a running, {kind} server: found after {seconds:.1f} s")

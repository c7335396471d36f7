"""`./dev new rail NAME`: what it writes is wired and tidy, and its contract fails where the work is."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.fences import ROOT
from tools.new import Refused, new_rail, wired

COPIED = ("pyproject.toml", "src", "tools", "tests/__init__.py", "tests/conftest.py")
COPIED_TESTS = ("plugins", "contracts/rail.py")
# A network in memory: what somebody writes who fills the scaffold in.
CLIENT = """
from partita.modules.payments.rail import Progress, SubmissionReused


class Network:
    def __init__(self):
        self.orders = {}


class Client:
    def __init__(self, network):
        self.orders = network.orders

    def send(self, identifier, raw):
        if self.orders.setdefault(identifier, raw) != raw:
            raise SubmissionReused(identifier)
        return f"acme-{identifier}"

    def fetch(self, after, limit):
        start = int(after or "0") if (after or "0").isdigit() and after != "" else -1
        if not 0 <= start <= len(self.orders) or after == "½":
            raise ValueError(f"no cursor: {after!r}")
        if limit < 1:
            raise ValueError("a page has at least one message")
        found = list(self.orders.values())[start : start + limit]
        return found, str(start + len(found))

    def ask(self, identifier):
        return Progress.SETTLED if identifier in self.orders else Progress.UNKNOWN
"""
MESSAGES = """
import json

from partita.kernel.moment import Moment
from partita.modules.payments.rail import MessageType, RailMessage


def compose(submission):
    return json.dumps([submission.id, submission.amount, submission.asset])


def parse(raw):
    order, amount, asset = json.loads(raw)
    return RailMessage(f"m-{order}", MessageType.SETTLED, order, amount, asset, Moment(0), raw)
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of as much of the repository as a rail and its contract need."""
    for name in (*COPIED, *(f"tests/{name}" for name in COPIED_TESTS)):
        source, target = ROOT / name, tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    return tmp_path


def run(copy: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the copy, on the copy's sources."""
    return subprocess.run(
        [sys.executable, *command],
        cwd=copy,
        env={"PYTHONPATH": "src", "PATH": "/usr/bin:/bin", "HOME": str(copy), "COLUMNS": "300"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def contract(copy: Path) -> subprocess.CompletedProcess[str]:
    """Run the contract of the scaffolded rail."""
    test = "tests/unit/adapters/rails/test_acme_pay.py"
    return run(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", test)


def test_a_scaffolded_rail_fails_its_contract_where_the_work_is_and_passes_when_it_is_done(
    copy: Path,
) -> None:
    made = run(copy, "tools/new.py", "rail", "acme_pay")
    assert made.returncode == 0, made.stderr
    listed = run(copy, "-c", "from partita.adapters.rails.networks import *; print(*NETWORKS)")
    assert listed.stdout.split() == ["book", "simulator", "acme_pay"], listed.stderr

    begun = contract(copy)
    assert begun.returncode == 1, begun.stdout + begun.stderr
    reasons = set(re.findall(r"NotImplementedError: (acme_pay: say in \w+\.py .*)", begun.stdout))
    assert reasons == {
        "acme_pay: say in messages.py how an order is written",
        "acme_pay: say in client.py how messages are fetched",
        "acme_pay: say in client.py how a status is asked for",
    }
    failed = [line for line in begun.stdout.splitlines() if line.startswith("FAILED")]
    assert all("NotImplementedError: acme_pay: say in" in line for line in failed)

    folder = copy / "src/partita/adapters/rails/acme_pay"
    (folder / "client.py").write_text(CLIENT)
    (folder / "messages.py").write_text(MESSAGES)
    test = copy / "tests/unit/adapters/rails/test_acme_pay.py"
    text = test.read_text().replace("import Client", "import Client, Network")
    text = text.replace(
        "        return lambda", "        network = Network()\n        return lambda"
    )
    test.write_text(text.replace("Client(), clock", "Client(network), clock"))
    done = contract(copy)
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_is_written_is_formatted_and_linted(copy: Path) -> None:
    written = [str(path) for path in new_rail(copy, "acme_pay") if path.suffix == ".py"]
    for words in (["check"], ["format", "--check"]):
        judged = run(copy, "-m", "ruff", *words, "--no-cache", *written)
        assert judged.returncode == 0, judged.stdout + judged.stderr


@pytest.mark.parametrize("name", ["", "Acme", "9lives", "a", "../x", "class", "a-b", "x" * 40])
def test_a_name_that_no_rail_can_have_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(Refused, match="is called by a word"):
        new_rail(tmp_path, name)


def test_a_name_that_is_taken_is_refused_and_nothing_is_written(copy: Path) -> None:
    before = sorted(copy.rglob("*"))
    with pytest.raises(Refused, match="there is a rail of that name"):
        new_rail(copy, "book")
    assert sorted(copy.rglob("*")) == before


def test_the_table_of_rails_stays_in_the_order_of_the_alphabet() -> None:
    text = (ROOT / "src/partita/adapters/rails/networks.py").read_text()
    for name in ("aaa", "zzz"):
        text = wired(text, name)
    found = re.findall(r"^from partita\.(\S+)", text, flags=re.MULTILINE)
    assert found == sorted(found)
    assert '    "aaa": make_aaa,\n    "zzz": make_zzz,\n}' in text

"""Plays the tables beside the example templates: what each renders to, and what it refuses.

Every rendered table is also posted, to a ledger in memory: what a template makes, the rules take.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from partita.adapters.conditions.cel import CelConditions
from partita.adapters.formats.template_file import read_template_file
from partita.adapters.stores.memory import MemoryStore
from partita.adapters.system import SystemClock, SystemEntropy
from partita.engine.idempotency import wish
from partita.engine.ledger import Ledger
from partita.engine.outcome import Accepted
from partita.kernel.account import AccountType, Side
from partita.kernel.commands import OpenAccount, OpenLedger
from partita.kernel.moment import Moment
from partita.kernel.posting import Posting
from partita.modules.templates.compiling import compile_template
from partita.modules.templates.errors import TemplateError
from partita.modules.templates.template import Template
from tests.plugins.steering import ask
from tests.tidy.source import ROOT

FOLDER = ROOT / "examples" / "templates"
_REFUSED = re.compile(r"refused (?P<given>.*): (?P<words>.+)")


class Case(NamedTuple):
    """One line of a table: arguments, and the postings or the words of the refusal."""

    line: int
    arguments: dict[str, str]
    postings: list[Posting]
    refusal: str | None


def cases(text: str) -> Iterator[Case]:
    """Read a table; what is not understood fails loudly."""
    case: Case | None = None
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.partition("#")[0].rstrip()
        if line.startswith(" "):
            assert case is not None, f"line {number}: postings of nothing"
            side, account, amount, asset = line.split()
            case.postings.append(Posting(account, Side(side), int(amount), asset))
        elif line:
            if case is not None:
                yield case
            case = _begun(number, line)
    if case is not None:
        yield case


def _begun(number: int, line: str) -> Case:
    refused = _REFUSED.fullmatch(line)
    words = refused["given"] if refused else line.removeprefix("given ")
    arguments = dict(word.split("=", 1) for word in words.split())
    return Case(number, arguments, [], refused["words"] if refused else None)


def template(path: Path) -> Template:
    """An example, compiled."""
    return compile_template(read_template_file(path), CelConditions())


EXAMPLES = sorted(FOLDER.glob("*.yaml"))


def test_every_example_has_a_table_and_a_line_in_the_readme() -> None:
    readme = (FOLDER / "README.md").read_text()
    assert EXAMPLES
    assert all(path.with_suffix(".txt").is_file() for path in EXAMPLES)
    assert all(f"({path.name})" in readme for path in EXAMPLES)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_renders_what_its_table_says(path: Path) -> None:
    scheme = template(path)
    for case in cases(path.with_suffix(".txt").read_text()):
        if case.refusal is None:
            command = scheme.render(case.arguments)
            assert list(command.postings) == case.postings, f"line {case.line}"
            assert command.type == scheme.document.type
        else:
            with pytest.raises(TemplateError, match=re.escape(case.refusal)):
                scheme.render(case.arguments)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_what_an_example_renders_is_accepted_by_the_rules(path: Path) -> None:
    scheme = template(path)
    store = MemoryStore()
    info = store.create_ledger("main", Moment(0))
    ledger = Ledger(info, store, SystemClock(), SystemEntropy())
    ask(ledger, wish(OpenLedger("main")))
    opened: set[str] = set()
    for case in cases(path.with_suffix(".txt").read_text()):
        for posting in case.postings:
            if posting.account not in opened:
                opened.add(posting.account)
                command = OpenAccount(posting.account, posting.asset, AccountType.LIABILITY)
                ask(ledger, wish(command))
        if case.refusal is None:
            arguments = dict(case.arguments)
            if "month" in arguments:
                arguments["month"] = f"{case.line}"  # an external_id is taken once
            [outcome] = ask(ledger, wish(scheme.render(arguments)))
            assert isinstance(outcome, Accepted), outcome
    ledger.close()

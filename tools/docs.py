"""Build and check the documents: reference pages are written from the code, links are followed.

`./dev docs` writes `docs/reference/` anew and follows every link between files; `--check` writes
nothing and fails where a page has drifted from the code or a link leads nowhere; `--print NAME`
prints one page; `--measured FILE` fills in the README's table of figures. Snippets are executed by `tests/docs`, not here.
"""

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from partita.adapters.stores.postgres.binaries import FOLDER_VARIABLE
from partita.adapters.stores.postgres.server_user import USER_VARIABLE
from partita.config import VARIABLES, Settings
from partita.kernel import commands, decide, rejections
from partita.kernel.account import (
    NORMAL_SIDE,
    Account,
    AccountStatus,
    AccountType,
    FreezeFlow,
    Side,
    Totals,
)
from partita.kernel.book import Book, Standing, evolve
from partita.kernel.context import Context
from partita.kernel.moment import Moment
from partita.surfaces.http.openapi import public_path
from partita.surfaces.http.problems import HTTP_PROBLEMS, PROBLEMS, ProblemKind

sys.path.insert(
    0, str(Path(__file__).resolve().parent.parent)
)  # run as a script, it knows only tools/
from tools.lives import hold_steps, transaction_steps
from tools.payment_tables import tables as payment_tables

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "docs" / "reference"
MIGRATIONS = ROOT / "src/partita/adapters/stores/postgres/migrations"
_NOTE = "<!-- Written by `./dev docs` from the code; edit the code instead. -->"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A table in Markdown; bars and line ends in cells are made harmless."""
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    for row in rows:
        cells = (cell.replace("|", "\\|").replace("\n", " ") for cell in row)
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def page(title: str, lines: Iterable[str]) -> str:
    """A whole page out of its title and lines."""
    return "\n".join([f"# {title}", "", _NOTE, "", *lines]).rstrip() + "\n"


# --- the pages -----------------------------------------------------------------------------------


def errors() -> str:
    """Every code that an answer can carry, with its status, cause and mend."""
    rules = [PROBLEMS[code.value] for code in rejections.Code]
    return page(
        "Error codes",
        [
            "Every answer with a status of 400 or above is a problem (RFC 9457) with one of these",
            "codes. `GET /errors/{code}` says the same on your own server, `partita explain CODE` on",
            "the command line. A 4xx has moved nothing. After a 5xx the same request with the same",
            "Idempotency-Key tells what became of it, and is done at most once.",
            "",
            "## What the rules refuse",
            "",
            "By precedence: where several rules object, the first in this table is the answer. A",
            "rejection is stored under its Idempotency-Key: the same key has the same answer for ever.",
            "",
            *table(("code", "status", "what happened", "mend"), map(_row, rules)),
            "",
            "## What the HTTP interface refuses or cannot do",
            "",
            "Nothing of it is stored under the Idempotency-Key, which may be sent again. Where the last",
            "column says yes, the very same request may succeed later.",
            "",
            *table(
                ("code", "status", "what happened", "mend", "retryable"),
                ((*_row(kind), "yes" if kind.retryable else "") for kind in HTTP_PROBLEMS.values()),
            ),
        ],
    )


def _row(kind: ProblemKind) -> tuple[str, ...]:
    return f"`{kind.code}`", str(kind.status), kind.title, kind.fix


def accounts() -> str:
    """Types, sides, and the life of an account, as the kernel decides it."""
    steps = list(_transitions())
    widest = max(len(before) for before, _, _ in steps)
    return page(
        "Accounts",
        [
            "## Types",
            "",
            "A balance is shown on the account's normal side. `normal_side` may be set when the",
            "account is opened; otherwise it is the usual one of the type.",
            "",
            *table(("type", "normal side"), ((t.value, NORMAL_SIDE[t].value) for t in AccountType)),
            "",
            "## Status",
            "",
            *table(
                ("status", "takes postings", "allowed actions"),
                (
                    (
                        status.value,
                        _TAKES[status],
                        ", ".join(decide.ALLOWED_ACTIONS[status]) or "none",
                    )
                    for status in AccountStatus
                ),
            ),
            "",
            "```text",
            *(f"{before:>{widest}} ── {action} ─► {after}" for before, action, after in steps),
            "```",
            "",
            "Anything else is refused with `invalid_state`, which names the allowed actions. Closing",
            "asks for an empty account, else it is refused with `account_not_empty`.",
            "",
            "A freeze has a `flow`: `in` stops what would raise the account's balance on its normal",
            "side, `out` what would lower it (postings and holds), `both`, the default, all of it.",
            "A freeze over a freeze stops what either does; one that would stop nothing more is",
            "refused with `invalid_state`. `unfreeze` lifts all of it.",
        ],
    )


_TAKES = {
    AccountStatus.OPEN: "yes",
    AccountStatus.FROZEN: "no",
    AccountStatus.FROZEN_IN: "only those that lower its balance",
    AccountStatus.FROZEN_OUT: "only those that raise its balance",
    AccountStatus.CLOSED: "no",
}


def _transitions() -> Iterator[tuple[str, str, str]]:
    """Status, action, status after: found by deciding each action in each status."""
    yield "(nothing)", "open", AccountStatus.OPEN.value
    account = Account(1, "acc_1", "a", AccountType.ASSET, Side.DEBIT, "USD")
    for status, actions in decide.ALLOWED_ACTIONS.items():
        for action in actions:
            book = Book()
            book.put(Standing(account, status, 0, Totals()))
            yield status.value, action, _status_after(book, _account_command(action))
    for flow in (FreezeFlow.IN, FreezeFlow.OUT):
        book = Book()
        book.put(Standing(account))
        after = _status_after(book, commands.FreezeAccount("a", None, flow))
        yield AccountStatus.OPEN.value, f"freeze, flow {flow.value}", after


def _account_command(action: str) -> commands.ChangeAccount:
    command: commands.ChangeAccount = getattr(commands, f"{action.title()}Account")("a")
    return command


def _status_after(book: Book, command: commands.ChangeAccount) -> str:
    context = Context(Moment(0), 2, lambda prefix: f"{prefix}2")
    event = decide.decide(book, command, context)
    assert not isinstance(event, rejections.Rejection), "an allowed action is allowed"
    evolve(book, event)
    return book.standings["a"].status.value


def lives() -> str:
    """What may be done to holds and transactions in each status, and what comes of it."""
    return page(
        "Holds and transactions",
        [
            "What may be done in each status, and the status after it, found by deciding it.",
            "Anything else is refused with `invalid_state`, which names the allowed actions.",
            "",
            "## Holds",
            "",
            *_drawn(hold_steps()),
            "",
            "An expired hold may be captured only if its `late_capture` is `allowed`. It stays",
            "`expired` until nothing of it can be captured any more.",
            "",
            "## Transactions",
            "",
            *_drawn(transaction_steps()),
            "",
            "What is wholly reversed is refused with `already_reversed`. A reversal cannot be reversed:",
            "post the transaction again.",
        ],
    )


def _drawn(steps: Iterable[tuple[str, str, str]]) -> list[str]:
    found = list(steps)
    widest = max(len(before) for before, _, _ in found)
    drawn = (f"{before:>{widest}} ── {action} ─► {after}" for before, action, after in found)
    return ["```text", *drawn, "```"]


def settings() -> str:
    """Settings of the program, and what else it takes from the environment."""
    rows = []
    for field in msgspec.inspect.type_info(Settings).fields:  # type: ignore[attr-defined]
        meta = getattr(field.type, "extra_json_schema", None) or {}
        variable = VARIABLES.get(field.name)
        shown = "" if field.default is None else f"`{field.default}`"
        name = f"`{variable}`" if variable else ""
        rows.append((f"`{field.name}`", name, shown, str(meta.get("description", ""))))
    return page(
        "Settings",
        [
            "Settings are read once, when the program starts. Options of the command line and arguments",
            "of `partita.open` go before the environment.",
            "",
            *table(("setting", "variable", "default", "meaning"), rows),
            "",
            "Two more variables are about the embedded PostgreSQL:",
            "",
            *table(
                ("variable", "meaning"),
                (
                    (f"`{FOLDER_VARIABLE}`", "The folder with `postgres`, `initdb` and `pg_ctl`."),
                    (f"`{USER_VARIABLE}`", "The OS user that it runs as, when we run as root."),
                ),
            ),
        ],
    )


def schema() -> str:
    """Tables and columns, out of the migrations and their comments."""
    text = "\n".join(file.read_text(encoding="utf-8") for file in sorted(MIGRATIONS.glob("*.sql")))
    comments = {
        name: words.replace("''", "'")
        for name, words in re.findall(r"comment on \w+ ([\w.]+) is\s+'((?:[^']|'')*)'", text)
    }
    lines = [
        "All tables stand in the schema `partita`. The only one that is updated at each commit is",
        "`head`; `journal`, `entry` and `outcome` refuse UPDATE, DELETE and TRUNCATE from anybody.",
        "`resource` is updated as its things change.",
    ]
    for name, body in re.findall(
        r"^create table (\w+) \(\n(.*?)^\)", text, re.MULTILINE | re.DOTALL
    ):
        lines += ["", f"## {name}", "", comments.get(name, ""), ""]
        columns = re.findall(
            r"^    (?!primary key|unique|check|foreign)(\w+) (.+?),?$", body, re.MULTILINE
        )
        # What later migrations added.
        columns += re.findall(rf"^alter table {name} add column (\w+) (.+?);$", text, re.MULTILINE)
        lines += table(
            ("column", "type", "meaning"),
            ((f"`{c}`", f"`{kind}`", comments.get(f"{name}.{c}", "")) for c, kind in columns),
        )
        keys = re.findall(r"^    ((?:primary key|unique) \(.+?\)),?$", body, re.MULTILINE)
        if keys:
            lines += ["", "Keys: " + ", ".join(f"`{key}`" for key in keys) + "."]
    return page("The schema", lines)


def command_line() -> str:
    """Every verb with its arguments, as the command line itself declares them."""
    # Imported here, since the other pages need none of it.
    from cyclopts import App  # noqa: PLC0415

    from partita.surfaces.cli.commands import CHAPTERS, overview  # noqa: PLC0415

    lines = ["```text", overview(), "```"]
    for chapter in CHAPTERS:
        lines += ["", f"## {chapter.title}"]
        for command in chapter.commands:
            app = App(name="partita", help_flags=[], version_flags=[])
            app.command(command.target, name=command.name)
            text = str(app.generate_docs(output_format="markdown", heading_level=2))
            lines += ["", text[text.index(f"### partita {command.name}") :].strip()]
    text = "\n".join(lines).replace("```console", "```text")
    return page("The command line", re.sub(r"\n{3,}", "\n\n", text).split("\n"))


def operations() -> str:
    """Every operation of the HTTP interface, as it is declared beside its handler."""
    from partita.surfaces.http.routes import OPERATIONS  # noqa: PLC0415 - it loads the server

    rows = (
        (
            f"`{each.method} {public_path(each)}`",
            each.summary,
            "none" if each.scope is None else each.scope.value,
            each.key.value,
        )
        for each in OPERATIONS
    )
    return page(
        "The HTTP interface",
        [
            "`/openapi.json` has the forms of bodies and replies. How all operations behave is in",
            "[http.md](../http.md).",
            "",
            *table(("operation", "what it does", "scope of the API key", "Idempotency-Key"), rows),
        ],
    )


def payments() -> str:
    """The transition table of each type of payment, with what every step moves."""
    return page(
        "Payments",
        [
            "One table for each type: its states in the words that all types share, what may be done in",
            "each, and what a step moves, by roles. `source` and `destination` are the payment's own",
            "parties, the other roles are places of the [chart of accounts](../chart.md). *Step* is the part",
            "that a step is about; *credited* what a dispute gave provisionally. A role in parentheses",
            "stands in for a party whose account cannot take part, where the world has moved the money",
            "already. Anything else is refused with `invalid_state`, which names the allowed actions.",
            *payment_tables(),
        ],
    )


PAGES: dict[str, Callable[[], str]] = {
    "accounts": accounts,
    "command-line": command_line,
    "errors": errors,
    "lives": lives,
    "operations": operations,
    "payments": payments,
    "schema": schema,
    "settings": settings,
}
"""The name of each page below `docs/reference/`, and what writes it."""


# --- figures -------------------------------------------------------------------------------------

MEASURED = {
    "baseline_10000": "SQL baseline, 10,000 accounts",
    "baseline_10": "SQL baseline, 10 accounts",
    "bulk_8000": "library, batches of 8,000",
    "bulk_8000_hot": "library, batches of 8,000, 10 accounts",
    "bulk_100": "library, batches of 100",
    "singles_512": "library, 512 tasks, one transfer each",
    "http_64": "HTTP, 64 connections, one transfer each",
    "http_256": "HTTP, 256 connections, one transfer each",
    "http_wallets_256": "HTTP, 256 connections, one transfer from wallet to wallet each",
}
"""The parts of `./dev bench` that the README shows, and how it calls them."""
_MEASURED = re.compile(r"(?<=<!-- measured -->\n).*?(?=<!-- /measured -->)", re.DOTALL)


def measured(run: Mapping[str, Any]) -> str:
    """The README's table out of what `./dev bench --json` printed, and where it was measured."""
    machine = run["machine"]
    lines = table(("", "transfers/s", "p50 ms", "p99 ms", "× baseline"), ())
    lines[1] = "|---|---:|---:|---:|---:|"
    for part, words in MEASURED.items():
        rate, p50, p99, ratio = (run[part][key] for key in ("rate", "p50_ms", "p99_ms", "ratio"))
        lines.append(f"| {words} | {rate:,.0f} | {p50:,.1f} | {p99:,.1f} | {ratio:.2f} |")
    where = (
        f"Measured on {run['date'][:10]} at commit {run['commit']}: {machine['cores']} cores of"
        f" {machine['processor']}, {machine['python']}, PostgreSQL {machine['postgres']} on"
        f" {machine['filesystem']}; peak memory of our own process {run['memory_mb']:,.0f} MB."
    )
    return "\n".join([*lines, "", where, ""])


def fill_in(run: Mapping[str, Any], readme: Path = ROOT / "README.md") -> None:
    """Write the figures of a run into the README."""
    text, count = _MEASURED.subn(lambda _: measured(run), readme.read_text(encoding="utf-8"))
    assert count == 1, "the README has one place for figures"
    readme.write_text(text, encoding="utf-8")


# --- links ---------------------------------------------------------------------------------------

_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_WRITTEN_BY_RUNS = {"docs/benchmarks.md"}
"""Documents that a run writes, here `./dev bench`: a link may lead to one that is not there yet."""


def documents() -> list[Path]:
    """Every document of the repository: those at its root, `docs/` and `spec/`."""
    return sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("spec/**/*.md")])


def broken_links(document: Path) -> Iterator[str]:
    """Find links that lead to no file, or to no heading of it. Addresses elsewhere are not asked."""
    for target in _LINK.findall(_FENCE.sub("", document.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, heading = target.partition("#")
        file = document.parent / path if path else document
        if not file.exists():
            if file.resolve().relative_to(ROOT.resolve()).as_posix() in _WRITTEN_BY_RUNS:
                continue
            yield f"{document.relative_to(ROOT)}: {target} leads to no file"
        elif heading and heading not in anchors(file):
            yield f"{document.relative_to(ROOT)}: {target} leads to no heading"


def anchors(document: Path) -> set[str]:
    """The anchors that a page's headings have on the usual sites."""
    headings = _HEADING.findall(_FENCE.sub("", document.read_text(encoding="utf-8")))
    plain = (re.sub(r"[^\w\s-]", "", heading.lower()) for heading in headings)
    return {words.strip().replace(" ", "-") for words in plain}


# --- the program ---------------------------------------------------------------------------------


def drifted() -> Iterator[str]:
    """Name the reference pages that are not what the code says."""
    for name, write in PAGES.items():
        file = REFERENCE / f"{name}.md"
        if not file.exists() or file.read_text(encoding="utf-8") != write():
            yield f"{file.relative_to(ROOT)} has drifted from the code: run ./dev docs"


def main(arguments: Sequence[str]) -> int:
    """Write or check; the exit status."""
    parser = argparse.ArgumentParser(prog="./dev docs", description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing, fail on drift")
    parser.add_argument("--print", choices=PAGES, dest="name", help="print one page")
    parser.add_argument(
        "--measured", type=Path, help="fill in the README from a run of ./dev bench"
    )
    given = parser.parse_args(arguments)
    if given.measured:
        fill_in(json.loads(given.measured.read_text(encoding="utf-8").splitlines()[-1]))
    if given.name:
        sys.stdout.write(PAGES[given.name]())
        return 0
    if not given.check:
        REFERENCE.mkdir(parents=True, exist_ok=True)
        for name, write in PAGES.items():
            (REFERENCE / f"{name}.md").write_text(write(), encoding="utf-8")
    found = [*drifted(), *(finding for each in documents() for finding in broken_links(each))]
    for finding in found:
        print(finding)
    print(f"{len(PAGES)} reference pages, {len(documents())} documents, {len(found)} to mend.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""One command to the engine, and its answer waited for: what the verbs that write have in common."""

from collections.abc import Sequence
from dataclasses import dataclass
from secrets import token_hex
from typing import Annotated

from cyclopts import Parameter

from partita.engine.asking import ask
from partita.engine.errors import PartitaError
from partita.engine.idempotency import wish
from partita.engine.outcome import Accepted, Outcome, Refused
from partita.engine.wanting import Command
from partita.journal.record import Record
from partita.kernel.details import check_texts
from partita.kernel.rejections import Rejection
from partita.surfaces.cli.failures import USAGE, CommandFailed
from partita.surfaces.cli.place import Books
from partita.surfaces.cli.talk import say
from partita.surfaces.dry_run import without_names

ACTOR = "cli"


class RefusedByRules(CommandFailed):
    """The rules said no; nothing moved."""

    def __init__(self, rejection: Rejection) -> None:
        """Say what the rejection says."""
        super().__init__(f"{rejection.code.value}: {rejection.detail}", rejection.fix)
        self.rejection = rejection


@Parameter(name="*")
@dataclass(frozen=True)
class Asking:
    """How a command is asked for: under which key, in earnest or to see what would come of it."""

    key: Annotated[str | None, Parameter(help="Idempotency key: the same key does it once.")] = None
    dry_run: Annotated[
        bool, Parameter(negative="", help="Decide, show what would come of it, write nothing.")
    ] = False


IN_EARNEST = Asking()


def asked(books: Books, command: Command, asking: Asking) -> Record:
    """The command's record: durable, or of a dry run imagined, which is said.

    Raises:
        RefusedByRules: the rules said no.
        PartitaError: nothing is known; the key, which is told then, will answer next time.
    """
    outcome = accepted(outcome_of(books, command, asking.key, is_dry=asking.dry_run))
    if asking.dry_run:
        say("Dry run: nothing was written.")
    return outcome.record


def shown(value: dict[str, object], record: Record, asking: Asking) -> dict[str, object]:
    """What is printed for programs: of a dry run without the names that lead nowhere."""
    told: dict[str, object] = without_names(value, (record,)) if asking.dry_run else value
    return told


def decided(books: Books, command: Command, key: str | None) -> Accepted:
    """The command's record, durable. Without a key of the caller's own a fresh one is used.

    Raises:
        RefusedByRules: the rules said no.
        PartitaError: nothing is known; the key, which is told then, will answer next time.
    """
    return accepted(outcome_of(books, command, key))


def outcome_of(books: Books, command: Command, key: str | None, *, is_dry: bool = False) -> Outcome:
    """What became of a command, durable; or, tried out, what would become of it.

    Raises:
        CommandFailed: a text in it is outside its limits.
        PartitaError: nothing is known; the key, which is told then, will answer next time.
    """
    try:
        check_texts(command)
    except ValueError as error:
        raise CommandFailed(f"{error}.", "mend that text.", status=USAGE) from None
    used = key or fresh_key()
    try:
        wanted = wish(command, key=used, actor=ACTOR, is_dry=is_dry)
        return ask(books.ledger, wanted)
    except PartitaError as error:
        if error.retryable:
            say(f"partita: to try again without doing it twice, add --key {used}")
        raise


def accepted(outcome: Outcome) -> Accepted:
    """The outcome of a single command, if the rules said yes.

    Raises:
        RefusedByRules: the rules said no.
    """
    if isinstance(outcome, Refused):
        raise RefusedByRules(outcome.rejection)
    assert isinstance(outcome, Accepted), "a single command has a single answer"
    if outcome.replayed:
        say("This key was used before with the same words: this is its first answer.")
    return outcome


def fresh_key() -> str:
    """A key for a command that came without one."""
    return f"cli-{token_hex(12)}"


def pairs(texts: Sequence[str]) -> dict[str, str]:
    """Metadata written as NAME=VALUE."""
    found = {}
    for text in texts:
        name, mark, value = text.partition("=")
        if not mark or not name:
            raise CommandFailed(f"{text!r} is no metadata.", "write NAME=VALUE.", status=USAGE)
        found[name] = value
    return found


def whole(text: str, option: str) -> int:
    """A whole number of minor units, with a sign if need be."""
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 38):
        mend = f"write {option} in whole minor units, such as 500 for 5.00 USD."
        raise CommandFailed(f"{text!r} is not an amount.", mend, status=USAGE)
    return int(text)

"""One command to the engine, and its answer waited for: what the verbs that write have in common."""

from collections.abc import Sequence
from queue import SimpleQueue
from secrets import token_hex

from partita.engine.errors import PartitaError
from partita.engine.idempotency import wish
from partita.engine.outcome import Accepted, Outcome, Refused
from partita.kernel.commands import Command
from partita.kernel.rejections import Rejection
from partita.surfaces.cli.failures import USAGE, CommandFailed
from partita.surfaces.cli.place import Books
from partita.surfaces.cli.talk import say

ACTOR = "cli"


class RefusedByRules(CommandFailed):
    """The rules said no; nothing moved."""

    def __init__(self, rejection: Rejection) -> None:
        """Say what the rejection says."""
        super().__init__(f"{rejection.code.value}: {rejection.detail}", rejection.fix)
        self.rejection = rejection


def decided(books: Books, command: Command, key: str | None) -> Accepted:
    """The command's record, durable. Without a key of the caller's own a fresh one is used.

    Raises:
        RefusedByRules: the rules said no.
        PartitaError: nothing is known; the key, which is told then, will answer next time.
    """
    return accepted(outcome_of(books, command, key))


def outcome_of(books: Books, command: Command, key: str | None) -> Outcome:
    """What became of a command, durable.

    Raises:
        PartitaError: nothing is known; the key, which is told then, will answer next time.
    """
    used = key or fresh_key()
    answers: SimpleQueue[list[Outcome] | BaseException] = SimpleQueue()
    try:
        books.ledger.submit((wish(command, key=used, actor=ACTOR),), answers.put)
        answer = answers.get()
        if isinstance(answer, BaseException):
            raise answer
    except PartitaError as error:
        if error.retryable:
            say(f"partita: to try again without doing it twice, add --key {used}")
        raise
    return answer[0]


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

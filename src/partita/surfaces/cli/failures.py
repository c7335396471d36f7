"""Failures in words: what happened, the mend, and the exit status that says whether to try again."""

from partita.engine.errors import PartitaError
from partita.surfaces.cli.talk import say

FAILED, USAGE, RETRY, DENIED = 1, 2, 3, 4
_REFUSED_BY_DATABASE = ("permission denied", "authentication failed", "no pg_hba.conf entry")


class CommandFailed(Exception):
    """A command could not do what was asked: what happened, and how to mend it."""

    def __init__(self, problem: str, mend: str, *, status: int = FAILED) -> None:
        """Keep both halves, and the exit status."""
        super().__init__(f"{problem} Mend: {mend}")
        self.problem, self.mend, self.status = problem, mend, status


def explain_failure(error: Exception) -> int:
    """Say what happened on stderr; the exit status.

    Raises:
        Exception: the same again, if it is none of ours: a fault of the program shows its place.
    """
    status = status_of(error)
    if status is None:
        raise error
    # Errors of the stores' setting-up carry both halves too, and surfaces never import adapters.
    say(f"partita: {getattr(error, 'problem', error)}")
    if mend := getattr(error, "mend", None):
        say(f"Mend: {mend}")
    elif status == RETRY:
        say("Mend: try again; nothing is done twice under the same key.")
    return status


def status_of(error: Exception) -> int | None:
    """The exit status of a failure; None if nobody foresaw it."""
    text = str(error).lower()
    if isinstance(error, PermissionError) or any(word in text for word in _REFUSED_BY_DATABASE):
        return DENIED
    if isinstance(error, CommandFailed):
        return error.status
    if isinstance(error, PartitaError):
        return RETRY if error.retryable else FAILED
    if hasattr(error, "mend") or isinstance(error, OSError):
        return FAILED
    return None

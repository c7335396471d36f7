"""Where the command `partita` starts. Help, version and `explain` answer before anything is loaded.

Exit statuses: 0 done, 1 failed or refused by the rules, 2 wrong usage, 3 try again later with the
same words, 4 not allowed, 130 interrupted. `commands.py` has the table of verbs; this module only
finds the one that is meant, and turns what it raises into words and a status.
"""

import sys
from collections.abc import Sequence
from difflib import get_close_matches

from partita import __version__
from partita.surfaces.cli.commands import COMMANDS, overview
from partita.surfaces.cli.talk import say

DONE, FAILED, USAGE, RETRY, DENIED, INTERRUPTED = 0, 1, 2, 3, 4, 130
"""The exit statuses."""

_HELP = {"--help", "-h", "help"}
_VERSION = {"--version", "-V", "version"}


def main() -> None:
    """Run the command that the arguments of this process name, and exit with its status."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command line; the exit status."""
    if not arguments or arguments[0] in _HELP:
        print(overview())
        return DONE
    if arguments[0] in _VERSION:
        print(f"partita {__version__}")
        return DONE
    try:
        return _dispatch(arguments)
    except KeyboardInterrupt:
        say("Interrupted.")
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has seen enough; Python must not complain when it flushes.
        sys.stdout = None
        return DONE


def _dispatch(arguments: Sequence[str]) -> int:
    command = next((each for each in COMMANDS if each.name == arguments[0]), None)
    if command is None:
        say(f"partita: there is no verb {arguments[0]!r}.")
        say(f"Mend: {_nearest(arguments[0])}")
        return USAGE
    # Imported here, since cyclopts takes longer to load than help takes to print.
    from cyclopts import App, CycloptsError  # noqa: PLC0415

    app = App(
        name="partita",
        version=__version__,
        result_action="return_value",
        help_format="plaintext",  # else a Markdown parser is loaded, a quarter of the wait
    )
    app.command(command.target, name=command.name)
    try:
        status = app(list(arguments), exit_on_error=False, print_error=False)
    except CycloptsError as error:
        say(f"partita: {error}")
        say("Mend: see `partita --help`, or `partita VERB --help`.")
        return USAGE
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001 - the last place where a failure can become words
        # Imported here for the same reason: only a failure needs it.
        from partita.surfaces.cli.failures import explain_failure  # noqa: PLC0415

        return explain_failure(error)
    return status if isinstance(status, int) else DONE


def _nearest(word: str) -> str:
    close = get_close_matches(word, [command.name for command in COMMANDS], n=1)
    if close:
        return f"did you mean `partita {close[0]}`?"
    return "the verb comes first, options after it; `partita` alone lists the verbs."

"""Amounts as people write them on a command line: whole minor units."""

from partita.kernel.amount import parse
from partita.surfaces.cli.failures import USAGE, CommandFailed


def whole_amount(text: str) -> int:
    """An amount in minor units; a usage error says how to write it.

    >>> whole_amount("500")
    500
    """
    try:
        return parse(text)
    except ValueError as error:
        raise CommandFailed(
            f"{text!r} is {error}.", "write 500 for 5.00 USD.", status=USAGE
        ) from None

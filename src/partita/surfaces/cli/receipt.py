"""`partita receipt`: a record's proof file, to be given to a customer; and the check of one."""

from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter

from partita.journal.notes import BadNote, VerifierKey
from partita.journal.receipts import Receipt, check_receipt
from partita.surfaces.cli.failures import CommandFailed
from partita.surfaces.cli.place import IN_MAIN, InLedger, books
from partita.surfaces.cli.talk import say


def receipt(
    reference: str,
    /,
    *,
    out: Annotated[Path | None, Parameter(help="Write it to a file instead of stdout.")] = None,
    place: InLedger = IN_MAIN,
) -> None:
    """Print the receipt of a record, by its id (txn_…) or its sequence.

    It holds the record and the proof that it is in the log, or a promise while there is no
    checkpoint yet. Whoever has it can check it without this program.
    """
    with books(place) as open_books:
        prover, info = open_books.application.prover, open_books.info
        found = prover.receipt(info, prover.record(info, reference))
    text = msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n"
    if out is None:
        print(text.decode(), end="")
    else:
        with out.open("xb") as file:
            file.write(text)
        say(f"The receipt is in {out}.")
    if found.proof is None:
        say("No checkpoint covers it yet: this is a promise. Ask again in a second.")


def check(
    file: Path,
    /,
    *,
    key: Annotated[list[str], Parameter(help="A verifier key to trust; of the log, of witnesses.")],
    witnesses: Annotated[int, Parameter(help="How many witnesses must have cosigned.")] = 0,
) -> None:
    """Check a receipt offline, by keys that are trusted for other reasons than this file."""
    try:
        trusted = [VerifierKey.parse(text) for text in key]
        read = msgspec.json.decode(file.read_bytes(), type=Receipt)
        proves = check_receipt(read, trusted, witnesses=witnesses)
    except (BadNote, msgspec.MsgspecError) as error:
        mend = "ask whoever gave it to you; keep this file."
        raise CommandFailed(f"This receipt does not hold: {error}.", mend) from error
    said = "proves" if proves else "promises a proof for"
    print(f"ok: it {said} record {read.sequence} of {read.origin}")

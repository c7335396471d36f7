"""`partita log`: what a ledger's log has signed, its keys, and the check of a receipt."""

import json
from typing import Annotated

import msgspec
from cyclopts import App, Parameter

from partita.engine.errors import NotFound
from partita.kernel.commands import SaveDocument
from partita.surfaces.cli.deciding import decided
from partita.surfaces.cli.place import IN_MAIN, Books, InLedger, books
from partita.surfaces.cli.receipt import check
from partita.surfaces.cli.talk import emit, emit_list, say, table
from partita.surfaces.http.shapes import audit as shapes

app = App(name="log", help="See what the log has signed, sign, and check.")
app.command(check)
_PAGE = 1_000


def _newest(open_books: Books) -> shapes.Checkpoint:
    store, info = open_books.store, open_books.info
    found = store.checkpoints(info, None, 1)
    if not found:
        raise NotFound(f"the log of {info.name!r} has no checkpoint yet: partita log sign")
    return shapes.checkpoint(found[0], open_books.application.prover.note(info, found[0]))


@app.command
def checkpoint(*, place: InLedger = IN_MAIN) -> None:
    """Print the newest checkpoint, as a signed note."""
    with books(place) as open_books:
        shape = _newest(open_books)
        if place.json:
            emit(msgspec.to_builtins(shape))
        else:
            print(shape.note, end="")


@app.command
def checkpoints(
    *,
    limit: Annotated[int, Parameter(help="At most so many, newest first.")] = 20,
    place: InLedger = IN_MAIN,
) -> None:
    """List checkpoints, newest first."""
    with books(place) as open_books:
        prover, info = open_books.application.prover, open_books.info
        found = open_books.store.checkpoints(info, None, min(limit, _PAGE))
        shown = [shapes.checkpoint(each, prover.note(info, each)) for each in found]
        if place.json:
            emit_list(msgspec.to_builtins(shape) for shape in shown)
        else:
            rows = ((s.size, s.created_at, s.root) for s in shown)
            table(("size", "created_at", "root"), rows, right="size")


@app.command
def sign(*, place: InLedger = IN_MAIN) -> None:
    """Sign the head as it is now, if it is not signed yet."""
    with books(place) as open_books:
        open_books.application.notary.sign(open_books.info)
        shape = _newest(open_books)
        if place.json:
            emit(msgspec.to_builtins(shape))
        else:
            say(f"The log is signed up to record {shape.size}.")


@app.command
def key(*, place: InLedger = IN_MAIN) -> None:
    """Print the log's verifier key: what others need to check its signatures."""
    with books(place) as open_books:
        text = open_books.application.prover.verifier_key(open_books.info)
        if place.json:
            emit({"object": "verifier_key", "verifier_key": text})
        else:
            print(text)


@app.command
def adopt_key(
    *,
    reason: Annotated[
        str | None, Parameter(help="Why; kept in the journal as the document log/key.")
    ] = None,
    place: InLedger = IN_MAIN,
) -> None:
    """Sign this log by the key and name at hand from now on, beside those that it had before."""
    with books(place) as open_books:
        kept = open_books.application.notary.adopt_key(open_books.info)
        if reason is not None:
            body = json.dumps({"reason": reason, "verifier_key": kept.verifier_key})
            decided(open_books, SaveDocument("log", "key", body), None)
        if place.json:
            emit({"object": "log_key", "place": kept.place, "verifier_key": kept.verifier_key})
        else:
            say(f"The log signs as {kept.verifier_key}; tell whoever checks it.")


@app.command
def consistency(from_size: int, to_size: int, /, *, place: InLedger = IN_MAIN) -> None:
    """Prove that the log of one size begins with all of the log of another."""
    with books(place) as open_books:
        prover = open_books.application.prover
        found = prover.consistency(open_books.info, from_size, to_size)
        shape = shapes.consistency_proof(found)
        if place.json:
            emit(msgspec.to_builtins(shape))
        else:
            print("\n".join(shape.path) or "the two are one")


@app.command
def inclusion(reference: str, /, *, place: InLedger = IN_MAIN) -> None:
    """Print the proof that a record is in the log (C2SP tlog-proof), by id or sequence."""
    with books(place) as open_books:
        prover, info = open_books.application.prover, open_books.info
        found = prover.inclusion(info, prover.record(info, reference))
        if found is None:
            raise NotFound("no checkpoint covers this record yet: partita log sign")
        if place.json:
            emit(msgspec.to_builtins(shapes.inclusion_proof(found)))
        else:
            print(found.proof.text(), end="")

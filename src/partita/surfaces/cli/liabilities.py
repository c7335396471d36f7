"""`partita liabilities`: seal what is owed to customers, and give each a proof that checks offline."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import msgspec
from cyclopts import App, Parameter

from partita.engine.outcome import Refused
from partita.journal.notes import BadNote, VerifierKey
from partita.journal.record import Cause
from partita.kernel.amount import to_decimal
from partita.modules.liabilities.customer import Expected, ProofRefused, check_proof, read_proof
from partita.modules.liabilities.odds import detection
from partita.surfaces.cli.deciding import ACTOR, RefusedByRules, fresh_key
from partita.surfaces.cli.failures import USAGE, CommandFailed
from partita.surfaces.cli.place import IN_MAIN, Books, InLedger, Json, books
from partita.surfaces.cli.progress import progress
from partita.surfaces.cli.shapes import scales
from partita.surfaces.cli.talk import emit, emit_list, say, table

app = App(name="liabilities", help="Prove what is owed to customers; verify such a proof.")
_IN_LOG = {
    True: "the log has it, by a checkpoint that the given keys signed",
    False: "the log promised it, and has not proved it yet",
    None: "not checked against the log: give its key with --log-key",
}
_SHARES, _LEFT_OUT = (0.01, 0.05, 0.20), (10, 100)


@app.command
def prove(
    asset: str,
    /,
    *,
    prefix: Annotated[str, Parameter(help="Accounts at this path or below it.")] = "customers",
    key: Annotated[str | None, Parameter(help="Idempotency key.")] = None,
    place: InLedger = IN_MAIN,
) -> None:
    """Seal the root over all customers' accounts of an asset, as of now.

    It shows what is owed to whoever checks, and not that it can be paid.
    """
    # Imported here: it leads to the engine's threads, which no help text needs.
    from partita.modules.liabilities.proving import ProveLiabilities  # noqa: PLC0415

    with books(place) as open_books:
        liabilities = open_books.application.liabilities(open_books.ledger)
        with progress(f"prove {prefix} {asset}", "leaves") as advance:
            cause = Cause(key or fresh_key(), None, ACTOR)
            outcome = liabilities.prove(ProveLiabilities(asset, prefix), cause, advance)
        if isinstance(outcome, Refused):
            raise RefusedByRules(outcome.rejection)
        shape = _shape(open_books, liabilities.sealed(outcome.record))
        if place.json:
            emit(shape)
        else:
            _tell(open_books, shape)


@app.command
def show(
    identifier: Annotated[str | None, Parameter(help="A root's id; else all roots.")] = None,
    /,
    *,
    place: InLedger = IN_MAIN,
) -> None:
    """Show a sealed root, or list all of them, newest first."""
    with books(place) as open_books:
        liabilities = open_books.application.liabilities(open_books.ledger)
        if identifier is not None:
            shape = _shape(open_books, liabilities.root(identifier))
            emit(shape) if place.json else _tell(open_books, shape)
            return
        found = [_shape(open_books, sealed) for sealed in liabilities.roots()]
        if place.json:
            emit_list(found)
        else:
            columns = ("id", "asset", "prefix", "epoch", "total", "root")
            known = scales(open_books)
            rows = (_row(shape, columns, known) for shape in found)
            table(columns, rows, right="epoch total")


@app.command
def proof(
    account: Annotated[str, Parameter(help="Path or id.")],
    /,
    *,
    root: Annotated[str | None, Parameter(help="A root's id; else the newest with it.")] = None,
    out: Annotated[Path | None, Parameter(help="Write to this file, not to stdout.")] = None,
    place: InLedger = IN_MAIN,
) -> None:
    """Write an account's proof: the file for its holder, and for nobody else."""
    with books(place) as open_books:
        liabilities = open_books.application.liabilities(open_books.ledger)
        sealed = liabilities.newest_with(account) if root is None else liabilities.root(root)
        found = msgspec.to_builtins(liabilities.proof(sealed, account))
    if out is None:
        emit(found)
        return
    with out.open("w", encoding="utf-8") as file:
        file.write(msgspec.json.encode(found).decode() + "\n")
    say(f"{out}: check it with `partita liabilities verify {out}`.")


@Parameter(name="*")
@dataclass(frozen=True)
class Known:
    """What whoever verifies knows from elsewhere."""

    account: Annotated[str | None, Parameter(help="Your own account's path.")] = None
    root: Annotated[str | None, Parameter(help="The root that was published.")] = None
    epoch: Annotated[int | None, Parameter(help="The newest epoch that was published.")] = None
    log_key: Annotated[
        tuple[str, ...], Parameter(help="Verifier key of the log, or of a witness.", negative="")
    ] = ()
    witnesses: Annotated[int, Parameter(help="How many witnesses must have cosigned.")] = 0

    def expected(self) -> Expected:
        """The same, read."""
        try:
            keys = tuple(VerifierKey.parse(key) for key in self.log_key)
        except BadNote as error:
            mend = "take the line as the log's operator publishes it."
            raise CommandFailed(f"no verifier key: {error}.", mend, status=USAGE) from None
        return Expected(self.account, self.root, self.epoch, keys, self.witnesses)


@app.command
def verify(
    file: Annotated[Path, Parameter(help="What `partita liabilities proof` wrote.")],
    /,
    *,
    known: Known = Known(),
    json: Json = False,
) -> int:
    """Verify a proof offline, without any books. Exit status 1 if it does not hold."""
    try:
        shown = check_proof(read_proof(file.read_bytes()), known.expected())
    except ProofRefused as refusal:
        if json:
            emit({"ok": False, "fault": refusal.fault.value, "problem": refusal.detail})
        else:
            say(f"NOT OK: {refusal}")
        return 1
    found = {"ok": True, **_texts(msgspec.to_builtins(shown))}
    if json:
        emit(found)
        return 0
    sealed = shown.root
    print(f"ok: {shown.account} has {shown.balance} minor units of {sealed.asset}")
    print(f"    in a total of {sealed.total}, sealed in the ledger {shown.ledger}")
    print(f"epoch {sealed.epoch}  root {sealed.root}  record {shown.sequence} {shown.record_leaf}")
    print(_IN_LOG[shown.is_in_log])
    say("Compare root and epoch with what is published, and the balance with your own papers.")
    return 0


def _texts(found: dict[str, Any]) -> dict[str, Any]:
    """Numbers as strings, as everywhere on the wire."""
    return {name: _text(value) for name, value in found.items()}


def _text(value: Any) -> Any:
    if isinstance(value, dict):
        return _texts(value)
    return value if isinstance(value, bool | None) else str(value)


def _shape(open_books: Books, sealed: Any) -> dict[str, Any]:
    # Imported here: the shapes of HTTP lead to its framework.
    from partita.surfaces.http.shapes.liabilities import liability_root  # noqa: PLC0415

    shape: dict[str, Any] = msgspec.to_builtins(
        liability_root(sealed, scales(open_books)[sealed.root.asset])
    )
    return shape


def _row(shape: dict[str, Any], columns: tuple[str, ...], known: dict[str, int]) -> tuple[str, ...]:
    decimal = to_decimal(int(shape["total"]), known[shape["asset"]])
    return tuple(decimal if name == "total" else str(shape[name]) for name in columns)


def _tell(open_books: Books, shape: dict[str, Any]) -> None:
    scale = scales(open_books)[shape["asset"]]
    print(f"{shape['id']}  {shape['asset']} at {shape['prefix']}  as of sequence {shape['epoch']}")
    print(f"total    {to_decimal(int(shape['total']), scale)}")
    print(f"root     {shape['root']}")
    print(f"sealed   {shape['recorded_at']}  sequence {shape['sequence']}")
    figures = shape["figures"]
    if figures is not None:
        overdrawn = to_decimal(int(figures["overdrawn"]), scale)
        print(f"accounts {figures['accounts']:,} in {int(shape['leaves']):,} leaves")
        print(f"overdrawn {figures['overdrawn_accounts']:,}, {overdrawn} in sum, counted as zero")
    say("It shows what is owed, not that it can be paid. Accounts left out are found if their")
    for left_out in _LEFT_OUT:
        odds = ", ".join(f"{s:.0%} check: {detection(s, left_out):.1%}" for s in _SHARES)
        say(f"holders check; {left_out} left out, if {odds}.")

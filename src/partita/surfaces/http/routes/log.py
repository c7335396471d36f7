"""The log as C2SP's tlog-tiles reads it: a checkpoint, tiles of hashes, bundles of records.

Existing tools read it below `/v1/log/`, each request with an API key as everywhere.
"""

from partita.journal.tiles import OversizedEntry, Tile
from partita.surfaces.http.call import Call
from partita.surfaces.http.operation import operation
from partita.surfaces.http.refusal import Refusal
from partita.surfaces.http.reply import Header, Reply

_TEXT, _BYTES = b"text/plain; charset=utf-8", b"application/octet-stream"
_FOR_EVER: tuple[Header, ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"private, max-age=31536000, immutable"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
"""A tile of some width never changes; only who may see it does."""


@operation(
    "GET", "/v1/log/checkpoint", tag="Proofs", summary="Read the latest checkpoint as a note",
    description="C2SP tlog-tiles: the signed note as plain text.",
    media_type="text/plain", codes=("not_found",),
)  # fmt: skip
async def read_checkpoint(call: Call) -> Reply:
    """Read the newest checkpoint as C2SP's tools do."""
    return Reply(200, await call.read(_checkpoint, call), media_type=_TEXT)


def _checkpoint(call: Call) -> bytes:
    found = call.desk.store.checkpoints(call.info, None, 1)
    if not found:
        raise Refusal("not_found", f"The log of {call.info.name!r} has no checkpoint yet.")
    return call.desk.application.prover.note(call.info, found[0]).full().encode()


@operation(
    "GET", "/v1/log/verifier-key", tag="Proofs", summary="Read the log's verifier key",
    description="As C2SP signed-note writes it. Keep it from another day: a key from the server"
    " that is to be checked proves nothing.",
    media_type="text/plain",
)  # fmt: skip
async def read_verifier_key(call: Call) -> Reply:
    """Read the public key under which this log signs."""
    key = await call.read(call.desk.application.prover.verifier_key, call.info)
    return Reply(200, f"{key}\n".encode(), media_type=_TEXT)


@operation(
    "GET", "/v1/log/tile/{tile:path}", tag="Proofs", summary="Read a tile of the log",
    description="C2SP tlog-tiles: `{level}/{number}` for hashes, `entries/{number}` for records,"
    " with `.p/{width}` if partial. A bundle with a record of more than 65,535 bytes is refused.",
    media_type="application/octet-stream", codes=("not_found", "entry_too_large"),
)  # fmt: skip
async def read_tile(call: Call) -> Reply:
    """Read hashes or records as C2SP's tools do."""
    path = "tile/" + str(call.path["tile"]).removeprefix("/")
    tile = Tile.parse(path)
    found = None if tile is None else await call.read(_tile, call, tile)
    if found is None:
        raise Refusal("not_found", f"The log has no {path[:255]!r}.")
    return Reply(200, found, _FOR_EVER, _BYTES, is_data=False)


def _tile(call: Call, tile: Tile) -> bytes | None:
    try:
        return call.desk.application.prover.tile(call.info, tile)
    except OversizedEntry as error:
        raise Refusal("entry_too_large", f"{error}.") from error


OPERATIONS = (read_checkpoint, read_verifier_key, read_tile)

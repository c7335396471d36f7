"""Files as replies: all of a file, or the one range that is asked for (RFC 9110 §14).

A download that broke can so go on where it broke: `Range: bytes=1000-`, with `If-Range` and the ETag,
which is the file's hash.
"""

import re
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import BinaryIO

from partita.surfaces.http.call import Call
from partita.surfaces.http.reply import Header, Reply

PIECE_BYTES = 1 << 18
_RANGE = re.compile(rb"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


def file_reply(call: Call, path: Path, media_type: bytes, headers: tuple[Header, ...]) -> Reply:
    """The file at a path, whose ETag is among the headers, or the range of it that the call wants.

    For a thread that may wait.
    """
    file = path.open("rb")
    size = file.seek(0, 2)
    begin, end = _wanted(call, size, dict(headers).get(b"etag")) or (0, size)
    headers = (*headers, (b"accept-ranges", b"bytes"))
    if begin >= end and size > 0:
        file.close()
        return Reply(416, b"", (*headers, (b"content-range", b"bytes */%d" % size)), media_type)
    status = 200
    if (begin, end) != (0, size):
        status = 206
        headers = (*headers, (b"content-range", b"bytes %d-%d/%d" % (begin, end - 1, size)))
    file.seek(begin)
    headers = (*headers, (b"content-length", b"%d" % (end - begin)))
    return Reply(status, b"", headers, media_type, stream=sent(call, file, end - begin))


def _wanted(call: Call, size: int, etag: bytes | None) -> tuple[int, int] | None:
    """The range that is asked for, from inclusive, to exclusive; None for all of it."""
    given = call.headers.get(b"range")
    found = None if given is None else _RANGE.fullmatch(given)
    if found is None or call.headers.get(b"if-range", etag) != etag:
        return None  # what is not understood, or speaks of another file, is as if it were not there
    first, last = found.groups()
    if not first:
        return (max(0, size - int(last)), size) if last else None
    return int(first), min(size, int(last) + 1) if last else size


async def sent(call: Call, file: BinaryIO, length: int) -> AsyncGenerator[bytes, None]:
    """So many bytes of an open file, which is closed behind them."""
    with file:
        while length > 0 and (piece := await call.read(file.read, min(length, PIECE_BYTES))):
            length -= len(piece)
            yield piece

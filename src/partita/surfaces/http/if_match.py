"""The version that a caller saw, out of the header If-Match, and the header that tells the next."""

import re

from partita.surfaces.http.call import Call
from partita.surfaces.http.refusal import Refusal
from partita.surfaces.http.reply import Header

_VERSION = re.compile(rb'\*|"(0|[1-9][0-9]{0,8})"|(0|[1-9][0-9]{0,8})')


def version_seen(call: Call) -> int | None:
    """The version in the header; None for any.

    Raises:
        Refusal: there is no such header, or it is no version.
    """
    header = call.headers.get(b"if-match")
    if header is None:
        detail = "There is no If-Match header, which says which version this changes."
        raise Refusal("precondition_required", detail)
    match = _VERSION.fullmatch(header)
    if match is None:
        raise Refusal("invalid_request", f"If-Match is no version: {header[:60]!r}.")
    digits = match[1] or match[2]
    return None if digits is None else int(digits)


def etag(version: int) -> Header:
    """The header that names a version."""
    return b"etag", b'"%d"' % version

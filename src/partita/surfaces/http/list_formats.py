"""In which form a list is wanted: a page of JSON, or all of it as a file.

`?format=csv` says it in the address, where `Accept: text/csv` says it in a header; the address goes
before. Whoever asks for neither, or takes anything, gets a page.
"""

from typing import NamedTuple
from urllib.parse import unquote_plus

from partita.modules.exports.table import MEDIA_TYPES, Format
from partita.surfaces.http.refusal import Refusal

_JSON = "json"
_BY_MEDIA_TYPE: dict[str, str] = {
    "application/json": _JSON,
    **{media_type: kept.value for kept, media_type in MEDIA_TYPES.items()},
}
FORMATS = (_JSON, *(kept.value for kept in Format))
"""What `format` can say."""
PARAMETERS = ("format", "each")
"""The parameters that every list takes beside its own."""


class ListFormat(NamedTuple):
    """A file of all of a list; with `each`, of those within its items."""

    kept: Format
    each: str | None = None


def wanted_format(query: bytes, accept: bytes | None) -> tuple[ListFormat | None, bytes]:
    """The file that is wanted, None for a page; and the query without what said so.

    Raises:
        Refusal: there is no such format, or `each` without one.
    """
    said, rest = _taken(query) if query else ({}, query)
    name = said.get("format") or (None if accept is None else _accepted(accept))
    if name is not None and name not in FORMATS:
        raise Refusal(
            "invalid_request", f"format is one of {', '.join(FORMATS)}, not {name[:60]!r}."
        )
    if name is None or name == _JSON:
        if "each" in said:
            raise Refusal("invalid_request", "each goes with a format that is a file, such as csv.")
        return None, rest
    return ListFormat(Format(name), said.get("each")), rest


def _taken(query: bytes) -> tuple[dict[str, str], bytes]:
    """What the query says of the format, and the rest of it, byte by byte as it came."""
    said: dict[str, str] = {}
    rest = []
    for pair in query.split(b"&"):
        name, _, value = pair.decode("latin-1").partition("=")
        plain = unquote_plus(name)
        if plain not in PARAMETERS:
            rest.append(pair)
        elif plain in said:
            raise Refusal("invalid_request", f"The parameter {plain!r} is given twice.")
        else:
            said[plain] = unquote_plus(value)
    return said, b"&".join(rest)


def _accepted(accept: bytes) -> str | None:
    """The form that an Accept header likes most (RFC 9110 §12.5.1), if it names one of ours."""
    best: tuple[float, str] | None = None
    for item in accept.decode("latin-1").lower().split(","):
        media_type, *parameters = (part.strip() for part in item.split(";"))
        name = _BY_MEDIA_TYPE.get(media_type)
        weight = _weight(parameters)
        if name is not None and weight > 0 and (best is None or weight > best[0]):
            best = weight, name
    return None if best is None else best[1]


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return float(parameter[2:])
            except ValueError:
                return 0.0
    return 1.0

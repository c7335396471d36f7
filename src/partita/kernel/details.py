"""Details: the texts that commands carry beside money, and their limits.

Type, external id and metadata decide nothing, but they are recorded for ever; so what could not
be stored, printed or searched is refused before it becomes a command.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

LONGEST_EXTERNAL_ID = LONGEST_REFERENCE = 255
LONGEST_REASON = 500
MOST_METADATA = 50
LONGEST_METADATA_KEY, LONGEST_METADATA_VALUE = 40, 500
RESERVED_PREFIX = "partita."
_TYPE = re.compile(r"[a-z0-9_.-]{1,64}", re.ASCII)


def check_type(word: str | None) -> str | None:
    """Return the type if it may name a kind of transaction, else raise ValueError."""
    if word is not None and _TYPE.fullmatch(word) is None:
        raise ValueError("a type is 1 to 64 of a-z, 0-9, '_', '.', '-', such as 'transfer'")
    return word


def check_external_id(text: str | None) -> str | None:
    """Return the external id if it can be printed and found again, else raise ValueError."""
    if text is None or (0 < len(text) <= LONGEST_EXTERNAL_ID and text.isprintable()):
        return text
    raise ValueError(f"an external_id is 1 to {LONGEST_EXTERNAL_ID} printable characters")


def check_metadata(metadata: Mapping[str, str] | None) -> dict[str, str]:
    """A copy of the metadata if it keeps its limits, else ValueError.

    >>> check_metadata({"order": "8812"})
    {'order': '8812'}
    """
    checked = dict(metadata or {})
    if len(checked) > MOST_METADATA:
        raise ValueError(f"metadata has at most {MOST_METADATA} keys, not {len(checked)}")
    for key, value in checked.items():
        if not _is_key(key):
            raise ValueError(
                f"a metadata key is 1 to {LONGEST_METADATA_KEY} characters without '[' and ']',"
                f" not {key!r:.60}"
            )
        if key.startswith(RESERVED_PREFIX):
            raise ValueError(
                f"metadata keys that begin with {RESERVED_PREFIX!r} are the ledger's own"
            )
        if not _is_value(value):
            raise ValueError(
                f"metadata {key!r} must be a text of at most {LONGEST_METADATA_VALUE} characters,"
                " without NUL"
            )
    return checked


def check_reason(text: str | None) -> str | None:
    """Return the reason if it can be kept, else raise ValueError."""
    if text is None or (0 < len(text) <= LONGEST_REASON and _is_storable(text)):
        return text
    raise ValueError(f"a reason is 1 to {LONGEST_REASON} characters, without NUL")


def check_reference(text: str) -> str:
    """Return what names an account, an asset, a hold or the like, if anything can be named so."""
    # Asked first since it is one quick call: no surrogate is printable, nor is NUL.
    if 0 < len(text) <= LONGEST_REFERENCE and (text.isprintable() or _is_storable(text)):
        return text
    raise ValueError(
        f"nothing is called {text!r:.80}: a name has 1 to {LONGEST_REFERENCE} characters"
    )


_CHECKS: dict[str, Callable[[Any], object]] = {
    "type": check_type,
    "external_id": check_external_id,
    "metadata": check_metadata,
    "reason": check_reason,
    "account": check_reference,
    "asset": check_reference,
    "destination": check_reference,
    "hold": check_reference,
    "transaction": check_reference,
    "customer": check_reference,
    "wallet": check_reference,
    "sweep_to": check_reference,
    "name": check_reference,
    "tier": check_reference,
}

_Checks = tuple[tuple[str, Callable[[Any], object]], ...]
_CHECKS_OF: dict[type, _Checks] = {}
"""What was found of a kind before: asking for fields that it lacks would cost every transaction."""


def check_texts(command: object) -> None:
    """Refuse a command with a text that no journal could keep; those it has it keeps for ever.

    Raises:
        ValueError: the first text that is outside its limits, by its field.
    """
    for one in getattr(command, "commands", (command,)):
        for part in (one, *(getattr(one, "postings", None) or ())):
            for name, check in _checks_of(type(part)):
                value = getattr(part, name)
                if value is not None and isinstance(value, (str, dict)):
                    check(value)


def _checks_of(kind: type) -> _Checks:
    """The fields of a kind of command or posting that are texts, each with its check."""
    known = _CHECKS_OF.get(kind)
    if known is None:
        fields = getattr(kind, "__struct_fields__", ())
        known = tuple((name, check) for name, check in _CHECKS.items() if name in fields)
        _CHECKS_OF[kind] = known
    return known


def _is_key(key: object) -> bool:
    if not isinstance(key, str) or not 0 < len(key) <= LONGEST_METADATA_KEY:
        return False
    return not ("[" in key or "]" in key) and _is_storable(key)


def _is_value(value: object) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST_METADATA_VALUE and _is_storable(value)


def _is_storable(text: str) -> bool:
    """Whether a text survives UTF-8 and the database: no lone surrogates, no NUL."""
    if "\0" in text:
        return False
    return text.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in text)

"""Merging a part of a document into it, by JSON Merge Patch (RFC 7396): null takes a field out."""

from typing import Any


def merged(target: Any, patch: Any) -> Any:
    """What becomes of a value by a patch; neither is changed.

    >>> merged({"strict": False, "accounts": {"a": {}}}, {"strict": None, "accounts": {"b": {}}})
    {'accounts': {'a': {}, 'b': {}}}
    """
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, part in patch.items():
        if part is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), part)
    return result

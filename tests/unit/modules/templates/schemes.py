"""Small documents for tests, and conditions without CEL: a language of bare boolean names."""

from collections.abc import Mapping
from typing import Any

from partita.engine.plain_documents import Finding
from partita.modules.templates.compiling import compile_template
from partita.modules.templates.conditions import (
    ConditionFailed,
    ConditionInvalid,
    ConditionValue,
    VariableKind,
)
from partita.modules.templates.document import read_document
from partita.modules.templates.errors import TemplateInvalid
from partita.modules.templates.template import Template


class BareNames:
    """Conditions that are one boolean name, or `broken`, which never has an answer."""

    def compile(self, text: str, variables: Mapping[str, VariableKind]) -> "BareName":
        if text != "broken" and variables.get(text) is not VariableKind.BOOLEAN:
            raise ConditionInvalid(f"no boolean {text!r}")
        return BareName(text)


class BareName:
    def __init__(self, name: str) -> None:
        self._name = name

    def holds(self, values: Mapping[str, ConditionValue]) -> bool:
        if self._name == "broken":
            raise ConditionFailed("integer overflow")
        return bool(values[self._name])


PARAMETERS: dict[str, Any] = {
    "price": {"type": "amount", "asset": "EUR"},
    "other": {"type": "amount", "asset": "EUR"},
    "dollars": {"type": "amount", "asset": "USD"},
    "count": {"type": "integer", "default": "3"},
    "rate": {"type": "rate", "default": "10%"},
    "who": {"type": "text", "default": "anna"},
    "wallet": {"type": "account", "default": "wallets:main"},
    "asset": {"type": "asset", "default": "JPY"},
    "flag": {"type": "boolean", "default": "true"},
    "day": {"type": "date", "default": "2026-11-20"},
}
FIGURES = {"price": "1000", "other": "10", "dollars": "7"}


def scheme(*postings: dict[str, Any], **rest: Any) -> dict[str, Any]:
    """A document over the usual parameters."""
    return {"name": "sample", "parameters": PARAMETERS, "postings": list(postings), **rest}


def compiled(*postings: dict[str, Any], **rest: Any) -> Template:
    """A template over the usual parameters."""
    return compile_template(read_document(scheme(*postings, **rest)), BareNames())


def findings(*postings: dict[str, Any], **rest: Any) -> tuple[Finding, ...]:
    """What is wrong with a document; fails if nothing is."""
    try:
        compiled(*postings, **rest)
    except TemplateInvalid as error:
        return error.findings
    raise AssertionError("this document is accepted")


def moved(template: Template, **arguments: str) -> list[tuple[str, str, int, str]]:
    """What a template renders to: account, side, amount, asset."""
    command = template.render(FIGURES | arguments)
    return [(p.account, p.direction.value, p.amount, p.asset) for p in command.postings]

"""Requests about payments, drawn from the commands that they become.

What a type can be told stands in its command (`modules/payments/acts.py`), what a verb can be told
in the table `OPTIONS`; the bodies that are taken in are made from them, so they cannot differ.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, inspect

from partita.modules.payments.acts import BEGINNINGS, OPTIONS, Advance, Begin, Part
from partita.modules.payments.lifecycle import PaymentType, Verb
from partita.modules.payments.lifecycles import LIFECYCLES
from partita.surfaces.http.shapes.fields import (
    Amount,
    AssetCode,
    ExternalId,
    Metadata,
    Reason,
    RequestShape,
    Timestamp,
    amount,
    moment,
    printable,
)

PartyReference = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=255,
        description="A wallet's id (`wal_…`), or an account's path or id.",
        examples=["customers:alice:wallets:main:USD"],
    ),
]
_Word = Annotated[str, Meta(min_length=1, max_length=255)]


class PartRequest(RequestShape, frozen=True, kw_only=True):
    """A part of a payment for somebody else than its destination."""

    destination: PartyReference
    amount: Amount


Take = Callable[[Any, str], Any]
"""What a field of a body is as a field of the command; the second is its pointer."""


def _parts(value: list[PartRequest], pointer: str) -> tuple[Part, ...]:
    return tuple(
        Part(each.destination, amount(each.amount, f"{pointer}/{n}/amount"))
        for n, each in enumerate(value)
    )


def _as_it_is(value: Any, _pointer: str) -> Any:
    return value


_NAMED: Mapping[str, tuple[Any, Take]] = {
    "source": (PartyReference, printable),
    "destination": (PartyReference, printable),
    "asset": (AssetCode, _as_it_is),
    "external_id": (ExternalId, printable),
    "reason": (Reason, _as_it_is),
    "metadata": (Metadata, _as_it_is),
    "splits": (list[PartRequest], _parts),
    "amount": (Amount, amount),
}
_TYPED: Mapping[Any, tuple[Any, Take]] = {
    inspect.BoolType: (bool, _as_it_is),
    inspect.CustomType: (Timestamp, moment),
    inspect.StrType: (_Word, printable),
}
_NOT_SAID: Mapping[PaymentType, frozenset[str]] = {PaymentType.TRANSFER: frozenset({"begin"})}
"""What follows from something else: a transfer with a moment is scheduled."""


class Body(msgspec.Struct, frozen=True):
    """A body that can be taken in: its shape, and how each of its fields is read."""

    shape: type[msgspec.Struct]
    takes: tuple[tuple[str, Take], ...]

    def values(self, request: msgspec.Struct) -> dict[str, Any]:
        """The fields of the command that a body is; what was left out is left out.

        Raises:
            Refusal: a value is not what it must be.
        """
        return {
            name: take(value, f"/{name}")
            for name, take in self.takes
            if (value := getattr(request, name)) is not None
        }


@cache
def beginning(type_: PaymentType) -> Body:
    """The body by which a payment of a type begins."""
    act, births = BEGINNINGS[type_], LIFECYCLES[type_].births
    hidden = _NOT_SAID.get(type_, frozenset() if len(births) > 1 else frozenset({"begin"}))
    fields = [field for field in inspect.type_info(act).fields if field.name not in hidden]  # type: ignore[attr-defined]
    begin: Any = Literal.__getitem__(tuple(verb.value for verb in births))
    return _body(f"{type_.value.title()}Request", act.__doc__ or "", fields, begin)


@cache
def stepping(type_: PaymentType, verb: Verb) -> Body:
    """The body by which a payment is taken a step further."""
    wanted = (*OPTIONS.get(verb, ()), "reason")
    known = {field.name: field for field in inspect.type_info(Advance).fields}  # type: ignore[attr-defined]
    name = "".join(part.title() for part in (type_.value, *verb.value.split("_"), "request"))
    doc = f"What can be said when a {type_.value} is told to {verb.value}."
    return _body(name, doc, [known[each] for each in wanted], None)


def _body(name: str, doc: str, fields: list[Any], begin: Any) -> Body:
    declared: list[Any] = []
    takes = []
    for field in fields:
        kind, take = _kind_of(field, begin)
        takes.append((field.name, take))
        declared.append((field.name, kind) if field.required else (field.name, kind | None, None))
    shape = msgspec.defstruct(
        name, declared, bases=(RequestShape,), namespace={"__doc__": doc}, frozen=True, kw_only=True,
        module=__name__,
    )  # fmt: skip
    return Body(shape, tuple(takes))


def _kind_of(field: Any, begin: Any) -> tuple[Any, Take]:
    if field.name == "begin":
        return begin, lambda value, _pointer: Verb(value)
    if field.name in _NAMED:
        return _NAMED[field.name]
    kind = field.type
    if isinstance(kind, inspect.UnionType):
        kind = next(each for each in kind.types if not isinstance(each, inspect.NoneType))
    return _TYPED[type(kind)]


def begin_act(type_: PaymentType, request: msgspec.Struct) -> Begin:
    """The command that a body of the type is.

    Raises:
        Refusal: a value is not what it must be.
    """
    values = beginning(type_).values(request)
    if type_ is PaymentType.TRANSFER and "scheduled_at" in values:
        values["begin"] = Verb.SCHEDULE
    return BEGINNINGS[type_](**values)


def step_act(type_: PaymentType, identifier: str, verb: Verb, request: msgspec.Struct) -> Advance:
    """The command that a body of the verb is.

    Raises:
        Refusal: a value is not what it must be.
    """
    return Advance(payment=identifier, verb=verb, **stepping(type_, verb).values(request))

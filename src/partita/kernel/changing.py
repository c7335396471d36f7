"""Deciding on matters: their bodies are the modules' own; ids, titles and versions are not."""

import re

import msgspec

from partita.kernel import commands, events
from partita.kernel.book import Book
from partita.kernel.context import Context, Decision
from partita.kernel.matters import Matter, matter_name
from partita.kernel.movements import reference_taken
from partita.kernel.rejections import Code, Rejection

RESERVED_KINDS = frozenset(
    ("ledger", "asset", "account", "transaction", "hold", "document", "limit", "period")
)
"""What the kernel's own records are about: no matter is called so."""
_TYPE = re.compile(r"[a-z]+(_[a-z]+)*\.[a-z]+(_[a-z]+)*", re.ASCII)


def is_matter_type(type_name: str) -> bool:
    """Whether a record's type can be that of a matter: `kind.happened` in small letters.

    >>> is_matter_type("payment.captured")
    True
    """
    return _TYPE.fullmatch(type_name) is not None


def change_matter(book: Book, command: commands.ChangeMatter, context: Context) -> Decision:
    """The matter as it is now, if it may be so."""
    assert is_matter_type(command.type), f"not a type of record: {command.type!r}"
    assert command.type.startswith(f"{command.kind}."), "the fact is about a matter of this kind"
    assert command.kind not in RESERVED_KINDS, f"{command.kind} is the kernel's own"
    is_new = command.is_new or command.id is None
    before = None if command.id is None else book.resources.get((command.kind, command.id))
    assert before is None or isinstance(before, Matter), "matters are kept as matters"
    if (wrong := _objection(book, command, before, is_new=is_new)) is not None:
        return wrong
    after = Matter(
        id=command.id or context.identity(command.prefix),
        number=context.sequence if before is None else before.number,
        kind=command.kind,
        status=command.status,
        version=1 if before is None else before.version + 1,
        title=command.title,
        about=command.about,
        external_id=command.external_id if before is None else before.external_id,
        body=command.body,
        account_paths=command.account_paths,
        related=command.related,
        wakes_at=command.wakes_at,
    )
    return events.MatterChanged(
        context.identity("evt_"), command.type, after, command.asked,
        after.external_id if before is None else None,
        command.reason, command.facts, command.parts,
    )  # fmt: skip


def _objection(
    book: Book, command: commands.ChangeMatter, before: Matter | None, *, is_new: bool
) -> Rejection | None:
    if is_new:
        assert before is None, f"{command.id} is there already"
        if (taken := reference_taken(book, command)) is not None:
            return taken
    elif before is None:
        detail = f"There is no {command.kind} {command.id!r} in this ledger."
        return Rejection(Code.MATTER_NOT_FOUND, detail)
    if command.title is None or (before is not None and before.title == command.title):
        return None
    other = book.resources.get((command.kind, matter_name(command.kind, command.title)))
    if other is None or (isinstance(other, Matter) and other.title != command.title):
        return None
    detail = f"There is a {command.kind} called {command.title!r} already."
    return Rejection(Code.TITLE_TAKEN, detail, None, {"existing_resource_id": other.id})


def with_parts(
    command: commands.ChangeMatter, asked: str, parts: tuple[str, ...]
) -> commands.ChangeMatter:
    """The same change, with the operation that was asked for and the facts made with it."""
    return msgspec.structs.replace(command, asked=asked, parts=parts)

"""Undoing: what events are about to change in a book is remembered, so that it can be put back.

A bulk and a business command stand or fall as a whole. Nothing is remembered but what their events
touch, so that a small command in a large batch costs little.
"""

from collections.abc import Callable
from typing import Any

from partita.kernel import events
from partita.kernel.book import Book, external_id_of
from partita.kernel.documents import Document
from partita.kernel.matters import Matter
from partita.kernel.resources import Resource


class Undo:
    """Remembers what events change in a book, and can put it back."""

    def __init__(self, book: Book) -> None:
        """Remember nothing yet of this book."""
        self._book = book
        self._taken: list[str] = []
        self._standings: dict[str, tuple[Any, ...] | None] = {}
        self._resources: dict[tuple[str, str], Resource | None] = {}
        self._whole: dict[str, Any] = {}

    def note(self, event: events.Event) -> None:
        """Remember what this event will change; before it does."""
        for entry in events.entries_in(event):
            self._keep(entry.account)
        reference = external_id_of(event)
        if reference is not None and reference not in self._book.external_ids:
            self._taken.append(reference)
        if (resource := events.resource_in(event)) is not None:
            self._note_resource(resource)
        if (others := _OTHERS.get(type(event))) is not None:
            others(self, event)
        if self._book.velocity.limits:
            self._whole.setdefault("velocity", self._book.velocity.copy())

    def _note_resource(self, resource: Resource) -> None:
        """Under each name that it is found by there may be another one now."""
        names = [resource.id]
        if isinstance(resource, Document | Matter) and resource.name is not None:
            names.append(resource.name)
        for name in names:
            known = self._book.resources.get((resource.kind, name))
            self._resources.setdefault((resource.kind, name), known)

    def _note_opened(self, event: events.AccountOpened) -> None:
        self._standings[event.account.path] = self._standings[event.account.id] = None

    def _note_status(self, event: events.AccountChanged) -> None:
        self._keep(event.account)

    def _note_ledger(self, _event: events.LedgerOpened) -> None:
        self._whole.setdefault("is_open", self._book.is_open)

    def _note_asset(self, _event: events.AssetRegistered) -> None:
        self._whole.setdefault("assets", dict(self._book.assets))

    def _note_matter(self, event: events.MatterChanged) -> None:
        standing = self._book.standing_matters
        if event.matter.is_standing or standing:
            self._whole.setdefault("standing_matters", dict(standing))

    def _note_period(self, _event: events.PeriodChanged) -> None:
        self._whole.setdefault("calendar", self._book.calendar.copy())

    def _note_limit(self, _event: events.LimitChanged) -> None:
        self._whole.setdefault("velocity", self._book.velocity.copy())

    def _keep(self, path: str) -> None:
        s = self._book.standings[path]
        self._standings.setdefault(path, (s.status, s.version, s.totals))

    def __call__(self) -> None:
        """Put the book back."""
        book = self._book
        book.external_ids.difference_update(self._taken)
        for name, value in self._whole.items():
            setattr(book, name, value)
        for place, resource in self._resources.items():
            if resource is None:
                book.resources.pop(place, None)
            else:
                book.resources[place] = resource
        for reference, state in self._standings.items():
            if state is None:
                book.standings.pop(reference, None)
            else:
                standing = book.standings[reference]
                standing.status, standing.version, standing.totals = state


_OTHERS: dict[type, Callable[[Undo, Any], None]] = {
    events.LedgerOpened: Undo._note_ledger,
    events.AssetRegistered: Undo._note_asset,
    events.AccountOpened: Undo._note_opened,
    **dict.fromkeys(events.AccountChanged.__args__, Undo._note_status),
    events.MatterChanged: Undo._note_matter,
    **dict.fromkeys(events.LimitChanged.__args__, Undo._note_limit),
    **dict.fromkeys(events.PeriodChanged.__args__, Undo._note_period),
}
"""What else an event of a kind changes in a book, beside entries, resources and external ids."""

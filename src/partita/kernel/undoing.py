"""Undoing: what events are about to change in a book is remembered, so that it can be put back.

A bulk and a business command stand or fall as a whole. Nothing is remembered but what their events
touch, so that a small command in a large batch costs little.
"""

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
        self._note_others(event)

    def _note_resource(self, resource: Resource) -> None:
        """Under each name that it is found by there may be another one now."""
        names = [resource.id]
        if isinstance(resource, Document | Matter) and resource.name is not None:
            names.append(resource.name)
        for name in names:
            known = self._book.resources.get((resource.kind, name))
            self._resources.setdefault((resource.kind, name), known)

    def _note_others(self, event: events.Event) -> None:
        book = self._book
        if isinstance(event, events.AccountOpened):
            self._standings[event.account.path] = self._standings[event.account.id] = None
        elif isinstance(event, events.AccountChanged):
            self._keep(event.account)
        elif isinstance(event, events.LedgerOpened):
            self._whole.setdefault("is_open", book.is_open)
        elif isinstance(event, events.AssetRegistered):
            self._whole.setdefault("assets", dict(book.assets))
        elif isinstance(event, events.MatterChanged):
            if event.matter.is_standing or book.standing_matters:
                self._whole.setdefault("standing_matters", dict(book.standing_matters))
        elif isinstance(event, events.PeriodChanged):
            self._whole.setdefault("calendar", book.calendar.copy())
        if book.velocity.limits or isinstance(event, events.LimitChanged):
            self._whole.setdefault("velocity", book.velocity.copy())

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

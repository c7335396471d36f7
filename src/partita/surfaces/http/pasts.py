"""Pasts: which past a query asks for, on both axes, with what is known fixed at a sequence.

Asks the store, so it belongs in a reading thread.
"""

from typing import Literal, Protocol

from partita.engine.as_of import AsOf, Basis
from partita.engine.history import Span
from partita.kernel.moment import Moment
from partita.surfaces.http.call import Call
from partita.surfaces.http.paging import whole_number
from partita.surfaces.http.refusal import Refusal
from partita.surfaces.http.shapes.balances import Past
from partita.surfaces.http.shapes.fields import moment_or_none


class KnowledgeQuery(Protocol):
    """The parameters that say what is to be known, and by which time things are placed."""

    @property
    def basis(self) -> Literal["recorded", "effective"]:
        """By which of the two times."""

    @property
    def known_at(self) -> str | None:
        """A moment of recorded time."""

    @property
    def known_at_sequence(self) -> str | None:
        """A sequence."""


class PastQuery(KnowledgeQuery, Protocol):
    """The parameters that say which past."""

    @property
    def as_of(self) -> str | None:
        """A moment of the basis."""

    @property
    def as_of_sequence(self) -> str | None:
        """A sequence, by recorded time alone."""


def past_of(call: Call, query: PastQuery) -> Past:
    """The past that a query for balances asks for.

    Raises:
        Refusal: parameters exclude each other, or name a sequence that is not there yet.
    """
    moment = moment_or_none(query.as_of)
    basis = Basis(query.basis)
    if basis is Basis.RECORDED:
        _refuse_knowledge(query)
        sequence = _sequence(call, moment, query.as_of_sequence, "as_of")
        return Past(basis, moment, None, AsOf(None, sequence), sequence)
    if query.as_of_sequence is not None:
        raise Refusal(
            "invalid_request",
            "as_of_sequence is a question of recorded time: it goes without basis=effective."
            " known_at_sequence goes with it.",
        )
    known_at, sequence = _known(call, query)
    moment = call.desk.clock.now() if moment is None else moment
    return Past(basis, moment, known_at, AsOf(moment, sequence), sequence)


def span_of(call: Call, query: KnowledgeQuery, start: Moment, end: Moment) -> Span:
    """The span that a query for a history or a difference asks for.

    Raises:
        Refusal: it ends before it begins, or as above.
    """
    if end < start:
        raise Refusal("invalid_request", "The span ends before it begins: `to` is before `from`.")
    basis = Basis(query.basis)
    if basis is Basis.RECORDED:
        _refuse_knowledge(query)
        return Span(start, end, basis, call.desk.store.head(call.info).sequence)
    _known_at, sequence = _known(call, query)
    return Span(start, end, basis, sequence)


def _refuse_knowledge(query: KnowledgeQuery) -> None:
    if query.known_at is not None or query.known_at_sequence is not None:
        raise Refusal(
            "invalid_request",
            "known_at and known_at_sequence go with basis=effective: by recorded time, what was"
            " known is what the question is about.",
        )


def _known(call: Call, query: KnowledgeQuery) -> tuple[Moment | None, int]:
    known_at = moment_or_none(query.known_at)
    return known_at, _sequence(call, known_at, query.known_at_sequence, "known_at")


def _sequence(call: Call, moment: Moment | None, given: str | None, name: str) -> int:
    """The sequence that is meant: as given, the last by a moment, or the journal's last."""
    store, info = call.desk.store, call.info
    if given is None:
        return store.head(info).sequence if moment is None else store.sequence_at(info, moment)
    if moment is not None:
        raise Refusal(
            "invalid_request", f"{name} and {name}_sequence are two answers to one question."
        )
    sequence = whole_number(given, f"{name}_sequence")
    if sequence > (end := store.head(info).sequence):
        raise Refusal("invalid_request", f"The journal ends at sequence {end}, not yet {sequence}.")
    return sequence

"""What answers out of trailing views share: from which sequence on they are wanted, and as of which."""

from typing import Annotated

from msgspec import Meta

from partita.surfaces.http.shapes.fields import ListShape, QueryShape

Sequence = Annotated[
    str,
    Meta(
        description="The sequence of the journal up to which everything is in the answer.",
        examples=["418233"],
    ),
]
Day = Annotated[
    str,
    Meta(
        pattern=r"^\d{4}-\d{2}-\d{2}$(?!\n)", description="A day of UTC.", examples=["2026-11-20"]
    ),
]


class TrailingQuery(QueryShape, frozen=True, kw_only=True):
    """From which sequence on the answer is wanted, and how many seconds may be waited for that.

    Without `wait` it is 2; at most 30. If the view has not come so far then: 409 `replica_behind`.
    """

    min_sequence: (
        Annotated[str, Meta(description="As `Ledger-Sequence` said it.", examples=["418233"])]
        | None
    ) = None
    wait: (
        Annotated[str, Meta(description="Seconds, 0 to 30, as `5` or `5s`.", examples=["5"])] | None
    ) = None


class TrailingListQuery(TrailingQuery, frozen=True, kw_only=True):
    """The same of a list, which comes in pages."""

    limit: str | None = None
    cursor: str | None = None


class TrailingListShape(ListShape, frozen=True, kw_only=True):
    """A list out of a trailing view."""

    as_of_sequence: Sequence

"""Views on the wire: how far each has come, and what is being built."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from partita.engine.trailing.overview import ViewState
from partita.surfaces.http.shapes.fields import ListShape

_EXAMPLE = {"examples": ["1042"]}


class ViewStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How a view of a ledger stands. An inline view is never behind; its rows are not counted."""

    object: Literal["view"] = "view"
    name: Annotated[str, Meta(examples=["wallet_balances"])]
    pace: Annotated[str, Meta(description="`inline` or `trailing`.", examples=["trailing"])]
    version: int
    state: Annotated[
        str,
        Meta(
            description="`live`; `rebuilding`: live, and projected anew beside it; or `building`:"
            " nothing can be read until the rows have caught up.",
            examples=["live"],
        ),
    ]
    sequence: Annotated[
        str, Meta(description="All records up to here are in its rows.", **_EXAMPLE)
    ]
    lag_records: Annotated[str, Meta(description="Records that are not yet.", examples=["0"])]
    lag_seconds: Annotated[
        str, Meta(description="For how long the first of them has waited.", examples=["0.000"])
    ]
    generation: int | None
    rows: Annotated[str | None, Meta(examples=["250"])]
    rows_are_estimated: bool
    building_sequence: Annotated[
        str | None, Meta(description="How far the rows have come that are projected beside it.")
    ]


class ViewStatusList(ListShape, frozen=True, kw_only=True):
    """Every view: the inline ones first."""

    data: list[ViewStatus]


def view_status(state: ViewState) -> ViewStatus:
    """The shape of a view's state."""
    rows, building = state.rows, state.building_sequence
    return ViewStatus(
        name=state.name,
        pace=state.pace.value,
        version=state.version,
        state=state.readiness.value,
        sequence=str(state.sequence),
        lag_records=str(state.lag_records),
        lag_seconds=f"{state.lag_seconds:.3f}",
        generation=state.generation,
        rows=None if rows is None else str(rows.rows),
        rows_are_estimated=rows is not None and not rows.is_exact,
        building_sequence=None if building is None else str(building),
    )

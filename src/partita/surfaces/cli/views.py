"""`partita views`: how far each read model has come behind its journal."""

import msgspec

from partita.engine.trailing.overview import ViewState
from partita.surfaces.cli.place import IN_MAIN, InLedger, books
from partita.surfaces.cli.talk import emit_list, table
from partita.surfaces.http.shapes.view_states import view_status

_COLUMNS = ("view", "pace", "state", "sequence", "behind", "seconds", "rows", "generation")


def views(*, place: InLedger = IN_MAIN) -> None:
    """List every view: how far it has come, how far it is behind, and what is projected anew."""
    with books(place) as open_books:
        application, info = open_books.application, open_books.info
        states = application.overview.states(info, application.clock.now())
    if place.json:
        emit_list(msgspec.to_builtins(view_status(state)) for state in states)
    else:
        table(_COLUMNS, map(_row, states), right="sequence behind seconds rows generation")


def _row(state: ViewState) -> tuple[str, ...]:
    building = state.building_sequence
    beside = "" if building is None else f" ({building:,})"
    return (
        state.name,
        state.pace.value,
        state.readiness.value + beside,
        f"{state.sequence:,}",
        f"{state.lag_records:,}",
        f"{state.lag_seconds:.1f}",
        _rows(state),
        "-" if state.generation is None else str(state.generation),
    )


def _rows(state: ViewState) -> str:
    if state.rows is None:
        return "-"
    return f"{state.rows.rows:,}" if state.rows.is_exact else f"~{state.rows.rows:,}"

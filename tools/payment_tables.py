"""The lifecycles of payments for the documents: a diagram and a table of each type, out of its table."""

from collections.abc import Iterator

from partita.modules.payments.acts import OPTIONS, plural
from partita.modules.payments.lifecycle import Case, HoldStep, Lifecycle, Transition
from partita.modules.payments.lifecycles import LIFECYCLES

_HOLDS = {
    HoldStep.PLACE: "held with the {whose}",
    HoldStep.CAPTURE: "out of the hold",
    HoldStep.RELEASE: "what is held with the {whose} is free",
}


def tables() -> Iterator[str]:
    """All types, one behind the other."""
    for table in LIFECYCLES.values():
        yield from ("", f"## {plural(table.type).capitalize()}", "")
        yield from _diagram(table)
        yield from ("", *_states(table), "", *_rows(table))
    yield from ("", "## What can be said", "", *_options())


def _diagram(table: Lifecycle) -> Iterator[str]:
    """What leads from one state to another, a line for each way."""
    ways = [
        ("(nothing)" if state is None else state.value, row)
        for row in table.transitions
        for state in row.from_states or (None,)
    ]
    widest = max(len(start) for start, _row in ways)
    yield "```text"
    for start, row in ways:
        case = f" {row.case.value}" if row.case is not Case.ALWAYS else ""
        yield f"{start:>{widest}} ── {row.verb.value}{case} ─► {row.to_state.value}"
    yield "```"


def _states(table: Lifecycle) -> Iterator[str]:
    yield "| state | status | may be told to | by the clock |"
    yield "|---|---|---|---|"
    for state, status in table.states.items():
        verbs = ", ".join(f"`{verb.value}`" for verb in table.allowed(state)) or "–"
        clock = table.waits_for_clock.get(state)
        yield f"| `{state.value}` | {status.value} | {verbs} | {clock.value if clock else '–'} |"


def _rows(table: Lifecycle) -> Iterator[str]:
    yield "| verb | from | to | in the journal | moves |"
    yield "|---|---|---|---|---|"
    for row in table.transitions:
        starts = ", ".join(f"`{state.value}`" for state in row.from_states) or "nothing"
        case = f" ({row.case.value})" if row.case is not Case.ALWAYS else ""
        yield (
            f"| `{row.verb.value}`{case} | {starts} | `{row.to_state.value}` |"
            f" `{table.type.value}.{row.event}` | {_moves(row)} |"
        )


def _moves(row: Transition) -> str:
    told = [move.text() for move in row.moves]
    for step, whose in ((row.hold, "source"), (row.proceeds, "destination")):
        if step is not None:
            told.append(_HOLDS[step].format(whose=whose))
    if row.undoes:
        told.append("all its transactions are reversed")
    return "; ".join(told) or "–"


def _options() -> Iterator[str]:
    yield "Every step takes a `reason`. Beside it:"
    yield from ("", "| verb | takes |", "|---|---|")
    for verb, names in OPTIONS.items():
        yield f"| `{verb.value}` | {', '.join(f'`{name}`' for name in names)} |"

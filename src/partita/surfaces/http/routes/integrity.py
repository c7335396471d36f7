"""Integrity: what the standing auditor of this server knows of the ledger."""

from partita.engine.integrity import IntegrityStatus
from partita.surfaces.http.call import Call
from partita.surfaces.http.operation import operation
from partita.surfaces.http.reply import Reply, ok
from partita.surfaces.http.shapes import integrity as shapes


@operation(
    "GET",
    "/v1/integrity",
    tag="Journal",
    summary="Get the ledger's integrity",
    description="What the standing auditor saw: journal, registers, chart, resources, answers and"
    " checkpoints, compared with each other all the time at a small share of the machine.",
    reply=shapes.Integrity,
)
async def get_integrity(call: Call) -> Reply:
    """Get what the standing auditor knows."""
    auditor, name = call.desk.application.auditor, call.info.name
    status = IntegrityStatus(name) if auditor is None else auditor.status(name)
    return ok(shapes.integrity(status))


OPERATIONS = (get_integrity,)

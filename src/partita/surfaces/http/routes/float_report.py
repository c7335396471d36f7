"""Float: what customers believe they hold, against what there is."""

from partita.modules.float.reading import read_float
from partita.surfaces.http.call import Call
from partita.surfaces.http.operation import operation
from partita.surfaces.http.pasts import past_of
from partita.surfaces.http.reply import Reply, ok
from partita.surfaces.http.shapes import float as shapes


@operation(
    "GET", "/v1/float", tag="Reports", summary="Get the float",
    description="For each asset what customers believe they hold, what is in custody, in transit"
    " and awaited, and what explains the rest: it ties. Now; or as of a recorded moment"
    " (included) or a sequence; or, with `basis=effective`, over all entries effective by `as_of`.",
    query=shapes.FloatQuery, reply=shapes.FloatReport, codes=("invalid_timestamp",),
)  # fmt: skip
async def get_float(call: Call) -> Reply:
    """Get the float now or in any past."""
    return ok(await call.read(_float, call))


def _float(call: Call) -> shapes.FloatReport:
    query: shapes.FloatQuery = call.query
    past = past_of(call, query)
    found = read_float(call.desk.store, call.info, past.as_of, query.asset)
    return shapes.float_report(found, None if past.moment is None else past.moment.text())


OPERATIONS = (get_float,)

"""Views: how far each has come behind its journal."""

from partita.surfaces.http.call import Call
from partita.surfaces.http.operation import operation
from partita.surfaces.http.reply import Reply, ok
from partita.surfaces.http.shapes.view_states import ViewStatusList, view_status

_URL = "/v1/views"


@operation(
    "GET", _URL, tag="Views", summary="List views", reply=ViewStatusList,
    description="Every read model of the ledger: up to which record its rows go, how far that is"
    " behind, and what is projected anew beside it.",
)  # fmt: skip
async def list_views(call: Call) -> Reply:
    """List how every view stands."""
    desk = call.desk
    states = await call.read(desk.application.overview.states, call.info, desk.clock.now())
    data = [view_status(state) for state in states]
    return ok(ViewStatusList(data=data, has_more=False, next_cursor=None, url=_URL))


OPERATIONS = (list_views,)

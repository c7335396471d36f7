"""Hold exposure: what open holds set aside, by when they expire, out of a trailing view."""

import msgspec

from partita.surfaces.http.call import Call
from partita.surfaces.http.operation import operation
from partita.surfaces.http.paging import page
from partita.surfaces.http.references import standing_of
from partita.surfaces.http.reply import Reply
from partita.surfaces.http.shapes import exposure as shapes
from partita.surfaces.http.trailing import LIST_CODES, fresh, place_in, rows_of
from partita.views.hold_exposure import HOLD_EXPOSURE, NEVER
from partita.views.reading.holds import Bucket, Exposure, HoldFilter, hold_exposure
from partita.views.reading.looking import Seen

_encode = msgspec.json.Encoder().encode
_URL = "/v1/holds/exposure"


@operation(
    "GET", _URL, tag="Holds", summary="See what open holds set aside",
    description="By asset and the day, or with `by=hour` the hour, of UTC in which they expire; and"
    " in all.",
    query=shapes.ExposureQuery, reply=shapes.HoldExposureList, codes=("not_found", *LIST_CODES),
)  # fmt: skip
async def get_hold_exposure(call: Call) -> Reply:
    """See what holds set aside, by expiry."""
    query: shapes.ExposureQuery = call.query
    wanted = page(_URL, query)
    after = place_in(wanted, str, str)
    account = None
    if query.account is not None:
        account = (await call.read(standing_of, call, query.account)).account.path
    place = await fresh(call, HOLD_EXPOSURE)
    which = HoldFilter(query.asset, account)
    found = await call.read(hold_exposure, place, which, Bucket(query.by))
    behind = [row for row in found.answer.buckets if after is None or _place(row) > after]
    page_of = Seen(behind[: wanted.limit + 1], found.sequence)
    kept, beside = rows_of(wanted, page_of, _URL, _place)
    totals = found.answer.totals
    scales = await call.read(lambda: {each.asset: call.scale(each.asset) for each in totals})
    return Reply(
        200,
        _encode(
            shapes.HoldExposureList(
                data=[shapes.hold_exposure(row, scales[row.asset]) for row in kept],
                totals=[shapes.hold_total(row, scales[row.asset]) for row in totals],
                **beside,
            )
        ),
    )


def _place(row: Exposure) -> tuple[str, str]:
    return row.asset, row.expires_in or NEVER


OPERATIONS = (get_hold_exposure,)

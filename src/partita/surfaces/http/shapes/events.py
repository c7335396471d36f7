"""Events on the wire: CloudEvents 1.0, and what can be asked of the feed."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from partita.surfaces.http.shapes.fields import ListShape, QueryShape, Timestamp

_Types = Annotated[
    str,
    Meta(
        description="Only these types, commas between them: `payment.settled`, `payment.*`, or in"
        " full, `dev.partita.payment.settled.v1`. One that there is not is refused.",
        examples=["transaction.posted,hold.*"],
    ),
]
_Subjects = Annotated[
    str,
    Meta(
        description="Only events about these resources: ids, commas between them.",
        examples=["txn_01M7W7N0QW460X59E8QN11KFMB"],
    ),
]


class StreamQuery(QueryShape, frozen=True, kw_only=True):
    """Where a stream begins, and what is wanted."""

    after: str | None = None
    type: _Types | None = None
    subject: _Subjects | None = None


class EventsQuery(StreamQuery, frozen=True, kw_only=True):
    """Which events, and how long to wait for one."""

    limit: str | None = None
    cursor: str | None = None
    wait: (
        Annotated[
            str,
            Meta(
                description="How many seconds to wait if there is none yet: 0 to 30, as `30` or `30s`.",
                examples=["30s"],
            ),
        ]
        | None
    ) = None


class CloudEvent(msgspec.Struct, frozen=True, kw_only=True):
    """A record of the journal as a CloudEvent, in structured JSON.

    `subject` is the id of what it is about, `sequence` its place in the journal in twenty digits.
    `time` is when it counts, `recordedtime` when it was recorded. `data.object` is the resource as
    it is after, `data.request` who asked.
    """

    specversion: Literal["1.0"]
    id: str
    source: str
    type: str
    subject: str
    time: Timestamp
    recordedtime: Timestamp
    sequence: Annotated[str, Meta(min_length=20, max_length=20)]
    dataschema: str
    datacontenttype: Literal["application/json"]
    data: dict[str, Any]


class EventsPage(ListShape, frozen=True, kw_only=True):
    """Events in their order, and how far the journal was looked through for them.

    To follow the feed, ask again with `after` the `upto` of this answer, also if it has no events.
    """

    data: list[CloudEvent]
    upto: str

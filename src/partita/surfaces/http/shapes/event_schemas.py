"""Schemas of events on the wire: what there is, and where each of them can be had."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from partita.engine.event_schemas.listing import Listed
from partita.surfaces.http.shapes.fields import ListShape


class EventSchema(msgspec.Struct, frozen=True, kw_only=True):
    """One version of one type of event. `is_current`: new events are of this version."""

    object: Literal["event_schema"] = "event_schema"
    id: Annotated[str, Meta(examples=["payment.settled.v1"])]
    type: Annotated[str, Meta(examples=["dev.partita.payment.settled.v1"])]
    version: int
    description: str
    is_current: bool
    url: Annotated[str, Meta(examples=["/schemas/payment.settled.v1.json"])]


class EventSchemaList(ListShape, frozen=True, kw_only=True):
    """All schemas, by name."""

    data: list[EventSchema]


def event_schema(listed: Listed) -> EventSchema:
    """A schema as it is told."""
    return EventSchema(
        id=listed.name,
        type=listed.full_name,
        version=listed.version,
        description=listed.meaning,
        is_current=listed.is_current,
        url=f"/schemas/{listed.name}.json",
    )

"""The AsyncAPI 3.0 document: where events can be had, and what each of them looks like.

It describes this program, so every operation is a `send`: the feed over Server-Sent Events, webhooks,
and the two brokers. The messages are the same everywhere, one for each type of event; their payloads
are the JSON Schemas beside it (https://www.asyncapi.com/docs/reference/specification/v3.0.0).
"""

from collections.abc import Mapping
from typing import Any

from partita.engine.event_types import EventType

CONTENT_TYPE = "application/cloudevents+json"
BESIDE, SERVED = "./events/", "./schemas/"
"""Where the schemas lie as seen from the document: among the files of `spec/`, and on a server."""
_SCHEMA_FORMAT = "application/schema+json;version=draft-2020-12"
_LEDGER = {"ledger": {"description": "The ledger's name."}}


def async_api(types: Mapping[str, EventType], version: str) -> dict[str, Any]:
    """The whole document, as of a version of this program; its keys have an order."""
    messages = {name: {"$ref": f"#/components/messages/{name}"} for name in types}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Partita events",
            "version": version,
            "description": _ABOUT,
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": CONTENT_TYPE,
        "servers": _SERVERS,
        "channels": {
            name: {**channel, "messages": messages} for name, channel in _CHANNELS.items()
        },
        "operations": {
            f"send_{name}": {
                "action": "send",
                "channel": {"$ref": f"#/channels/{name}"},
                "summary": channel["summary"],
            }
            for name, channel in _CHANNELS.items()
        },
        "components": {
            "messages": {name: _message(each) for name, each in types.items()},
            "securitySchemes": {
                "api_key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An API key of `partita keys create`, with the scope `read`.",
                }
            },
        },
    }


def _message(event_type: EventType) -> dict[str, Any]:
    return {
        "name": event_type.full_name,
        "title": event_type.name,
        "summary": event_type.meaning,
        "contentType": CONTENT_TYPE,
        "tags": [{"name": event_type.about}],
        "payload": {
            "schemaFormat": _SCHEMA_FORMAT,
            "schema": {"$ref": f"{BESIDE}{event_type.schema}.json"},
        },
    }


_ABOUT = (
    "Every record of a ledger's journal leaves it as one event, a CloudEvent 1.0 in structured JSON."
    " The same record is always the same event, with the same `id`: whoever sees it twice can tell."
    " `sequence` counts without gaps within a ledger. Delivery is at least once, in order.\n\n"
    "Readers ignore fields they do not know, and bear words they do not know where a schema says"
    " `x-extensible-enum`; nothing else of a version of an event ever changes."
)
_SERVERS: dict[str, Any] = {
    "partita": {
        "host": "localhost:8080",
        "protocol": "http",
        "description": "The server of a ledger.",
        "security": [{"$ref": "#/components/securitySchemes/api_key"}],
    },
    "endpoint": {
        "host": "endpoint.example",
        "protocol": "https",
        "description": "Whatever address a webhook endpoint was created with.",
    },
    "nats": {
        "host": "localhost:4222",
        "protocol": "nats",
        "description": "NATS with JetStream, where a sink was set up.",
    },
    "kafka": {
        "host": "localhost:9092",
        "protocol": "kafka",
        "description": "Kafka, where a sink was set up.",
    },
}
_CHANNELS: dict[str, dict[str, Any]] = {
    "feed": {
        "address": "/v1/events/stream",
        "title": "The feed",
        "summary": "Every event of a ledger as Server-Sent Events, from any sequence on.",
        "description": "`id` of each is its sequence, which `Last-Event-ID` goes on after; `data` is"
        " the event. `GET /v1/events?after=&wait=` gives the same in pages, for who polls.",
        "servers": [{"$ref": "#/servers/partita"}],
    },
    "webhooks": {
        "address": None,
        "title": "Webhooks",
        "summary": "Each event by POST to the address of every endpoint that wants it.",
        "description": "Signed as Standard Webhooks say: `webhook-id` is the event's id,"
        " `webhook-timestamp` and `webhook-signature` are beside it. An event above 20 kB is sent"
        " without `data`; `dataref` says where it is in full.",
        "servers": [{"$ref": "#/servers/endpoint"}],
    },
    "nats": {
        "address": "partita.{ledger}.{type}",
        "title": "NATS JetStream",
        "summary": "Every event of a ledger in a stream, without doubles.",
        "description": "A stream (`partita`, if the sink names no other) takes `partita.>`. The header"
        " `Nats-Msg-Id` is the event's id, by which the server drops doubles.",
        "servers": [{"$ref": "#/servers/nats"}],
        "parameters": {
            **_LEDGER,
            "type": {"description": "The record's type: `payment.settled`."},
        },
    },
    "kafka": {
        "address": "{topic}",
        "title": "Kafka",
        "summary": "Every event of a ledger in a topic, in order.",
        "description": "By an idempotent producer; the header `ce_id` is the event's id. The key is the"
        " ledger's name; or, if the sink is partitioned by account, the path of each account that the"
        " event touches, with a message for each.",
        "servers": [{"$ref": "#/servers/kafka"}],
        "parameters": {
            "topic": {
                "description": "The sink's channel; without one `partita.` and the ledger's name."
            }
        },
    },
}

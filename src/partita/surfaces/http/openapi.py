"""The OpenAPI 3.1 document, drawn from the declarations of the operations and the table of problems.

Nothing is written twice: shapes give the schemas, operations the paths, problems the errors.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from partita import __version__
from partita.engine.access import Scope
from partita.modules.exports.table import MEDIA_TYPES
from partita.surfaces.http.list_catalogue import is_list
from partita.surfaces.http.list_formats import FORMATS
from partita.surfaces.http.list_tables import parts
from partita.surfaces.http.operation import KeyRule, Operation
from partita.surfaces.http.problems import PROBLEMS
from partita.surfaces.http.refusal import Problem

# Bare or quoted: both spell the same key.
_KEY_PATTERN = r'^([!#-~][ -~]{0,254}|"([ !#-\[\]-~]|\\["\\]){1,255}")$'
_REF = "#/components/schemas/{name}"
_PARAMETER = re.compile(r"\{(\w+):(?:str|path)\}")
_SERVER_CODES = ("internal_error",)
_STORE_CODES = ("store_unavailable", "maintenance")
_WRITE_CODES = ("temporary_reduced_capacity", "read_only")
_KEY_CODES = (
    "authentication_required", "key_expired", "key_revoked", "permission_denied", "not_found",
    "invalid_request",
)  # fmt: skip
_BODY_CODES = ("invalid_request", "unknown_field", "body_too_large", "unsupported_media_type",
               "request_timeout")  # fmt: skip
_PATH_PARAMETERS = {
    "account": ("The account's path, or its id.", "customers:alice"),
    "id": ("Its id.", "txn_01M7W7N0R2QFH4PZWZ85JVAPF2"),
    "code": ("The code.", "USD"),
    "schema": ("The schema's name.", "payment.settled.v1"),
    "name": ("The ledger's name.", "main"),
    "template": ("The template's name.", "card_fee"),
    "rail": ("The rail's name.", "simulator"),
    "event": ("What is to happen.", "receive"),
    "rule": ("The rule's name, or its id (`rul_…`).", "card-fee"),
    "reference": ("A record's sequence, or the id of what it made.", "1"),
    "tile": ("Level and number, as C2SP tlog-tiles writes them.", "0/000.p/1"),
    "kind": ("The report's kind.", "trial_balance"),
    "sequence": ("The event's sequence.", "42"),
}
_LINKS = {
    "open_account": ("get_account", "account"),
    "post_transaction": ("get_transaction", "id"),
}


def public_path(operation: Operation) -> str:
    """The path as OpenAPI writes it."""
    return _PARAMETER.sub(r"{\1}", operation.path)


def codes_of(operation: Operation) -> tuple[str, ...]:
    """Every problem that an operation can answer with, in the table's order."""
    codes = {*operation.codes, *_SERVER_CODES, "unknown_filter"}
    if operation.scope is not None:
        codes |= {*_KEY_CODES, *_STORE_CODES}
    if operation.scope is Scope.WRITE:
        codes |= set(_WRITE_CODES)
    if operation.request is not None:
        codes |= set(_BODY_CODES)
    if operation.query is not None:
        codes.add("invalid_request")
    if is_list(operation):
        codes |= {"invalid_request", "format_unavailable"}
    if operation.key is not KeyRule.NONE:
        codes |= {"idempotency_key_invalid", "idempotency_key_reused"}
    if operation.key is KeyRule.REQUIRED:
        codes.add("idempotency_key_missing")
    return tuple(code for code in PROBLEMS if code in codes)


def document(operations: Sequence[Operation]) -> dict[str, Any]:
    """The whole document."""
    schemas, components = _schemas(operations)
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        described = _operation(operation, schemas)
        paths.setdefault(public_path(operation), {})[operation.method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Partita",
            "version": __version__,
            "summary": "A real-time ledger.",
            "description": "Amounts are strings of whole minor units. Every problem is RFC 9457"
            " and says its mend. What moves money needs an Idempotency-Key; the same key has the"
            " same answer for ever.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": tag} for tag in dict.fromkeys(o.tag for o in operations)],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "api_key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An API key of `partita keys create`: `partita_live_…`.",
                }
            },
        },
    }


def _schemas(operations: Iterable[Operation]) -> tuple[dict[type, Any], dict[str, Any]]:
    """The schema reference of every shape, and the schemas themselves by name."""
    kinds: dict[Any, None] = {Problem: None}
    for operation in operations:
        kinds |= {kind: None for kind in (operation.request, operation.reply) if kind is not None}
    found, components = msgspec.json.schema_components(kinds, ref_template=_REF)
    # Python's $ needs the look-ahead (see shapes/fields.py); JSON Schema's does not.
    text = msgspec.json.encode(components).replace(rb"$(?!\\n)", b"$")
    return dict(zip(kinds, found, strict=True)), msgspec.json.decode(text)


def _operation(operation: Operation, schemas: dict[type, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": operation.summary,
        "parameters": [*_path_parameters(operation), *_query(operation), *_headers(operation)],
        "responses": _responses(operation, schemas),
        "security": [] if operation.scope is None else [{"api_key": []}],
    }
    if operation.description:
        described["description"] = operation.description
    if operation.scope is not None:
        described["x-scope"] = operation.scope.value
    if operation.request is not None:
        described["requestBody"] = _request(operation, schemas[operation.request])
    return described


def _request(operation: Operation, schema: Any) -> dict[str, Any]:
    assert operation.body is not None, "an operation with a request reads a body"
    content: dict[str, Any] = {"schema": schema}
    if operation.example is not None:
        content["example"] = operation.example
    return {
        "required": not operation.body.may_be_empty,
        "content": {"application/json": content},
    }


def _path_parameters(operation: Operation) -> list[dict[str, Any]]:
    found = []
    for name in _PARAMETER.findall(operation.path):
        description, example = _PATH_PARAMETERS[name]
        if operation.path.startswith("/errors"):
            description, example = "The problem's code.", "insufficient_funds"
        found.append({
            "name": name, "in": "path", "required": True, "description": description,
            "schema": {"type": "string", "minLength": 1}, "example": example,
        })  # fmt: skip
    return found


def _query(operation: Operation) -> list[dict[str, Any]]:
    own = _own_query(operation)
    return own + _of_files(operation) if is_list(operation) else own


def _of_files(operation: Operation) -> list[dict[str, Any]]:
    """The parameters that every list has beside its own."""
    formats = {
        "name": "format", "in": "query", "required": False,
        "schema": {"enum": list(FORMATS), "default": FORMATS[0]},
        "description": "A file of the whole list instead of a page: then without `limit` and `cursor`.",
    }  # fmt: skip
    within = parts(operation.reply)
    each = {
        "name": "each", "in": "query", "required": False, "schema": {"enum": within},
        "description": "With a `format`: a row for each of those within an item.",
    }  # fmt: skip
    return [formats, each] if within else [formats]


def _own_query(operation: Operation) -> list[dict[str, Any]]:
    if operation.query is None:
        return []
    schema = msgspec.json.schema_components([operation.query])[1][operation.query.__name__]
    return [
        {"name": name, "in": "query", "required": False} | _parameter(name, kind)
        for name, kind in schema["properties"].items()
    ]


_WELL_KNOWN: dict[str, dict[str, Any]] = {
    "limit": {"type": "integer", "minimum": 1, "default": 50,
              "description": "How many at most; more than 1,000 is taken as 1,000."},
    "cursor": {"type": "string", "description": "`next_cursor` of the page before."},
    "after": {"type": "integer", "minimum": 0, "description": "A sequence; 0 is the start."},
    "sequence": {"type": "integer", "minimum": 1, "description": "A record's sequence."},
    "from": {"type": "integer", "minimum": 0, "description": "The older size of the log."},
    "to": {"type": "integer", "minimum": 0, "description": "The newer size of the log."},
    "depth": {"type": "integer", "minimum": 1, "description": "Segments of the chart to show."},
    "as_of_sequence": {"type": "integer", "minimum": 0,
                       "description": "A sequence of the journal, not beyond its end."},
    "known_at_sequence": {"type": "integer", "minimum": 0,
                          "description": "A sequence of the journal, not beyond its end."},
}  # fmt: skip


def _parameter(name: str, kind: dict[str, Any]) -> dict[str, Any]:
    """Schema and description of a query parameter; null, which a query cannot say, is left out."""
    schema: dict[str, Any] = dict(kind)
    options = [option for option in schema.pop("anyOf", []) if option != {"type": "null"}]
    if options == [{"type": "string"}] and name in _WELL_KNOWN:
        schema, options = dict(_WELL_KNOWN[name]), []
    if options:
        schema = options[0] if len(options) == 1 else {"anyOf": options}
    if schema.get("default", "") is None:
        del schema["default"]
    if schema.get("type") == "object":
        return {"schema": schema, "style": "deepObject", "explode": True} | (
            {"description": schema.pop("description")} if "description" in schema else {}
        )
    description = schema.pop("description", None)
    return {"schema": schema} | ({} if description is None else {"description": description})


def _headers(operation: Operation) -> list[dict[str, Any]]:
    headers = []
    if operation.key is not KeyRule.NONE:
        headers.append({
            "name": "Idempotency-Key", "in": "header",
            "required": operation.key is KeyRule.REQUIRED,
            "description": "A value of your own for this one wish. The same key has the same"
            " answer for ever, so a request whose answer was lost can be sent again.",
            "schema": {"type": "string", "pattern": _KEY_PATTERN}, "example": "order-8812",
        })  # fmt: skip
    if "precondition_required" in operation.codes:
        headers.append({
            "name": "If-Match", "in": "header", "required": True,
            "description": "The `version` that this changes; `*` is any. Without it: 428.",
            "schema": {"type": "string", "pattern": r'^(\*|"(0|[1-9][0-9]{0,8})"|0|[1-9][0-9]{0,8})$'},
            "example": '"1"',
        })  # fmt: skip
    if operation.media_type == "text/event-stream":
        headers.append({
            "name": "Last-Event-ID", "in": "header", "required": False,
            "description": "The id of the last message that was seen; it goes before `after`.",
            "schema": {"type": "integer", "minimum": 0}, "example": 42,
        })  # fmt: skip
    if operation.scope is not None:
        headers.append({
            "name": "Ledger", "in": "header", "required": False,
            "description": "The ledger this is about, for keys that reach several.",
            "schema": {"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]{0,62}$"},
            "example": "main",
        })  # fmt: skip
    return headers


def _responses(operation: Operation, schemas: dict[type, Any]) -> dict[str, Any]:
    good: dict[str, Any] = {"description": operation.summary, "headers": _reply_headers(operation)}
    if operation.status != 307:
        schema = schemas.get(operation.reply, {})
        good["content"] = {operation.media_type: {"schema": schema} if schema else {}}
    if is_list(operation):
        good["content"] |= {media_type: {} for media_type in MEDIA_TYPES.values()}
    if operation.name in _LINKS:
        target, parameter = _LINKS[operation.name]
        good["links"] = {
            target: {"operationId": target, "parameters": {parameter: "$response.body#/id"}}
        }
    answers = {str(operation.status): good}
    if operation.status_if_there is not None:
        answers[str(operation.status_if_there)] = good | {"headers": {"Request-Id": _REQUEST_ID}}
    return answers | _problem_responses(operation, schemas[Problem])


def _problem_responses(operation: Operation, schema: Any) -> dict[str, Any]:
    by_status: dict[int, list[str]] = {}
    for code in codes_of(operation):
        by_status.setdefault(PROBLEMS[code].status, []).append(code)
    return {
        str(status): {
            "description": ", ".join(f"`{code}`" for code in codes),
            "headers": {"Request-Id": _REQUEST_ID},
            "content": {"application/problem+json": {"schema": schema}},
            "x-codes": codes,
        }
        for status, codes in sorted(by_status.items())
    }


_REQUEST_ID = {
    "description": "Names this request in logs and in the journal.",
    "schema": {"type": "string", "pattern": "^req_[0-9A-HJKMNP-TV-Z]{26}$"},
}


def _reply_headers(operation: Operation) -> dict[str, Any]:
    headers: dict[str, Any] = {"Request-Id": _REQUEST_ID}
    if operation.scope is Scope.WRITE:
        headers["Ledger-Sequence"] = {
            "description": "The journal's sequence that this was recorded at.",
            "schema": {"type": "string", "pattern": "^[1-9][0-9]*$"},
        }
        headers["Ledger-Leaf"] = {
            "description": "The record's leaf in the log, which a checkpoint will cover.",
            "schema": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
        }
        headers["Idempotent-Replayed"] = {
            "description": "`true` if this is the first answer to this key, told again.",
            "schema": {"const": "true"},
        }
    if operation.status == 201:
        headers["Location"] = {"description": "Where it is.", "schema": {"type": "string"}}
    return headers

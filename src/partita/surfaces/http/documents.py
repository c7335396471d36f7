"""Documents: the OpenAPI document, the reference page and the error pages, made at first asking.

The pages are rendered here from the OpenAPI document and the table of problems. They load nothing
from outside, work by keyboard and without the script, and follow the reader's light or dark.
"""

import json
import re
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import jinja2
import msgspec
from markupsafe import Markup, escape

from partita.kernel.rejections import Code
from partita.surfaces.http.openapi import codes_of, document, public_path
from partita.surfaces.http.operation import KeyRule, Operation
from partita.surfaces.http.problems import PROBLEMS, ProblemKind
from partita.surfaces.http.refusal import Problem, Refusal

_FOLDER = Path(__file__).parent / "pages"
_REJECTIONS = {code.value for code in Code}
_CODE = re.compile(r"`([^`]+)`")
_EXAMPLE_REQUEST = "req_01M7W7N0QW460X59E8QN11KFMB"


class ProblemPage(msgspec.Struct, frozen=True):
    """What is to be known about one problem."""

    code: str
    status: int
    title: str
    fix: str
    retryable: bool
    retry_rule: str
    operations: list[str]
    example: Problem


class Documents:
    """Everything that explains these operations."""

    def __init__(self, operations: Sequence[Operation]) -> None:
        """Explain these operations."""
        self._operations = operations
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(_FOLDER),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=jinja2.StrictUndefined,
        )
        self._templates.filters |= {"pretty": _pretty, "marked": _marked}

    @cached_property
    def openapi(self) -> bytes:
        """The OpenAPI document."""
        return msgspec.json.encode(document(self._operations))

    @cached_property
    def problems(self) -> list[ProblemPage]:
        """Every problem, explained."""
        return [self._problem(kind) for kind in PROBLEMS.values()]

    @cached_property
    def reference(self) -> bytes:
        """The reference page."""
        api = document(self._operations)
        tags: dict[str, list[dict[str, Any]]] = {}
        for operation in self._operations:
            if operation.tag == "Pages":
                continue
            described = api["paths"][public_path(operation)][operation.method.lower()]
            tags.setdefault(operation.tag, []).append(
                described
                | {
                    "method": operation.method,
                    "path": public_path(operation),
                    "curl": _curl(operation),
                    "fields": _fields(operation, api["components"]["schemas"]),
                    "codes": codes_of(operation),
                    "status": operation.status,
                }
            )
        return self._render("reference.html", tags=tags, info=api["info"])

    @cached_property
    def error_index(self) -> bytes:
        """The page with all problems."""
        return self._render("errors.html", problems=self.problems)

    def error_page(self, code: str) -> bytes:
        """The page of one problem."""
        return self._render("error.html", problem=self._problem(PROBLEMS[code]))

    @cached_property
    def style(self) -> bytes:
        """The style sheet of all pages."""
        return (_FOLDER / "style.css").read_bytes()

    @cached_property
    def script(self) -> bytes:
        """The script behind the copy buttons."""
        return (_FOLDER / "copy.js").read_bytes()

    def _render(self, template: str, **values: Any) -> bytes:
        return self._templates.get_template(template).render(values).encode()

    def _problem(self, kind: ProblemKind) -> ProblemPage:
        return ProblemPage(
            code=kind.code,
            status=kind.status,
            title=kind.title,
            fix=kind.fix,
            retryable=kind.retryable,
            retry_rule=_retry_rule(kind),
            operations=[
                o.label.replace(":str", "") for o in self._operations if kind.code in codes_of(o)
            ],
            example=Refusal(kind.code, f"{kind.title}.").body(_EXAMPLE_REQUEST, "/v1/transactions"),
        )


def _retry_rule(kind: ProblemKind) -> str:
    if kind.retryable:
        return (
            "Send the same request with the same Idempotency-Key again, after the time that"
            " Retry-After gives. However often you do, it is done at most once."
        )
    if kind.code in _REJECTIONS:
        return (
            "Sending it again changes nothing: the rules decided, and the answer is kept under its"
            " Idempotency-Key for ever. Mend the cause, then use a new key."
        )
    return (
        "Sending it again as it is changes nothing. Nothing was kept under its Idempotency-Key:"
        " mend the request and use the same key."
    )


def _marked(text: str) -> Markup:
    """Text with `code` in backticks, as HTML."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped just now


def _pretty(value: Any) -> str:
    return json.dumps(msgspec.to_builtins(value), indent=2, ensure_ascii=False)


def _curl(operation: Operation) -> str:
    path = public_path(operation)
    for name, example in (
        ("account", "customers:alice"),
        ("id", "txn_…"),
        ("name", "main"),
        ("schema", "payment.settled.v1"),
    ):
        path = path.replace(f"{{{name}}}", example)
    path = path.replace("{code}", "USD" if path.startswith("/v1") else "insufficient_funds")
    lines = [f'curl "$PARTITA_URL{path}"']
    if operation.scope is not None:
        lines.append('-H "Authorization: Bearer $PARTITA_KEY"')
    if operation.key is KeyRule.REQUIRED:
        lines.append('-H "Idempotency-Key: order-8812"')
    if operation.method == "POST" and operation.example is None:
        lines.append("-X POST")
    if operation.example is not None:
        lines.append('-H "Content-Type: application/json"')
        lines.append(f"-d '{json.dumps(operation.example, indent=2)}'")
    return " \\\n  ".join(lines)


class Field(msgspec.Struct, frozen=True):
    """One line of a request's table: name, type, whether it must be there, and what it means."""

    name: str
    type: str
    required: bool
    description: str


def _fields(operation: Operation, schemas: dict[str, Any]) -> list[Field]:
    """The fields of a request, those of inner structs below their own, by dotted names."""
    if operation.request is None:
        return []
    return _fields_of(operation.request.__name__, schemas, "")


def _fields_of(name: str, schemas: dict[str, Any], prefix: str) -> list[Field]:
    schema, found = schemas[name], []
    for field, described in schema["properties"].items():
        shown, inner = _type(described, schemas)
        required = field in schema.get("required", ())
        meaning = described.get("description") or _options(described)[0].get("description", "")
        found.append(Field(prefix + field, shown, required, meaning))
        if inner is not None:
            found += _fields_of(
                inner, schemas, f"{prefix}{field}{'[]' if shown.startswith('list') else ''}."
            )
    return found


def _options(described: dict[str, Any]) -> list[dict[str, Any]]:
    return [o for o in described.get("anyOf", [described]) if o != {"type": "null"}]


def _type(described: dict[str, Any], schemas: dict[str, Any]) -> tuple[str, str | None]:
    """How a schema is called on the page, and the struct that is inside it, if one is."""
    schema = _options(described)[0]
    if "items" in schema:
        shown, inner = _type(schema["items"], schemas)
        return f"list of {shown}", inner
    if "$ref" not in schema and "allOf" in schema:
        schema = schema["allOf"][0]
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        if "enum" in schemas[name]:
            return " | ".join(schemas[name]["enum"]), None
        return "object", name
    if "enum" in schema:
        return " | ".join(schema["enum"]), None
    return {"object": "map of text"}.get(schema.get("type", ""), schema.get("type", "any")), None

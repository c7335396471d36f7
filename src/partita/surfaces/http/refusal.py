"""Refusals: one problem on its way out, as RFC 9457 `application/problem+json`.

Handlers raise `Refusal`; rejections of the rules and faults of the engine are made into one by
`of_rejection` and `of_error`. Only the dispatcher turns it into bytes, since only it knows the
request's id and address.
"""

import msgspec

from partita.engine.errors import (
    CorruptJournal,
    FormatUnavailable,
    NotFound,
    Overloaded,
    ReadOnly,
    ReplicaBehind,
    SearchRefused,
    SearchTooSlow,
    SignerUnavailable,
    StatementRefused,
    Stopped,
    StoreUnavailable,
)
from partita.engine.plain_documents import DocumentError
from partita.kernel.rejections import Rejection
from partita.modules.exports.lists import ListRefused
from partita.modules.exports.table import FormatRefused
from partita.modules.rails.office import SandboxOnly
from partita.modules.rails.simulation import SimulationRefused
from partita.modules.sinks.contract import BrokerUnavailable
from partita.modules.templates.errors import TemplateRenderFailed
from partita.surfaces.http.problems import ProblemKind, problem
from partita.surfaces.http.reply import Header, Reply

_encode = msgspec.json.Encoder().encode


class ErrorItem(msgspec.Struct, frozen=True):
    """One place that is wrong, as a JSON Pointer into the body, and what is wrong there."""

    pointer: str
    detail: str


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """The body of every reply that is not what was asked for (RFC 9457).

    `type` and `doc_url` are on this very server. `fix` is the mend. `retryable` says whether the
    same request with the same Idempotency-Key may succeed later. `facts` are figures, as strings.
    """

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str
    errors: tuple[ErrorItem, ...]
    fix: str
    retryable: bool
    retry_after_ms: int | None
    request_id: str
    doc_url: str
    facts: dict[str, str] = {}
    allowed_actions: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    existing_resource_id: str | msgspec.UnsetType = msgspec.UNSET


class Refusal(Exception):
    """A request that ends in a problem. `pointer` names the guilty place of the body."""

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        pointer: str | None = None,
        facts: dict[str, str] | None = None,
        headers: tuple[Header, ...] = (),
        errors: tuple[ErrorItem, ...] | None = None,
    ) -> None:
        """`code` must be in the table of problems; `errors` are the places, if there are many."""
        super().__init__(detail)
        self.kind: ProblemKind = problem(code)
        self.detail, self.pointer, self.headers = detail, pointer, headers
        self.facts, self.errors = facts or {}, errors

    def body(self, request_id: str, instance: str) -> Problem:
        """The problem as an object."""
        kind, facts, page = self.kind, dict(self.facts), f"/errors/{self.kind.code}"
        actions = facts.pop("allowed_actions", None)
        items = self.errors
        if items is None:
            items = () if self.pointer is None else (ErrorItem(self.pointer, self.detail),)
        return Problem(
            type=page, title=kind.title, status=kind.status, detail=self.detail,
            instance=instance, code=kind.code, errors=items, fix=kind.fix,
            retryable=kind.retryable, retry_after_ms=kind.retry_after_ms,
            request_id=request_id, doc_url=page,
            existing_resource_id=facts.pop("existing_resource_id", msgspec.UNSET),
            allowed_actions=msgspec.UNSET if actions is None else tuple(filter(None, actions.split(","))),
            facts=facts,
        )  # fmt: skip

    def reply(self, request_id: str, instance: str) -> Reply:
        """The problem as it goes out."""
        kind = self.kind
        headers = [*self.headers, (b"x-should-retry", b"true" if kind.retryable else b"false")]
        if kind.retry_after_ms is not None:
            headers.append((b"retry-after", str(-(-kind.retry_after_ms // 1000)).encode()))
        body = _encode(self.body(request_id, instance))
        return Reply(kind.status, body, tuple(headers), b"application/problem+json")


def of_rejection(rejection: Rejection, *, replayed: bool = False, prefix: str = "") -> Refusal:
    """The refusal that says what the rules said; `prefix` goes before its pointer."""
    pointer = prefix + (rejection.pointer or "")
    return Refusal(
        rejection.code.value,
        rejection.detail,
        pointer=pointer or None,
        facts=rejection.facts,
        headers=((b"idempotent-replayed", b"true"),) if replayed else (),
    )


_ERROR_CODES: dict[type[Exception], str] = {
    Overloaded: "temporary_reduced_capacity",
    StoreUnavailable: "store_unavailable",
    Stopped: "maintenance",
    SignerUnavailable: "signer_unavailable",
    CorruptJournal: "read_only",
    ReadOnly: "read_only",
    ReplicaBehind: "replica_behind",
    SearchRefused: "invalid_request",
    SearchTooSlow: "search_too_slow",
    NotFound: "not_found",
    FormatUnavailable: "format_unavailable",
    StatementRefused: "invalid_request",
    FormatRefused: "invalid_request",
    ListRefused: "invalid_request",
    SimulationRefused: "invalid_request",
    SandboxOnly: "sandbox_only",
    BrokerUnavailable: "broker_unavailable",
}
_TELLING = (
    NotFound
    | Overloaded
    | ReadOnly
    | ReplicaBehind
    | SearchRefused
    | SearchTooSlow
    | FormatUnavailable
    | StatementRefused
    | FormatRefused
    | ListRefused
    | SimulationRefused
    | SandboxOnly
    | BrokerUnavailable
)
"""The errors whose words are for callers, and name neither hosts nor files."""


def of_error(error: Exception) -> Refusal | None:
    """The refusal for a fault that was foreseen; None for one that was not."""
    if isinstance(error, DocumentError):
        return of_document_error(error)
    code = _ERROR_CODES.get(type(error))
    if code is None:
        return None
    # What the store says may name hosts and files; that is for the log, not for callers.
    detail = str(error) if isinstance(error, _TELLING) else problem(code).title + "."
    return Refusal(code, detail)


def of_document_error(error: DocumentError, prefix: str = "") -> Refusal:
    """The refusal for what is wrong with a document or its use, at all its places.

    `prefix` goes before its pointers, where the document is a part of what was sent.
    """
    if isinstance(error, TemplateRenderFailed):
        # Its pointers lead into the template's document, which is not what was sent.
        return Refusal(error.code.value, str(error))
    places = tuple(
        ErrorItem(prefix + finding.pointer, finding.detail) for finding in error.findings
    )
    return Refusal(error.code.value, error.detail, errors=places if places[0].pointer else ())

"""Problems: every way in which a request ends without what was asked for, and its HTTP status.

One table for what this surface itself refuses (`HTTP_PROBLEMS`), one for the statuses of what the
rules refuse (`REJECTION_STATUS`: 409 where somebody was faster, 404 for what an address names, 422).
`problem(code)` knows both; the error pages, the OpenAPI document and every reply are drawn from
it. Proved complete by test.
"""

from typing import NamedTuple

from partita.kernel.rejections import MEANINGS, Code
from partita.modules.chart.errors import CHART_MEANINGS
from partita.modules.rules.errors import RULE_MEND, RuleCode
from partita.modules.templates.errors import TEMPLATE_MEANINGS, TemplateCode


class ProblemKind(NamedTuple):
    """What all problems of one code share. `retry_after_ms` is a hint for retryable ones."""

    code: str
    status: int
    title: str
    fix: str
    retryable: bool = False
    retry_after_ms: int | None = None


def _table(*kinds: ProblemKind) -> dict[str, ProblemKind]:
    return {kind.code: kind for kind in kinds}


TEMPLATE_STATUS: dict[TemplateCode, int] = dict.fromkeys(TemplateCode, 400) | {
    TemplateCode.NOT_FOUND: 404,
    TemplateCode.ARCHIVED: 409,
}
"""The status of what is wrong with a template or its use: the rules were not asked yet."""

HTTP_PROBLEMS: dict[str, ProblemKind] = _table(
    ProblemKind(
        "format_unavailable", 501, "This server was installed without what that format needs",
        "Ask for JSON or CSV, or have the operator install the extra that the detail names.",
    ),
    ProblemKind(
        "invalid_request", 400, "The request is not of the form that this operation takes",
        "Mend the part that `errors` points at; /openapi.json has the form.",
    ),
    ProblemKind(
        "unknown_field", 400, "The body has a field that this operation does not know",
        "Leave the field out, or use the name that `detail` suggests.",
    ),
    ProblemKind(
        "unknown_filter", 400, "The query has a parameter that this operation does not know",
        "Leave the parameter out, or use the name that `detail` suggests.",
    ),
    ProblemKind(
        "invalid_amount", 400, "An amount is not a string of 1 to 38 digits",
        'Write whole minor units as a string, such as "500" for 5.00 USD:'
        " no sign, no decimals, no exponent, no leading zero.",
    ),
    ProblemKind(
        "invalid_timestamp", 400, "A moment is not RFC 3339 with a zone",
        "Write it like 2026-11-20T10:00:00Z, with a zone and at most six decimals.",
    ),
    ProblemKind(
        "invalid_metadata", 400, "The metadata is outside its limits",
        "Keep to 50 keys of 1 to 40 characters without [ and ], and string values of at most"
        " 500 characters.",
    ),
    ProblemKind(
        "invalid_cursor", 400, "The cursor is not one that this server made",
        "Take `next_cursor` from the last page as it is, or begin without a cursor.",
    ),
    ProblemKind(
        "cursor_mismatch", 400, "The cursor belongs to a list with other filters",
        "Keep the filters of the first page, or begin without a cursor.",
    ),
    ProblemKind(
        "idempotency_key_missing", 400, "This operation moves money and needs an Idempotency-Key",
        "Send an Idempotency-Key header with a value of your own, such as the order's number."
        " Send the same one when you try again.",
    ),
    ProblemKind(
        "idempotency_key_invalid", 400, "The Idempotency-Key is not usable",
        "Use 1 to 255 printable ASCII characters, once.",
    ),
    ProblemKind(
        "authentication_required", 401, "The request carries no API key that is known here",
        "Send `Authorization: Bearer partita_live_…`; `partita keys create` makes a key.",
    ),
    ProblemKind(
        "key_expired", 401, "The API key has expired", "Make a new key: `partita keys create`."
    ),
    ProblemKind(
        "key_revoked", 401, "The API key was revoked", "Use another key, or make a new one."
    ),
    ProblemKind(
        "permission_denied", 403, "The API key does not reach so far",
        "Use a key with the scope and the ledger that `detail` names.",
    ),
    ProblemKind(
        "sandbox_only", 403, "This is for sandboxes, and the server is none",
        "Steer simulated rails on a server that was started with PARTITA_SANDBOX=yes.",
    ),
    ProblemKind(
        "not_found", 404, "There is no such thing here",
        "Check the address, the id, and the ledger that your key belongs to.",
    ),
    ProblemKind(
        "entry_too_large", 404, "A record of this bundle has more than 65,535 bytes",
        "Read the records from GET /v1/journal; tiles of hashes are not concerned.",
    ),
    ProblemKind(
        "method_not_allowed", 405, "This address does not take this method",
        "Use one of the methods in the Allow header.",
    ),
    ProblemKind(
        "request_timeout", 408, "The body did not arrive within 10 seconds",
        "Send it again, with the same Idempotency-Key, in one go.",
        retryable=True, retry_after_ms=1_000,
    ),
    ProblemKind(
        "replica_behind", 409, "The view has not come as far as min_sequence yet",
        "Ask again, allow more time with `wait`, or leave min_sequence out. `partita serve`, or"
        " `partita work`, keeps the views up.",
        retryable=True, retry_after_ms=500,
    ),
    ProblemKind(
        "search_too_slow", 503, "The search took longer than it may",
        "Narrow it: a range of `created`, a rarer word, or fewer filters that exclude each other.",
        retryable=True, retry_after_ms=1_000,
    ),
    ProblemKind(
        "body_too_large", 413, "The body is larger than 1 MiB",
        "Split it: a batch holds up to 1,000 transactions.",
    ),
    ProblemKind(
        "unsupported_media_type", 415, "The body is not declared to be JSON",
        "Send `Content-Type: application/json`, in UTF-8.",
    ),
    ProblemKind(
        "precondition_required", 428, "A change of what others may change needs the version you saw",
        'Send `If-Match: "3"` with the `version` of your last look.',
    ),
    ProblemKind(
        "asset_scale_mismatch", 422, "The scale sent is not the asset's scale",
        "Send the asset's own scale, or leave `scale` out. Check the amount too.",
    ),
    ProblemKind(
        "internal_error", 500, "The server failed in a way that it did not foresee",
        "Send the same request with the same Idempotency-Key again; if it fails again, tell the"
        " operator the request_id.",
        retryable=True, retry_after_ms=1_000,
    ),
    ProblemKind(
        "temporary_reduced_capacity", 503, "More is asked than can be done at the moment",
        "Wait as long as Retry-After says, then send the same request with the same key.",
        retryable=True, retry_after_ms=1_000,
    ),
    ProblemKind(
        "store_unavailable", 503, "The database cannot be reached",
        "Send the same request with the same Idempotency-Key again: it is done at most once.",
        retryable=True, retry_after_ms=2_000,
    ),
    ProblemKind(
        "broker_unavailable", 503, "The broker of the sink cannot be reached",
        "Wait until the broker is there again; nothing is lost meanwhile.",
        retryable=True, retry_after_ms=5_000,
    ),
    ProblemKind(
        "signer_unavailable", 503, "The log's key is not at hand",
        "Wait for a checkpoint to cover the record, or see the server's log for the key's file.",
        retryable=True, retry_after_ms=5_000,
    ),
    ProblemKind(
        "maintenance", 503, "The server is stopping",
        "Send the same request with the same Idempotency-Key again when it is back.",
        retryable=True, retry_after_ms=5_000,
    ),
    ProblemKind(
        "read_only", 503, "Writing has been stopped until a person has looked at the journal",
        "Run `partita verify`; reading still works. The same key can be sent again afterwards.",
        retryable=True, retry_after_ms=60_000,
    ),
    *(
        ProblemKind(code.value, TEMPLATE_STATUS[code], meaning.title, meaning.fix)
        for code, meaning in TEMPLATE_MEANINGS.items()
    ),
    *(
        ProblemKind(code.value, 400, meaning.title, meaning.fix)
        for code, meaning in CHART_MEANINGS.items()
    ),
    ProblemKind(
        RuleCode.INVALID.value, 400, "The document is not a rule that can be carried out", RULE_MEND,
    ),
)  # fmt: skip
"""What this surface refuses or cannot do, by code."""

_CONFLICTS = {
    Code.EXTERNAL_ID_TAKEN, Code.PATH_TAKEN, Code.ASSET_EXISTS, Code.LEDGER_EXISTS,
    Code.INVALID_STATE, Code.ALREADY_REVERSED, Code.VERSION_CONFLICT, Code.PERIOD_OVERLAPS,
    Code.TITLE_TAKEN, Code.CHART_CONFLICT, Code.WALLET_CLOSED, Code.WALLET_NOT_EMPTY,
}  # fmt: skip
_NAMED_BY_THE_ADDRESS = {
    Code.TRANSACTION_NOT_FOUND, Code.HOLD_NOT_FOUND, Code.LIMIT_NOT_FOUND, Code.PERIOD_NOT_FOUND,
    Code.MATTER_NOT_FOUND, Code.CUSTOMER_NOT_FOUND, Code.WALLET_NOT_FOUND, Code.PAYMENT_NOT_FOUND,
    Code.QUOTE_NOT_FOUND, Code.RULE_NOT_FOUND, Code.RAIL_NOT_FOUND, Code.SAGA_NOT_FOUND,
}  # fmt: skip

REJECTION_STATUS: dict[Code, int] = (
    dict.fromkeys(Code, 422)
    | dict.fromkeys(_CONFLICTS, 409)
    | dict.fromkeys(_NAMED_BY_THE_ADDRESS, 404)
)
"""The status of every rejection of the rules."""

PROBLEMS: dict[str, ProblemKind] = HTTP_PROBLEMS | {
    code.value: ProblemKind(code.value, REJECTION_STATUS[code], meaning.title, meaning.fix)
    for code, meaning in MEANINGS.items()
}
"""Every problem that a reply can carry, by code."""


def problem(code: str) -> ProblemKind:
    """The kind of problem that this code names; the code must be in the table."""
    return PROBLEMS[code]

"""Rejections: every way in which the rules say no. Values with a stable code, never raised.

The order of `Code` is the order of precedence: where several rules say no to one command, the
one that stands first here is the answer, so that the same input has the same answer for ever.
"""

from enum import Enum
from typing import NamedTuple

import msgspec


class Code(Enum):
    """Stable names of rejections, by descending precedence."""

    TOO_FEW_POSTINGS = "too_few_postings"
    TOO_MANY_POSTINGS = "too_many_postings"
    AMOUNT_OUT_OF_RANGE = "amount_out_of_range"
    UNBALANCED_TRANSACTION = "unbalanced_transaction"
    SAME_ACCOUNT = "same_account"
    LEDGER_EXISTS = "ledger_exists"
    ASSET_EXISTS = "asset_exists"
    ASSET_NOT_FOUND = "asset_not_found"
    PATH_TAKEN = "path_taken"
    EXTERNAL_ID_TAKEN = "external_id_taken"
    TRANSACTION_NOT_FOUND = "transaction_not_found"
    HOLD_NOT_FOUND = "hold_not_found"
    DOCUMENT_NOT_FOUND = "document_not_found"
    DOCUMENT_UNCHANGED = "document_unchanged"
    LIMIT_NOT_FOUND = "limit_not_found"
    PERIOD_NOT_FOUND = "period_not_found"
    PERIOD_OVERLAPS = "period_overlaps"
    ACCOUNT_NOT_FOUND = "account_not_found"
    ASSET_MISMATCH = "asset_mismatch"
    ACCOUNT_CLOSED = "account_closed"
    ACCOUNT_FROZEN = "account_frozen"
    ALREADY_REVERSED = "already_reversed"
    INVALID_STATE = "invalid_state"
    VERSION_CONFLICT = "version_conflict"
    INVALID_EXPIRY = "invalid_expiry"
    CAPTURE_EXCEEDS_HOLD = "capture_exceeds_hold"
    RELEASE_EXCEEDS_HOLD = "release_exceeds_hold"
    REVERSAL_EXCEEDS_TRANSACTION = "reversal_exceeds_transaction"
    ACCOUNT_NOT_EMPTY = "account_not_empty"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    LIMIT_EXCEEDED = "limit_exceeded"
    BALANCE_CONDITION_FAILED = "balance_condition_failed"
    PERIOD_CLOSED = "period_closed"
    VELOCITY_EXCEEDED = "velocity_exceeded"
    IDEMPOTENCY_KEY_REUSED = "idempotency_key_reused"


class Meaning(NamedTuple):
    """What a code says in general: one sentence of cause, one of mend."""

    title: str
    fix: str


MEANINGS: dict[Code, Meaning] = {
    Code.TOO_FEW_POSTINGS: Meaning(
        "A transaction needs at least two postings", "Add the leg on the other side."
    ),
    Code.TOO_MANY_POSTINGS: Meaning(
        "A transaction has at most 1,000 postings", "Split it into several transactions."
    ),
    Code.AMOUNT_OUT_OF_RANGE: Meaning(
        "An amount, or the running total it leads to, is outside 1 to 38 digits",
        "Send an amount of at least 1 minor unit, small enough for the account's totals.",
    ),
    Code.UNBALANCED_TRANSACTION: Meaning(
        "Debits and credits differ", "Make debits equal credits for each asset."
    ),
    Code.SAME_ACCOUNT: Meaning(
        "One account is both debited and credited",
        "Leave that account out, or net its postings to one side.",
    ),
    Code.LEDGER_EXISTS: Meaning(
        "The ledger has already been opened", "Use it, or choose another name."
    ),
    Code.ASSET_EXISTS: Meaning(
        "The asset is already known", "Use it as it is, or register another code."
    ),
    Code.ASSET_NOT_FOUND: Meaning(
        "The asset is not known in this ledger", "Register it first: POST /v1/assets."
    ),
    Code.PATH_TAKEN: Meaning(
        "An account is already open at this path", "Use that account, or choose another path."
    ),
    Code.EXTERNAL_ID_TAKEN: Meaning(
        "Another transaction carries this external_id",
        "Look that transaction up by its external_id, or send another external_id.",
    ),
    Code.TRANSACTION_NOT_FOUND: Meaning(
        "There is no such transaction in this ledger", "Look it up: GET /v1/transactions."
    ),
    Code.HOLD_NOT_FOUND: Meaning(
        "There is no such hold in this ledger", "Look it up: GET /v1/holds."
    ),
    Code.DOCUMENT_NOT_FOUND: Meaning(
        "There is no such document in this ledger", "Save it first, or mend its name."
    ),
    Code.DOCUMENT_UNCHANGED: Meaning(
        "The newest version says exactly this already", "Use that version as it is."
    ),
    Code.LIMIT_NOT_FOUND: Meaning(
        "There is no such limit in this ledger", "Look it up: GET /v1/limits."
    ),
    Code.PERIOD_NOT_FOUND: Meaning(
        "There is no such period in this ledger", "Look it up: GET /v1/periods."
    ),
    Code.PERIOD_OVERLAPS: Meaning(
        "A period would share moments, or its title, with another",
        "Begin it where the one before ends; the end of a period does not belong to it.",
    ),
    Code.ACCOUNT_NOT_FOUND: Meaning(
        "A posting names an account that is not open in this ledger",
        "Open it first (POST /v1/accounts), or mend the path. Then use a new Idempotency-Key.",
    ),
    Code.ASSET_MISMATCH: Meaning(
        "A posting's asset is not its account's",
        "Post the account's own asset, or another account.",
    ),
    Code.ACCOUNT_CLOSED: Meaning(
        "The account is closed", "Use another account; a closed one stays closed."
    ),
    Code.ACCOUNT_FROZEN: Meaning(
        "The account is frozen",
        "Unfreeze it (POST /v1/accounts/{id}/unfreeze), then use a new Idempotency-Key.",
    ),
    Code.ALREADY_REVERSED: Meaning(
        "All of the transaction was reversed before",
        "Nothing is left to reverse: see its reversed_by_ids.",
    ),
    Code.INVALID_STATE: Meaning(
        "Its status does not allow this", "Choose one of the allowed actions."
    ),
    Code.VERSION_CONFLICT: Meaning(
        "Somebody was faster: the version is not the one you named",
        "Read it again, decide again, and send the version that you saw with a new"
        " Idempotency-Key.",
    ),
    Code.INVALID_EXPIRY: Meaning(
        "A hold must expire later than now", "Send a moment in the future, or none at all."
    ),
    Code.CAPTURE_EXCEEDS_HOLD: Meaning(
        "More would be captured than the hold and its tolerance allow",
        "Capture at most what is capturable, or increment the hold first.",
    ),
    Code.RELEASE_EXCEEDS_HOLD: Meaning(
        "More would be released than is still held",
        "Release at most what remains, or name no amount to release all of it.",
    ),
    Code.REVERSAL_EXCEEDS_TRANSACTION: Meaning(
        "More of a leg would be reversed than is left of it",
        "Reverse at most what is left of each leg, or name no amounts to reverse all of it.",
    ),
    Code.ACCOUNT_NOT_EMPTY: Meaning(
        "The account still has a balance", "Move its balance away first, then close it."
    ),
    Code.INSUFFICIENT_FUNDS: Meaning(
        "The account would fall below its floor",
        "Fund the account, lower the amount, or authorise an overdraft."
        " Use a new Idempotency-Key for the next try.",
    ),
    Code.LIMIT_EXCEEDED: Meaning(
        "The account would rise above its ceiling",
        "Lower the amount, or pay into another account. Use a new Idempotency-Key.",
    ),
    Code.BALANCE_CONDITION_FAILED: Meaning(
        "A posting's if_balance would not hold afterwards",
        "Lower the amount or change the condition. Use a new Idempotency-Key for the next try.",
    ),
    Code.PERIOD_CLOSED: Meaning(
        "The transaction counts in a period that is not open",
        "Give it a moment in an open period, or say what becomes of it when late: `move` it"
        " there, or `adjust` a period that is softly closed.",
    ),
    Code.VELOCITY_EXCEEDED: Meaning(
        "More would be moved within the limit's window than it allows",
        "Wait until enough has left the window, lower the amount, or have the limit raised."
        " Use a new Idempotency-Key for the next try.",
    ),
    Code.IDEMPOTENCY_KEY_REUSED: Meaning(
        "This Idempotency-Key was used before with another body",
        "Send the first body again to see its answer, or use a new key for a new wish.",
    ),
}
"""The cause and the mend of each code; complete by test."""


class Rejection(msgspec.Struct, frozen=True):
    """The rules said no. Nothing has moved.

    `pointer` is the JSON Pointer of the guilty item in the command; `facts` are figures that a
    program may want (such as `short_by`), as strings.
    """

    code: Code
    detail: str
    pointer: str | None = None
    facts: dict[str, str] = {}

    @property
    def fix(self) -> str:
        """How to mend it."""
        return MEANINGS[self.code].fix


_PRECEDENCE = {code: place for place, code in enumerate(Code)}


def highest(*objections: Rejection | None) -> Rejection | None:
    """Of several objections to one command, the one of highest precedence; None if there is none."""
    found = [each for each in objections if each is not None]
    return min(found, key=lambda each: _PRECEDENCE[each.code], default=None)

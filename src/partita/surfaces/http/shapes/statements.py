"""Account statements on the wire."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from partita.modules.account_statements.issuing import Issued
from partita.surfaces.http.shapes.fields import (
    AccountReference,
    ListShape,
    QueryShape,
    RequestShape,
    SignedAmount,
    Timestamp,
)


class StatementRequest(RequestShape, frozen=True, kw_only=True):
    """Of which account, effective from `from` (inclusive) to `to` (exclusive)."""

    account: AccountReference
    begins_at: Timestamp = msgspec.field(name="from")
    ends_at: Timestamp = msgspec.field(name="to")


class StatementQuery(QueryShape, frozen=True, kw_only=True):
    """Which statements to list."""

    account_id: str | None = None
    limit: str | None = None
    cursor: str | None = None


class IssuedStatement(msgspec.Struct, frozen=True, kw_only=True):
    """An issued statement: what it comes to, and the hash of all of it.

    It knows the account's entries through the record `known_through`; what came later belongs to
    another version of the same statement.
    """

    object: Literal["account_statement"] = "account_statement"
    id: str
    version: int
    issued_at: Timestamp
    account: str
    account_id: str
    asset: str
    scale: int
    begins_at: Timestamp = msgspec.field(name="from")
    ends_at: Timestamp = msgspec.field(name="to")
    known_through: str
    opening: SignedAmount
    closing: SignedAmount
    debits: SignedAmount
    credits: SignedAmount
    lines: int
    first_sequence: str | None
    last_sequence: str | None
    sha256: Annotated[str, Meta(description="SHA-256 of the statement's content, in hexadecimal.")]


class IssuedStatementList(ListShape, frozen=True, kw_only=True):
    """A page of statements, newest first."""

    data: list[IssuedStatement]


def issued_statement(issued: Issued) -> IssuedStatement:
    """The shape of an issued statement."""
    document, summary = issued.document, issued.sealed.summary
    return IssuedStatement(
        id=document.id,
        version=document.version,
        issued_at=document.saved_at.text(),
        account=summary.account,
        account_id=summary.account_id,
        asset=summary.asset,
        scale=summary.scale,
        begins_at=summary.begins_at,
        ends_at=summary.ends_at,
        known_through=summary.known_through,
        opening=summary.opening,
        closing=summary.closing,
        debits=summary.debits,
        credits=summary.credits,
        lines=summary.lines,
        first_sequence=summary.first_sequence,
        last_sequence=summary.last_sequence,
        sha256=issued.sealed.sha256,
    )

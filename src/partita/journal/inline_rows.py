"""The rows that a journal makes in its inline views, as lines of text: one spelling for all stores.

A line joins a row's columns by tabs, in the order named here: numbers in decimal, moments in RFC 3339
with six decimals, a key in hexadecimal. No column but the last can hold a tab. The verifier builds
the line that a record calls for and compares it with the line that a store gives, as a whole; only
where they differ are they taken apart.
"""

from collections.abc import Sequence

from partita.journal.encoding import encode_value
from partita.kernel.account import Account
from partita.kernel.documents import Document
from partita.kernel.holds import Hold
from partita.kernel.pending import Transaction
from partita.kernel.periods import Period
from partita.kernel.resources import Resource
from partita.kernel.velocity_limits import Limit, Usage

JOURNAL = ("sequence", "type", "id", "recorded_at", "key", "external_id")
ENTRY = (
    "account_number", "version", "sequence", "leg", "asset", "amount", "posted_debits",
    "posted_credits", "pending_debits", "pending_credits", "effective_at", "recorded_at",
    "pending", "side",
)  # fmt: skip
ACCOUNT = ("number", "id", "path", "type", "normal_side", "asset", "opening")
ASSET = ("code", "body")
RESOURCE = ("kind", "id", "number", "state", "name", "account_number", "about", "due_at", "body")
RESOURCE_CHANGE = ("sequence", "id")
RESOURCE_KINDS: dict[str, type[Resource]] = {
    kind.kind: kind for kind in (Hold, Transaction, Document, Limit, Period)
}
"""Every kind of resource, by the name that its rows carry; any other is a kind of matter."""
ABSENT = "-"
"""What stands for null; an external id is headed by `=`, so that it can be a dash itself."""


def journal_line(columns: Sequence[str], key: bytes | None, external_id: str | None) -> str:
    """The line of a journal row: `columns` are sequence, type, id and recorded_at."""
    key_text = ABSENT if key is None else key.hex()
    reference = ABSENT if external_id is None else f"={external_id}"
    return "\t".join((*columns, key_text, reference))


def account_line(account: Account) -> str:
    """The line of an account's row, its status left out, since that alone changes."""
    return "\t".join((
        str(account.number), account.id, account.path, account.type.value,
        account.normal_side.value, account.asset, encode_value(account),
    ))  # fmt: skip


def resource_line(resource: Resource) -> str:
    """The line of a resource's row."""
    account, due, name = resource.account_number, resource.due_at, resource.name
    return "\t".join((
        resource.kind, resource.id, str(resource.number), resource.state,
        ABSENT if name is None else f"={name}", ABSENT if account is None else str(account),
        ABSENT if resource.about is None else resource.about,
        ABSENT if due is None else due.text(), encode_value(resource),
    ))  # fmt: skip


def usage_line(usage: Usage) -> str:
    """The line of a limit's usage: the limit, its body, what is kept in all, the subject."""
    amount, uses = usage.kept
    return f"{usage.limit}\t{encode_value(usage)}\t{amount}\t{uses}\t{usage.subject}"


def difference(columns: Sequence[str], expected: str, found: str) -> tuple[str, str, str]:
    """The first column in which two lines differ, and its two values."""
    last = len(columns) - 1
    pairs = zip(columns, expected.split("\t", last), found.split("\t", last), strict=False)
    for column, wanted, stored in pairs:
        if wanted != stored:
            return column, wanted, stored
    return columns[-1], expected, found

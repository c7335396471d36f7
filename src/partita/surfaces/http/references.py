"""References: what addresses and filters name, looked up in the store.

Only what has the form of an id or a path is asked for: anything else does not exist, and some of
it (a NUL, say) no database would take.
"""

import re

from partita.engine.listing import EntryRow
from partita.kernel.account import check_path
from partita.kernel.book import Standing
from partita.kernel.identifiers import ACCOUNT, HOLD, LIMIT, PERIOD, TRANSACTION
from partita.surfaces.http.call import Call

_ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")


def standing_of(call: Call, reference: str) -> Standing:
    """The account that is named, by path or id, and where it stands; asks the store.

    Raises:
        Refusal: 404, there is none.
    """
    standing = call.desk.store.account(call.info, reference) if _may_exist(reference) else None
    if standing is None:
        raise call.no_such("account", reference[:255])
    return standing


def _may_exist(reference: str) -> bool:
    if reference.startswith(ACCOUNT):
        return _is_id(reference, ACCOUNT)
    try:
        check_path(reference)
    except ValueError:
        return False
    return True


def is_transaction_id(text: str) -> bool:
    """Whether a text has the form of a transaction's id."""
    return _is_id(text, TRANSACTION)


def is_hold_id(text: str) -> bool:
    """Whether a text has the form of a hold's id."""
    return _is_id(text, HOLD)


def is_limit_id(text: str) -> bool:
    """Whether a text has the form of a limit's id."""
    return _is_id(text, LIMIT)


def is_period_id(text: str) -> bool:
    """Whether a text has the form of a period's id."""
    return _is_id(text, PERIOD)


def is_matter_id(text: str, prefix: str) -> bool:
    """Whether a text has the form of the id of a matter, which begins with this prefix."""
    return _is_id(text, prefix)


def _is_id(text: str, prefix: str) -> bool:
    return text.startswith(prefix) and _ULID.fullmatch(text, len(prefix)) is not None


def last_entry(call: Call, number: int, sequence: int | None) -> EntryRow | None:
    """An account's last entry at or before a sequence (None: of all); asks the store.

    Versions are dense, so it is found by halving: about twenty single-row reads for a register
    of a million entries, and one if it is the newest, as it nearly always is.
    """
    store, info = call.desk.store, call.info
    newest = store.entries(info, number, None, 1)
    if not newest or sequence is None or newest[0].sequence <= sequence:
        return newest[0] if newest else None
    found: EntryRow | None = None
    low, high = 0, newest[0].entry.version  # version `high` is too new, all up to `low` are not
    while high - low > 1:
        middle = (low + high) // 2
        row = store.entries(info, number, middle + 1, 1)[0]
        if row.sequence <= sequence:
            low, found = middle, row
        else:
            high = middle
    return found

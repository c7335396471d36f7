"""Checks of the ledger's own rules before they are wished for: what a limit and a period may say.

Every face asks here before it makes a command; the kernel asks again, since the journal lasts for
ever. What depends on the ledger's state (an unknown asset, periods that overlap) is for the rules.
"""

import re

from partita.kernel.amount import LARGEST
from partita.kernel.commands import OpenPeriod, SetLimit
from partita.kernel.details import LONGEST_METADATA_KEY, RESERVED_PREFIX
from partita.kernel.velocity_limits import Flow, LimitScope, Window, WindowKind

LONGEST_TITLE, LONGEST_SUBJECT = 100, 255
LONGEST_WINDOW_SECONDS = 315_576_000
"""Ten years."""
FARTHEST_OFFSET_MINUTES = 14 * 60
MOST_TIMES = 1_000_000_000_000
_PATTERN = re.compile(
    r"(\*|[A-Za-z0-9_.-]{1,64})(:(\*|[A-Za-z0-9_.-]{1,64})){0,11}(:\*\*)?|\*\*", re.ASCII
)


class RuleInvalid(ValueError):
    """A limit or a period says something that makes no sense; `field` is the guilty one."""

    def __init__(self, field: str, message: str) -> None:
        """Blame this field, by its path, such as `window/seconds`."""
        super().__init__(message)
        self.field = field


def check_limit(limit: SetLimit) -> SetLimit:
    """Return the wish if it makes a limit.

    Raises:
        RuleInvalid: what is wrong with which field.
    """
    _check_title(limit.title)
    if limit.scope is LimitScope.ACCOUNT:
        _check_pattern(limit.subject)
    else:
        _check_metadata_key(limit.subject)
        if limit.flow is not Flow.OUT:
            raise RuleInvalid("flow", "only a limit on accounts has a flow")
    _check_window(limit.window)
    if limit.max_amount is None and limit.max_count is None:
        raise RuleInvalid("max_amount", "a limit has a max_amount, a max_count, or both")
    if limit.max_amount is not None and not 1 <= limit.max_amount <= LARGEST:
        raise RuleInvalid("max_amount", "max_amount is at least 1, and of at most 38 digits")
    if limit.max_count is not None and not 1 <= limit.max_count <= MOST_TIMES:
        raise RuleInvalid("max_count", f"max_count is 1 to {MOST_TIMES}")
    return limit


def check_period(period: OpenPeriod) -> OpenPeriod:
    """Return the wish if it makes a period.

    Raises:
        RuleInvalid: what is wrong with which field.
    """
    _check_title(period.title)
    if period.begins_at >= period.ends_at:
        message = f"it would begin at {period.begins_at.text()} and end at {period.ends_at.text()}"
        raise RuleInvalid("ends_at", message)
    return period


def _check_title(title: str) -> None:
    if not (0 < len(title) <= LONGEST_TITLE and title.isprintable() and title.strip() == title):
        message = f"a title is 1 to {LONGEST_TITLE} printable characters, without spaces around it"
        raise RuleInvalid("title", message)


def _check_pattern(subject: str) -> None:
    if len(subject) <= LONGEST_SUBJECT and _PATTERN.fullmatch(subject):
        return
    message = "the subject is an account's path, in which a segment may be *, and the last one **"
    raise RuleInvalid("subject", message)


def _check_metadata_key(subject: str) -> None:
    is_key = 0 < len(subject) <= LONGEST_METADATA_KEY and subject.isprintable()
    if is_key and not set("[]") & set(subject) and not subject.startswith(RESERVED_PREFIX):
        return
    message = (
        f"the subject is a metadata key: 1 to {LONGEST_METADATA_KEY} characters without [ and ],"
        f" and not one of the ledger's own, which begin with {RESERVED_PREFIX!r}"
    )
    raise RuleInvalid("subject", message)


def _check_window(window: Window) -> None:
    if window.kind is WindowKind.ROLLING:
        if not 1 <= window.seconds <= LONGEST_WINDOW_SECONDS:
            message = f"a rolling window is 1 to {LONGEST_WINDOW_SECONDS} seconds long"
            raise RuleInvalid("window/seconds", message)
        if window.utc_offset_minutes:
            raise RuleInvalid("window/utc_offset_minutes", "only a calendar window has an offset")
    elif window.seconds:
        raise RuleInvalid("window/seconds", f"a {window.kind.value} has no seconds to be told")
    if abs(window.utc_offset_minutes) > FARTHEST_OFFSET_MINUTES:
        message = f"the offset is -{FARTHEST_OFFSET_MINUTES} to {FARTHEST_OFFSET_MINUTES} minutes"
        raise RuleInvalid("window/utc_offset_minutes", message)

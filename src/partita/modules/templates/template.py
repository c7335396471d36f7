"""Templates: compiled posting schemes, which arguments make into transactions.

Balance was proved when the template was compiled; rendering only fills in and counts. That the
postings do balance is asserted all the same: it costs a microsecond, and the books are at stake.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from partita.engine.plain_documents import Finding, step
from partita.kernel.account import Side
from partita.kernel.amount import LARGEST
from partita.kernel.commands import PostTransaction
from partita.kernel.details import check_external_id, check_metadata
from partita.kernel.moment import Moment
from partita.kernel.periods import Late
from partita.kernel.posting import Posting
from partita.modules.templates.arithmetic import Exact, Row, Whole, check_size
from partita.modules.templates.conditions import (
    LARGEST_INTEGER,
    CompiledCondition,
    ConditionFailed,
)
from partita.modules.templates.document import RESERVED_METADATA, TemplateDocument
from partita.modules.templates.errors import TemplateArgumentInvalid, TemplateRenderFailed
from partita.modules.templates.parameters import Reading, unknown_arguments
from partita.modules.templates.patterns import Filling
from partita.modules.templates.sides import AnySide, Due, Impossible, Single


class Slot(NamedTuple):
    """A parameter's place in the row, and what reads it; `default` is read already, or None."""

    name: str
    read: Reading
    default: Any


class Step(NamedTuple):
    """A definition to work out, in an order in which all that it needs is there."""

    name: str
    whole: Whole | None
    exact: Exact | None


class Guard(NamedTuple):
    """A condition, and the slots of what it mentions."""

    condition: CompiledCondition
    slots: tuple[tuple[str, int], ...]


class Line(NamedTuple):
    """One item of the scheme, ready to be rendered."""

    pointer: str
    amount: Whole
    asset: Filling
    sides: tuple[tuple[Side, AnySide], ...]
    guard: Guard | None
    skips_zero: bool


class Wording(NamedTuple):
    """The texts of the transaction."""

    external_id: Filling | None
    metadata: tuple[tuple[str, Filling], ...]


class Extras(msgspec.Struct, frozen=True, kw_only=True):
    """What a caller may say besides the arguments; never what the template says itself."""

    external_id: str | None = None
    effective_at: Moment | None = None
    metadata: dict[str, str] = {}
    late: Late = Late.REFUSE


NO_EXTRAS = Extras()


class Template:
    """A compiled template. `version` is 0 while it has not been saved; then nothing is pinned."""

    def __init__(
        self,
        document: TemplateDocument,
        slots: tuple[Slot, ...],
        steps: tuple[Step, ...],
        lines: tuple[Line, ...],
        wording: Wording,
    ) -> None:
        """Put together what `compiling` made."""
        self.document, self.version = document, 0
        self._slots, self._steps, self._lines, self._wording = slots, steps, lines, wording

    def render(self, arguments: Mapping[str, Any], extras: Extras = NO_EXTRAS) -> PostTransaction:
        """The command that these arguments make: at least two postings, balanced for each asset.

        Raises:
            TemplateArgumentInvalid: an argument is not what it must be; all guilty ones are named.
            TemplateRenderFailed: the arguments together lead to no transaction.
        """
        row = self._row(arguments)
        try:
            postings = self._postings(row)
        except Impossible as fault:
            raise TemplateRenderFailed(Finding(fault.pointer, f"{fault.detail}.")) from None
        return self._worded(postings, row, extras)

    def _row(self, arguments: Mapping[str, Any]) -> Row:
        row: list[Any] = []
        known = 0
        findings: list[Finding] = []
        for name, read, default in self._slots:
            if name not in arguments:
                if default is None:
                    findings.append(_argument(name, "this argument is missing"))
                row.append(default)
                continue
            known += 1
            try:
                row.append(read(arguments[name]))
            except ValueError as error:
                findings.append(_argument(name, str(error)))
        if known != len(arguments):
            unknown = unknown_arguments(arguments, self.document.parameters)
            findings += [_argument(name, "the template has no such parameter") for name in unknown]
        if findings:
            raise TemplateArgumentInvalid(*findings)
        self._define(row)
        return row

    def _define(self, row: list[Any]) -> None:
        for name, whole, exact in self._steps:
            try:
                if whole is not None:
                    row.append(check_size((whole(row), 1))[0])
                else:
                    assert exact is not None, "a definition is worked out one way or the other"
                    row.append(check_size(exact(row)))
            except ValueError as error:
                raise TemplateRenderFailed(Finding(step("let", name), f"{error}.")) from None

    def _postings(self, row: Row) -> tuple[Posting, ...]:
        postings: list[Posting] = []
        for line in self._lines:
            if line.guard is None or _holds(line.guard, row, line.pointer):
                _render(line, row, postings)
        if len(postings) < 2:
            raise Impossible("/postings", "no postings are left: every amount is 0 or not wanted")
        assert _is_balanced(postings), f"{self.document.name}: proved to balance, and does not"
        return tuple(postings)

    def _worded(self, postings: tuple[Posting, ...], row: Row, extras: Extras) -> PostTransaction:
        self._check_extras(extras)
        metadata = {key: filling.fill(row) for key, filling in self._wording.metadata}
        metadata |= extras.metadata
        if self.version:
            metadata["template"] = self.document.name
            metadata["template_version"] = str(self.version)
        pattern = self._wording.external_id
        external_id = extras.external_id if pattern is None else pattern.fill(row)
        try:
            checked = check_metadata(metadata) if metadata else metadata
            reference = check_external_id(external_id)
        except ValueError as error:
            raise TemplateRenderFailed(Finding("", f"{error}.")) from None
        return PostTransaction(
            postings, self.document.type, reference, extras.effective_at, checked, late=extras.late
        )

    def _check_extras(self, extras: Extras) -> None:
        if extras is NO_EXTRAS:
            return
        own = {key for key, _ in self._wording.metadata} | set(RESERVED_METADATA)
        findings = [
            Finding(step("metadata", key), f"The template says {key!r} itself.")
            for key in extras.metadata
            if key in own
        ]
        if extras.external_id is not None and self._wording.external_id is not None:
            findings.append(Finding("/external_id", "The template makes the external_id itself."))
        if findings:
            raise TemplateArgumentInvalid(*findings)


def _argument(name: str, detail: str) -> Finding:
    return Finding(step("arguments", name), f"{name}: {detail}.")


def _holds(guard: Guard, row: Row, pointer: str) -> bool:
    values = {name: row[slot] for name, slot in guard.slots}
    for name, value in values.items():
        if type(value) is int and not -LARGEST_INTEGER <= value <= LARGEST_INTEGER:
            raise Impossible(f"{pointer}/when", f"{name} is too large for a condition (64 bits)")
    try:
        return guard.condition.holds(values)
    except ConditionFailed as error:
        raise Impossible(f"{pointer}/when", f"the condition has no answer: {error}") from None


def _render(line: Line, row: Row, postings: list[Posting]) -> None:
    try:
        _move(line, row, postings)
    except ValueError as error:
        raise Impossible(line.pointer, str(error)) from None


def _move(line: Line, row: Row, postings: list[Posting]) -> None:
    amount = line.amount(row)
    if amount == 0 and line.skips_zero:
        return
    if not 0 < amount <= LARGEST:
        what = "is 0" if amount == 0 else "is below 0" if amount < 0 else "has over 38 digits"
        raise Impossible(f"{line.pointer}/amount", f"the amount {what} with these arguments")
    asset = line.asset.fill(row)
    for direction, side in line.sides:
        if isinstance(side, Single):
            postings.append(Posting(side.place.account(row), direction, amount, asset))
            continue
        postings += [
            Posting(due.place.account(row), direction, due.amount, asset)
            for due in side.dues(row, amount)
            if _is_due(due, skips_zero=line.skips_zero)
        ]


def _is_due(due: Due, *, skips_zero: bool) -> bool:
    if due.amount > 0:
        return True
    if due.amount == 0 and (skips_zero or due.skips_zero):
        return False
    what = "0" if due.amount == 0 else "below 0"
    raise Impossible(due.place.pointer, f"this part is {what} with these arguments")


def _is_balanced(postings: list[Posting]) -> bool:
    sums: dict[str, int] = {}
    for posting in postings:
        signed = posting.amount if posting.direction is Side.DEBIT else -posting.amount
        sums[posting.asset] = sums.get(posting.asset, 0) + signed
    return not any(sums.values())

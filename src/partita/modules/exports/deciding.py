"""Deciding on exports: ask for one, note how it goes on, call it off."""

from typing import ClassVar

import msgspec

from partita.engine.business import Act, Deciders, Desk, Named, Steps
from partita.kernel.commands import ChangeMatter
from partita.kernel.moment import Moment
from partita.kernel.rejections import Code, Rejection
from partita.modules.exports.export import (
    ALLOWED_ACTIONS,
    KIND,
    OPEN,
    PREFIX,
    Body,
    Export,
    ExportStatus,
    Written,
    body_of,
    read,
)
from partita.modules.exports.lists import ListWish
from partita.modules.exports.table import Format


class RequestExport(Act, frozen=True, tag="export.request"):
    """Have a list written to a file, by whoever does such work."""

    operation: ClassVar[str] = "exports"

    wish: ListWish
    format: Format
    external_id: str | None = None


class _OfExport(Act, frozen=True):
    """What is about one export."""

    export: str

    def names(self, named: Named) -> None:
        """The export."""
        named.resources[self.export] = None


class BeginExport(_OfExport, frozen=True, tag="export.begin"):
    """Note that its file is being written."""

    operation: ClassVar[str] = "exports/begin"


class CompleteExport(_OfExport, frozen=True, tag="export.complete"):
    """Note that its file is whole, what it is, and until when it is kept."""

    operation: ClassVar[str] = "exports/complete"

    written: Written
    expires_at: Moment


class FailExport(_OfExport, frozen=True, tag="export.fail"):
    """Note that its file cannot be made, and why."""

    operation: ClassVar[str] = "exports/fail"

    problem: str


class CancelExport(_OfExport, frozen=True, tag="export.cancel"):
    """Call it off."""

    operation: ClassVar[str] = "exports/cancel"

    reason: str | None = None


class ExpireExport(_OfExport, frozen=True, tag="export.expire"):
    """Note that its file is gone, its time having come."""

    operation: ClassVar[str] = "exports/expire"


def _request(desk: Desk, command: RequestExport) -> Steps:
    body = Body(wish=command.wish, format=command.format, requested_at=desk.now)
    yield ChangeMatter(
        type="export.requested", kind=KIND, prefix=PREFIX, body=body_of(body),
        status=ExportStatus.REQUESTED.value, external_id=command.external_id,
    )  # fmt: skip
    return None


def _found(
    desk: Desk, identifier: str, action: str, allowed: tuple[ExportStatus, ...]
) -> Export | Rejection:
    matter = desk.matter(KIND, identifier)
    if matter is None:
        detail = f"There is no export {identifier!r} in this ledger."
        return Rejection(Code.MATTER_NOT_FOUND, detail)
    export = read(matter)
    if export.status in allowed:
        return export
    status = export.status.value
    facts = {"status": status, "allowed_actions": ",".join(ALLOWED_ACTIONS[export.status])}
    return Rejection(
        Code.INVALID_STATE, f"{identifier} is {status}: it cannot {action}.", None, facts
    )


def _begin(desk: Desk, command: BeginExport) -> Steps:
    export = _found(desk, command.export, "begin", (ExportStatus.REQUESTED,))
    if isinstance(export, Rejection):
        return export
    yield _changed(export, ExportStatus.RUNNING, "started", started_at=desk.now)
    return None


def _complete(desk: Desk, command: CompleteExport) -> Steps:
    export = _found(desk, command.export, "be completed", OPEN)
    if isinstance(export, Rejection):
        return export
    yield _changed(
        export, ExportStatus.COMPLETED, "completed", finished_at=desk.now,
        written=command.written, expires_at=command.expires_at,
    )  # fmt: skip
    return None


def _fail(desk: Desk, command: FailExport) -> Steps:
    export = _found(desk, command.export, "fail", OPEN)
    if isinstance(export, Rejection):
        return export
    yield _changed(
        export, ExportStatus.FAILED, "failed", finished_at=desk.now, problem=command.problem
    )
    return None


def _cancel(desk: Desk, command: CancelExport) -> Steps:
    export = _found(desk, command.export, "be canceled", OPEN)
    if isinstance(export, Rejection):
        return export
    change = _changed(export, ExportStatus.CANCELED, "canceled", finished_at=desk.now)
    yield msgspec.structs.replace(change, reason=command.reason)
    return None


def _expire(desk: Desk, command: ExpireExport) -> Steps:
    export = _found(desk, command.export, "expire", (ExportStatus.COMPLETED,))
    if isinstance(export, Rejection):
        return export
    yield _changed(export, ExportStatus.EXPIRED, "expired")
    return None


def _changed(
    export: Export, status: ExportStatus, happened: str, **changes: object
) -> ChangeMatter:
    body = msgspec.structs.replace(export.body, **changes)
    return ChangeMatter(
        type=f"{KIND}.{happened}", kind=KIND, id=export.id, status=status.value,
        body=body_of(body),
        wakes_at=body.expires_at if status is ExportStatus.COMPLETED else None,
    )  # fmt: skip


DECIDERS: Deciders = {
    RequestExport: _request,
    BeginExport: _begin,
    CompleteExport: _complete,
    FailExport: _fail,
    CancelExport: _cancel,
    ExpireExport: _expire,
}
"""How exports are decided on."""

"""A list as a file in the answer itself: all of it under its filters, however many pages that are.

CSV and NDJSON go out page by page as they are read. Parquet and XLSX are whole only at their end, so
they are made in a temporary file first. Either way no more than a page is in memory, and the first
page is read before anything goes out, so that whatever is wrong with the question is a problem as
always. What goes wrong later breaks the connection.
"""

import os
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path
from typing import BinaryIO

from partita.modules.exports.lists import ListPage
from partita.modules.exports.table import Format, Formats, StreamedForm
from partita.surfaces.http.call import Call
from partita.surfaces.http.file_reply import sent
from partita.surfaces.http.list_catalogue import name_of, table_of
from partita.surfaces.http.list_reading import ListPages
from partita.surfaces.http.list_tables import ListTable
from partita.surfaces.http.operation import Operation
from partita.surfaces.http.reply import Header, Reply


async def exported(call: Call, operation: Operation) -> Reply:
    """The answer to a call that wants a list as a file.

    Raises:
        Refusal: it cannot be had as it was asked for.
        FormatUnavailable: what the format needs is not installed.
    """
    assert call.export is not None, "a file is wanted"
    kept, table = call.export.kept, table_of(operation, call.export.each)
    formats = call.desk.application.exporting.formats
    formats.check(kept)
    pages = ListPages(call, operation, table)
    headers = await call.read(_headers, call, operation, kept)
    first = await pages.page(None)
    form = formats.streamed(kept)
    if form is not None:
        stream = _streamed(call, form, table, _all(pages, first))
        return Reply(200, b"", headers, _media_type(kept), stream=stream)
    file = await _made(call, formats, table, _all(pages, first))
    size = os.fstat(file.fileno()).st_size
    headers = (*headers, (b"content-length", b"%d" % size))
    return Reply(200, b"", headers, _media_type(kept), stream=sent(call, file, size))


def _headers(call: Call, operation: Operation, kept: Format) -> tuple[Header, ...]:
    """The name of the file, and as of what it is; asks the store. Some lists are of no ledger."""
    what = name_of(operation).replace("{", "").replace("}", "").replace("/", "-")
    if call.books is None:
        return ((b"content-disposition", _attachment(f"{what}.{kept.value}")),)
    sequence = call.desk.store.head(call.info).sequence
    return (
        (b"content-disposition", _attachment(f"{call.info.name}-{what}.{kept.value}")),
        (b"as-of-sequence", b"%d" % sequence),
    )


def _attachment(name: str) -> bytes:
    return f'attachment; filename="{name}"'.encode()


def _media_type(kept: Format) -> bytes:
    text = "; charset=utf-8; header=present" if kept is Format.CSV else ""
    return f"{kept.media_type}{text}".encode()


async def _all(pages: ListPages, first: ListPage) -> AsyncIterator[ListPage]:
    page = first
    while True:
        yield page
        if page.next_cursor is None:
            return
        page = await pages.page(page.next_cursor)


async def _streamed(
    call: Call, form: StreamedForm, table: ListTable, pages: AsyncIterator[ListPage]
) -> AsyncGenerator[bytes, None]:
    head = form.head(table.columns)
    async for page in pages:
        piece = head + await call.read(form.rows, table.columns, page.rows)
        head = b""
        if piece:
            yield piece


async def _made(
    call: Call, formats: Formats, table: ListTable, pages: AsyncIterator[ListPage]
) -> BinaryIO:
    """A file of the whole list, open; it has no name any more, so it is gone once it is closed."""
    assert call.export is not None, "a file is wanted"
    with tempfile.TemporaryDirectory(prefix="partita-export-") as folder:
        path = Path(folder) / f"list.{call.export.kept.value}"
        writer = formats.writer(call.export.kept, path)
        try:
            await call.read(writer.open, table.columns)
            async for page in pages:
                await call.read(writer.write, page.rows)
            await call.read(writer.finish)
        except BaseException:
            writer.abandon()
            raise
        return path.open("rb")

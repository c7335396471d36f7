"""Deciding on documents: the kernel counts versions, and reads none."""

from partita.kernel import commands, events
from partita.kernel.book import Book
from partita.kernel.context import Context, Decision
from partita.kernel.documents import Document, DocumentStatus, document_name
from partita.kernel.rejections import Code, Rejection


def save(book: Book, command: commands.SaveDocument, context: Context) -> Decision:
    """The next version of a document."""
    newest = _newest(book, command.topic, command.title)
    is_active = newest is not None and newest.status is DocumentStatus.ACTIVE
    if newest is not None and is_active and newest.body == command.body:
        detail = f"Version {newest.version} of {newest.name} says exactly this."
        facts = {"existing_resource_id": newest.id, "version": str(newest.version)}
        return Rejection(Code.DOCUMENT_UNCHANGED, detail, None, facts)
    document = Document(
        id=context.identity("doc_"),
        number=context.sequence,
        topic=command.topic,
        title=command.title,
        version=1 if newest is None else newest.version + 1,
        body=command.body,
        saved_at=context.now,
        metadata=command.metadata,
    )
    return events.DocumentSaved(document.id, document)


def archive(book: Book, command: commands.ArchiveDocument, context: Context) -> Decision:
    """Put the newest version away; a new one may follow."""
    newest = _newest(book, command.topic, command.title)
    if newest is None:
        name = document_name(command.topic, command.title)
        return Rejection(Code.DOCUMENT_NOT_FOUND, f"There is no document {name!r} in this ledger.")
    if newest.status is DocumentStatus.ARCHIVED:
        facts = {"status": newest.status.value, "allowed_actions": ""}
        return Rejection(Code.INVALID_STATE, f"{newest.name} is archived already.", None, facts)
    return events.DocumentArchived(context.identity("evt_"), newest.archived())


def _newest(book: Book, topic: str, title: str) -> Document | None:
    found = book.resources.get((Document.kind, document_name(topic, title)))
    assert found is None or isinstance(found, Document), "documents are kept as documents"
    return found

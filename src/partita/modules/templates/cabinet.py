"""The cabinet: templates as a ledger keeps them, version by version, compiled once each.

Versions are documents of the kernel and never change, so a transaction that names one can be
rendered again for ever. Which version is the newest is asked of the store at most once a second
for each name: what this process saves counts at once, what another saves a second later at most.
A caller who must not wait names the version.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, Protocol

from partita.engine.idempotency import OPERATIONS
from partita.engine.listing import ResourceFilter
from partita.engine.plain_documents import Finding
from partita.engine.ports import Clock, LedgerInfo, Loaded, Reader, Wants
from partita.journal.keys import key_digest
from partita.kernel.commands import ArchiveDocument, PostTransaction, SaveDocument
from partita.kernel.documents import Document, DocumentStatus, document_name
from partita.kernel.moment import Moment
from partita.modules.templates.compiling import compile_template
from partita.modules.templates.conditions import Conditions
from partita.modules.templates.document import TemplateDocument, canonical, from_canonical
from partita.modules.templates.errors import TemplateArchived, TemplateError, TemplateNotFound
from partita.modules.templates.template import NO_EXTRAS, Extras, Template

TOPIC = "template"
FRESH_MICROSECONDS = 1_000_000
MOST_COMPILED, MOST_EARLIER = 1_000, 20
_PAGE = 500


class Wanted(NamedTuple):
    """What a caller asks for: a template in one version (None: the newest), and with what.

    `key` is the idempotency key under which it will be posted, if it will.
    """

    name: str
    version: int | None
    arguments: Mapping[str, Any]
    extras: Extras = NO_EXTRAS
    key: str | None = None


class Shelf(Reader, Protocol):
    """Where versions are kept: a reader of a store that also knows what answers stand under keys."""

    def load(self, ledger: LedgerInfo, wants: Wants) -> Loaded:
        """What the store knows now of some wants."""
        ...


class Cabinet:
    """The templates of all ledgers of one store. Threads may share it."""

    def __init__(self, store: Shelf, conditions: Conditions, clock: Clock) -> None:
        """Read from this store, with this language of conditions."""
        self._store, self._conditions, self._clock = store, conditions, clock
        self._compiled: dict[tuple[int, str, int], Template] = {}
        self._newest: dict[tuple[int, str], tuple[Moment, Document]] = {}

    def save_command(self, document: TemplateDocument) -> SaveDocument:
        """The command that keeps a document as its template's next version.

        Raises:
            TemplateInvalid: it could be unbalanced, or makes no sense; all of it is told.
        """
        compile_template(document, self._conditions)
        return SaveDocument(TOPIC, document.name, canonical(document))

    def forget(self, ledger: LedgerInfo, name: str) -> None:
        """Look again which version is the newest; for whoever has just saved or archived one."""
        self._newest.pop((ledger.number, name), None)

    def saved(self, ledger: LedgerInfo, name: str, version: int | None = None) -> Document:
        """A version of a template as the ledger keeps it; None is the newest.

        Raises:
            TemplateNotFound: there is none.
        """
        which = ResourceFilter(Document.kind, name=document_name(TOPIC, name))
        before: int | None = None
        while page := self._store.resources(ledger, which, before, 1 if version is None else _PAGE):
            for found in page:
                assert isinstance(found, Document), "documents are kept as documents"
                if version in (None, found.version):
                    return found
            before = page[-1].number
        wanted = repr(name) if version is None else f"{name!r} in version {version}"
        raise TemplateNotFound(Finding("", f"There is no template {wanted} in this ledger."))

    def newest_of_each(self, ledger: LedgerInfo) -> list[Document]:
        """The newest version of every template, by name."""
        found: dict[str, Document] = {}
        before: int | None = None
        which = ResourceFilter(Document.kind)
        while page := self._store.resources(ledger, which, before, _PAGE):
            for each in page:
                assert isinstance(each, Document), "documents are kept as documents"
                if each.topic == TOPIC:
                    found.setdefault(each.title, each)
            before = page[-1].number
        return [found[title] for title in sorted(found)]

    def is_at_hand(self, ledger: LedgerInfo, wanted: Wanted) -> bool:
        """Whether the template can be had without asking the store; never waits."""
        return self._at_hand(ledger, wanted) is not None

    def _at_hand(self, ledger: LedgerInfo, wanted: Wanted) -> Template | None:
        known = self._newest.get((ledger.number, wanted.name))
        if known is None or self._clock.now() - known[0] > FRESH_MICROSECONDS:
            return None
        newest = known[1]
        if newest.status is DocumentStatus.ARCHIVED:
            return None
        version = newest.version if wanted.version is None else wanted.version
        return self._compiled.get((ledger.number, wanted.name, version))

    def template(self, ledger: LedgerInfo, wanted: Wanted) -> Template:
        """The template in the wanted version, ready to render.

        Raises:
            TemplateNotFound: there is none.
            TemplateArchived: it takes no more postings.
        """
        looked_at, newest = self._clock.now(), self.saved(ledger, wanted.name)
        self._newest[ledger.number, wanted.name] = looked_at, newest
        _use(newest)
        return self._of(
            ledger, wanted.name, newest.version if wanted.version is None else wanted.version
        )

    def commands(self, ledger: LedgerInfo, wanted: Wanted) -> Iterator[PostTransaction]:
        """The command to submit; then those to try if its key was used with other words.

        Who tries again under a key asks for the same thing, though a new version was saved or the
        template archived meanwhile, and is owed the first answer: it was under an older version.
        So whoever submits goes on as long as the answer is `idempotency_key_reused`.

        Raises:
            TemplateError: nothing can be posted, and no earlier answer stands under the key.
        """
        failure: TemplateError | None = None
        try:
            template = self._at_hand(ledger, wanted) or self.template(ledger, wanted)
            command = template.render(wanted.arguments, wanted.extras)
        except TemplateError as error:
            if not self._has_answer(ledger, wanted.key):
                raise
            failure = error
        else:
            yield command
        was_asked = failure is None
        for command in self._earlier(ledger, wanted, has_tried=was_asked):
            was_asked = True
            yield command
        if failure is not None and not was_asked:
            raise failure

    def _earlier(
        self, ledger: LedgerInfo, wanted: Wanted, *, has_tried: bool
    ) -> Iterator[PostTransaction]:
        newest = self.saved(ledger, wanted.name, wanted.version).version
        oldest = newest if wanted.version is not None else max(newest - MOST_EARLIER, 1)
        for version in range(newest - has_tried, oldest - 1, -1):
            try:
                command = self._of(ledger, wanted.name, version).render(
                    wanted.arguments, wanted.extras
                )
            except TemplateError:
                continue  # it was not asked of this version, which does not take these arguments
            yield command

    def _has_answer(self, ledger: LedgerInfo, key: str | None) -> bool:
        if key is None:
            return False
        digest = key_digest(OPERATIONS[PostTransaction], key)
        loaded = self._store.load(ledger, Wants(keys=[digest]))
        return bool(loaded.records or loaded.outcomes)

    def _of(self, ledger: LedgerInfo, name: str, version: int) -> Template:
        key = ledger.number, name, version
        known = self._compiled.get(key)
        if known is None:
            saved = self.saved(ledger, name, version)
            known = compile_template(from_canonical(saved.body), self._conditions)
            known.version = saved.version
            if len(self._compiled) >= MOST_COMPILED:
                self._compiled.clear()  # far more than anybody uses at once; the next ones come back
            self._compiled[key] = known
        return known


def archive_command(name: str) -> ArchiveDocument:
    """The command that puts a template away; saving it again revives it."""
    return ArchiveDocument(TOPIC, name)


def _use(newest: Document) -> Document:
    if newest.status is DocumentStatus.ARCHIVED:
        detail = f"The template {newest.title!r} was archived in version {newest.version}."
        raise TemplateArchived(Finding("", detail))
    return newest

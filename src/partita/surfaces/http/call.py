"""A call: one request on its way through a handler, read and checked, with what it may lean on."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import msgspec

from partita.engine.idempotency import fingerprint, wish
from partita.engine.outcome import Outcome
from partita.engine.ports import ApiKey, LedgerInfo
from partita.engine.wanting import Command
from partita.kernel.commands import Bulk
from partita.kernel.posting import Entry, Posting
from partita.surfaces.http.desk import Books, Desk
from partita.surfaces.http.facts import Facts
from partita.surfaces.http.list_formats import ListFormat
from partita.surfaces.http.refusal import Refusal
from partita.surfaces.http.shapes.transactions import LegRequest, Scales

Answer = TypeVar("Answer")


class Call:
    """What a handler gets: the books it speaks about, who asks, and the parsed request.

    `body` and `query` are instances of the structs that the operation declares. `books` is None
    only for operations that need no key. `outcome` is what became of a dry run; `export` the file
    that is wanted instead of a page of a list.
    """

    __slots__ = (
        "api_key",
        "body",
        "books",
        "desk",
        "export",
        "headers",
        "is_dry",
        "key",
        "outcome",
        "path",
        "query",
        "request_id",
    )

    def __init__(self, desk: Desk, request_id: str, path: dict[str, str]) -> None:
        """A call as it comes in; the dispatcher fills in the rest."""
        self.desk, self.request_id, self.path = desk, request_id, path
        self.books: Books | None = None
        self.api_key: ApiKey | None = None
        self.headers: dict[bytes, bytes] = {}
        self.body: Any = None
        self.query: Any = None
        self.key: str | None = None
        self.is_dry = False
        self.outcome: Outcome | None = None
        self.export: ListFormat | None = None

    @property
    def opened(self) -> Books:
        """The books this call speaks about."""
        assert self.books is not None, "an operation with a scope has books"
        return self.books

    @property
    def info(self) -> LedgerInfo:
        """The ledger, as readers of the store want it."""
        return self.opened.ledger.info

    async def submit(
        self,
        command: Command | Bulk,
        books: Books | None = None,
        *,
        asked: msgspec.Struct | None = None,
    ) -> Outcome:
        """Have a command decided and made durable, under this call's key and actor.

        `asked` is what the key stands for, where the command also says what is true at the moment.
        """
        actor = None if self.api_key is None else self.api_key.id
        submissions = (books or self.opened).submissions
        if self.is_dry:
            wanted = wish(command, actor=actor, request_id=self.request_id, is_dry=True)
            self.outcome = await submissions.submit(wanted)
            return self.outcome
        wanted = wish(command, key=self.key, actor=actor, request_id=self.request_id)
        if asked is not None and self.key is not None:
            cause = msgspec.structs.replace(wanted.cause, fingerprint=fingerprint(asked))
            wanted = msgspec.structs.replace(wanted, cause=cause)
        return await submissions.submit(wanted)

    async def read(self, question: Callable[..., Answer], *arguments: Any) -> Answer:
        """Ask the store in a thread of the reading pool."""
        return await self.desk.read(question, *arguments)

    async def facts(self, legs: Sequence[Entry | Posting]) -> Facts:
        """The facts that an answer about these legs needs: nearly always at hand, else asked for."""
        known = self.opened.known(legs)
        return await self.read(self.opened.look_up, legs) if known is None else known

    async def know_scales(self, legs: Iterable[LegRequest]) -> Scales:
        """The scales at hand, with those of all assets whose scale these legs claim to know."""
        scale, known = self.opened.scale, self.opened.scales
        unknown = [leg.asset for leg in legs if leg.scale is not None and leg.asset not in known]
        for asset in unknown:
            await self.read(scale, asset)
        return known

    def scale(self, asset: str) -> int:
        """The scale of an asset of which there is something; for a thread that may wait."""
        scale = self.opened.scale(asset)
        assert scale is not None, "an asset that anything is counted in is known"
        return scale

    def no_such(self, what: str, name: str) -> Refusal:
        """The refusal for a thing that the address names and that is not there."""
        return Refusal(
            "not_found", f"There is no {what} {name!r} in the ledger {self.info.name!r}."
        )

"""The desk: what every call leans on. One per event loop.

Books are what this surface keeps of a ledger: the engine's handle, and the immutable facts that
replies need (an account's normal side, an asset's scale). The facts come from the writer's own
memory where it has them, else from the store in one query; so a post costs no query of ours.
"""

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from partita.engine.ledger import Ledger
from partita.engine.ports import Wants
from partita.kernel.account import Account, Side
from partita.kernel.asset import BUILT_IN
from partita.kernel.posting import Entry, Posting
from partita.surfaces.awaiting import Awaiting
from partita.surfaces.http.documents import Documents
from partita.surfaces.http.facts import Facts
from partita.surfaces.http.measures import Measures
from partita.surfaces.http.request_body import Watch
from partita.surfaces.http.request_ids import RequestIds
from partita.surfaces.http.streaming import Streams
from partita.surfaces.submissions import Submissions
from partita.wiring import Application, FullStore

Answer = TypeVar("Answer")


class Books:
    """One ledger as this surface serves it."""

    def __init__(self, ledger: Ledger, store: FullStore) -> None:
        """Serve this ledger out of this store, to the running loop."""
        self.ledger, self._store = ledger, store
        self.submissions = Submissions(ledger)
        self.scales: dict[str, int] = {code: asset.scale for code, asset in BUILT_IN.items()}

    def known(self, entries: Iterable[Entry | Posting]) -> Facts | None:
        """The facts about these legs' accounts and assets, if all are in memory."""
        scales, account_in_memory = self.scales, self.ledger.account_in_memory
        sides: dict[str, Side] = {}
        for entry in entries:
            account = account_in_memory(entry.account)
            if account is None or entry.asset not in scales:
                return None
            sides[entry.account] = account.normal_side
        return Facts(sides, scales)

    def look_up(self, entries: Iterable[Entry | Posting]) -> Facts:
        """The same facts from the store; for a thread that may wait."""
        entries = tuple(entries)
        paths = list({entry.account for entry in entries})
        loaded = self._store.load(self.ledger.info, Wants(accounts=paths))
        sides = {s.account.path: s.account.normal_side for s in loaded.standings}
        for entry in entries:
            self.scale(entry.asset)
        return Facts(sides, self.scales)

    def accounts(self, paths: Iterable[str]) -> dict[str, Account]:
        """Accounts that are there, by path; for a thread that may wait."""
        loaded = self._store.load(self.ledger.info, Wants(accounts=list(paths)))
        return {standing.account.path: standing.account for standing in loaded.standings}

    def scale(self, code: str) -> int | None:
        """The scale of an asset, or None if there is none; for a thread that may wait."""
        if code not in self.scales:
            # Registered assets are few and never change: one query brings all that came since.
            self.scales.update({a.code: a.scale for a in self._store.assets(self.ledger.info)})
        return self.scales.get(code)


class Desk:
    """The application, its books by name, and the threads that read."""

    def __init__(
        self, application: Application, documents: Documents, *, reading_threads: int
    ) -> None:
        """Belong to the running event loop; `reading_threads` is at most the store's connections."""
        self.documents = documents
        self.application, self.store = application, application.store
        self.access, self.clock = application.access, application.clock
        self.measures = Measures(application, self._readers)
        self.request_ids = RequestIds(application.clock, application.entropy)
        self._loop = asyncio.get_running_loop()
        self.watch = Watch()
        self._threads = ThreadPoolExecutor(reading_threads, thread_name_prefix="partita-reading")
        self.awaiting = Awaiting(application.bell, application.store, self.read)
        self.streams, self.followers = Streams(), 0
        self._books: dict[str, Books] = {}

    async def read(self, question: Callable[..., Answer], *arguments: Any) -> Answer:
        """Ask in a thread what may have to wait."""
        return await self._loop.run_in_executor(self._threads, question, *arguments)

    def books_at_hand(self, name: str) -> Books | None:
        """The books of a ledger, if they were opened before."""
        return self._books.get(name)

    async def books(self, name: str) -> Books:
        """The books of a ledger.

        Raises:
            NotFound: there is no such ledger.
        """
        if name not in self._books:
            ledger = await self.read(self.application.ledger, name)
            self._books.setdefault(name, Books(ledger, self.store))
        return self._books[name]

    def _readers(self) -> tuple[int, int]:
        return self.awaiting.count, self.streams.count

    def let_go(self) -> None:
        """Let everybody go who waits for what is yet to happen, and end all streams."""
        self.awaiting.close()
        self.streams.end_soon()

    def close(self) -> None:
        """Let the reading threads go; the application belongs to whoever built it."""
        self.watch.close()
        self.awaiting.close()
        self._threads.shutdown(wait=True, cancel_futures=True)

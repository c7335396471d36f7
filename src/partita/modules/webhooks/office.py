"""The office: whoever asks about webhooks asks here, whether by HTTP, command line or library."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from partita.engine.delivery_ports import (
    DELIVERY,
    REPLAY,
    Attempt,
    Backlog,
    Delivery,
    DeliveryFilter,
    Health,
    Replay,
)
from partita.engine.errors import NotFound
from partita.engine.feed import event_filter
from partita.engine.listing import ResourceFilter
from partita.engine.ports import Clock, Entropy, LedgerInfo
from partita.kernel.identifiers import RANDOM_BYTES, mint
from partita.kernel.matters import Matter
from partita.kernel.rejections import Code, Rejection
from partita.modules.webhooks.endpoint import KIND, EndpointStatus, read_endpoint
from partita.modules.webhooks.intake import DeliveryStore, delivery_of
from partita.modules.webhooks.shelf import EventShelf
from partita.modules.webhooks.signing import SigningKeys
from partita.modules.webhooks.targets import check_url, forbidden_url

RETENTION_DAYS = 30
"""How long finished deliveries are kept, unless the settings say otherwise."""
_MOST_LISTED = 1_000
_MOST_ATTEMPTS = 100


class Rules(NamedTuple):
    """What an installation lets be called, the types of events that it knows, and how long it remembers."""

    known_types: Collection[str]
    may_be_private: bool = False
    retention_days: int = RETENTION_DAYS


class Means(NamedTuple):
    """What the office works with beside the store."""

    keys: SigningKeys
    rules: Rules
    clock: Clock
    entropy: Entropy
    shelf: EventShelf


class Standing(NamedTuple):
    """How an endpoint fares, and what waits for it."""

    health: Health
    backlog: Backlog | None


class WebhookOffice:
    """The endpoints of one ledger, and what they are owed."""

    def __init__(self, info: LedgerInfo, store: DeliveryStore, means: Means) -> None:
        """Read from this store; secrets come of the keys among the means."""
        self.info = info
        self._store, self._means = store, means

    # Endpoints.

    def find(self, identifier: str) -> Matter:
        """An endpoint by its id, as it is now.

        Raises:
            NotFound: there is none.
        """
        found = self._store.resource(self.info, KIND, identifier)
        if not isinstance(found, Matter):
            raise self._no_such("webhook endpoint", identifier)
        return found

    def page(
        self, before: int | None = None, limit: int = _MOST_LISTED, *, status: str | None = None
    ) -> list[Matter]:
        """Endpoints, the newest first."""
        which = ResourceFilter(KIND, state=status)
        found = self._store.resources(self.info, which, before, limit)
        return [each for each in found if isinstance(each, Matter)]

    def standings(self, endpoints: Sequence[str]) -> Mapping[str, Standing]:
        """How endpoints fare, by id."""
        healths = self._store.healths(self.info, endpoints)
        backlogs = {each.endpoint: each for each in self._store.backlogs(self.info)}
        return {
            name: Standing(healths.get(name, Health(endpoint=name)), backlogs.get(name))
            for name in endpoints
        }

    def alive(self) -> Mapping[str, Standing]:
        """How all endpoints fare that are enabled or disabled, by id; up to 1,000 of each."""
        statuses = (EndpointStatus.ENABLED, EndpointStatus.DISABLED)
        found = [each.id for status in statuses for each in self.page(status=status.value)]
        return self.standings(found) if found else {}

    def plain_types(self, types: Collection[str]) -> tuple[str, ...] | Rejection:
        """Types as they are kept, without the stem and the version; or which of them is unknown."""
        found: list[str] = []
        for place, text in enumerate(types):
            try:
                found += event_filter((text,), (), self._means.rules.known_types).types
            except ValueError as error:
                detail = str(error)
                sentence = detail[0].upper() + detail[1:].removesuffix(".") + "."
                return Rejection(Code.WEBHOOK_INVALID, sentence, f"/types/{place}")
        return tuple(dict.fromkeys(found))

    def objection(self, url: str) -> Rejection | None:
        """Why this installation would never call an address, as far as that can be said already."""
        if self._means.rules.may_be_private or check_url(url) is not None:
            return None  # the second is the rules' own to say
        why = forbidden_url(url)
        if why is None:
            return None
        detail = f"The URL cannot be used: {why}. PARTITA_WEBHOOK_ALLOW_PRIVATE=yes would allow it."
        return Rejection(Code.WEBHOOK_INVALID, detail, "/url")

    def secret(self, matter: Matter) -> str:
        """What the receiver checks v1 signatures by, of the newest generation: for its owner alone."""
        generation = read_endpoint(matter.body).generation
        return self._means.keys.secret(self.info.name, matter.id, generation)

    def public_key(self, matter: Matter) -> str:
        """What the receiver checks v1a signatures by, of the newest generation."""
        generation = read_endpoint(matter.body).generation
        return self._means.keys.public_key(self.info.name, matter.id, generation)

    # Deliveries.

    def delivery(self, identifier: str) -> Delivery:
        """A delivery by its id.

        Raises:
            NotFound: there is none, or none any more.
        """
        found = (
            self._store.delivery(self.info, identifier) if identifier.startswith(DELIVERY) else None
        )
        if found is None:
            raise self._no_such("webhook delivery", identifier)
        return found

    def deliveries(
        self, which: DeliveryFilter, before: tuple[int, str] | None = None, limit: int = 50
    ) -> list[Delivery]:
        """Deliveries, those of the newest events first."""
        return self._store.deliveries(self.info, which, before, limit)

    def attempts(self, identifier: str) -> list[Attempt]:
        """The tries of a delivery, the newest first."""
        return self._store.attempts(self.info, identifier, _MOST_ATTEMPTS)

    def retry(self, identifier: str) -> Delivery | Rejection:
        """Queue a delivery again, whatever became of it; or why that is no use.

        Raises:
            NotFound: there is none.
        """
        before = self.delivery(identifier)
        refused = self._over(self.find(before.endpoint))
        if refused is not None:
            return refused
        event = self._means.shelf.event(self.info, before.sequence)
        again = delivery_of(before.endpoint, event, self._means.clock.now())
        self._store.queue_deliveries(self.info, [again], again=True)
        return self.delivery(identifier)

    def replay(self, endpoint: str, first: int, last: int) -> Replay | Rejection:
        """Have the events of a range brought to an endpoint again, as far as it wants them.

        Raises:
            NotFound: there is no such endpoint.
        """
        refused = self._over(self.find(endpoint))
        if refused is not None:
            return refused
        head = self._store.head(self.info).sequence
        if not 1 <= first <= last <= head:
            detail = f"There is no range from {first} to {last} in a journal of {head} records."
            return Rejection(Code.WEBHOOK_INVALID, detail, "/to_sequence")
        now = self._means.clock.now()
        identifier = mint(REPLAY, now // 1000, self._means.entropy.bytes(RANDOM_BYTES))
        wanted = Replay(identifier, endpoint, first - 1, last, now)
        self._store.add_replay(self.info, wanted)
        return wanted

    def _over(self, matter: Matter) -> Rejection | None:
        if matter.status != EndpointStatus.ARCHIVED.value:
            return None
        detail = f"The webhook endpoint {matter.id} is archived: nothing is brought there."
        facts = {"status": matter.status, "allowed_actions": ""}
        return Rejection(Code.INVALID_STATE, detail, None, facts)

    def _no_such(self, what: str, identifier: str) -> NotFound:
        return NotFound(f"there is no {what} {identifier[:60]!r} in the ledger {self.info.name!r}")

"""The office: whoever asks about webhook endpoints asks here, whether by HTTP, command or library."""

from collections.abc import Collection
from typing import NamedTuple

from partita.engine.errors import NotFound
from partita.engine.feed import event_filter
from partita.engine.listing import ResourceFilter
from partita.engine.ports import LedgerInfo, Reader
from partita.kernel.matters import Matter
from partita.kernel.rejections import Code, Rejection
from partita.modules.webhooks.endpoint import KIND, Endpoint, read_endpoint
from partita.modules.webhooks.signing import SigningKeys
from partita.modules.webhooks.targets import check_url, forbidden_url

RETENTION_DAYS = 30
"""How long finished deliveries are kept, unless the settings say otherwise."""
_MOST_LISTED = 1_000


class Rules(NamedTuple):
    """What an installation lets be called, the types of events that it knows, and how long it remembers."""

    known_types: Collection[str]
    may_be_private: bool = False
    retention_days: int = RETENTION_DAYS


class WebhookOffice:
    """The endpoints of one ledger."""

    def __init__(self, info: LedgerInfo, reader: Reader, keys: SigningKeys, rules: Rules) -> None:
        """Read from this store; secrets come of these keys."""
        self.info = info
        self._reader, self._keys, self._rules = reader, keys, rules

    def find(self, identifier: str) -> Matter:
        """An endpoint by its id, as it is now.

        Raises:
            NotFound: there is none.
        """
        found = self._reader.resource(self.info, KIND, identifier)
        if not isinstance(found, Matter):
            detail = f"there is no webhook endpoint {identifier[:60]!r}"
            raise NotFound(f"{detail} in the ledger {self.info.name!r}")
        return found

    def page(
        self, before: int | None = None, limit: int = _MOST_LISTED, *, status: str | None = None
    ) -> list[Matter]:
        """Endpoints, the newest first."""
        which = ResourceFilter(KIND, state=status)
        found = self._reader.resources(self.info, which, before, limit)
        return [each for each in found if isinstance(each, Matter)]

    def plain_types(self, types: Collection[str]) -> tuple[str, ...] | Rejection:
        """Types as they are kept, without the stem and the version; or which of them is unknown."""
        found: list[str] = []
        for place, text in enumerate(types):
            try:
                found += event_filter((text,), (), self._rules.known_types).types
            except ValueError as error:
                detail = str(error)
                sentence = detail[0].upper() + detail[1:].removesuffix(".") + "."
                return Rejection(Code.WEBHOOK_INVALID, sentence, f"/types/{place}")
        return tuple(dict.fromkeys(found))

    def objection(self, url: str) -> Rejection | None:
        """Why this installation would never call an address, as far as that can be said already."""
        if self._rules.may_be_private or check_url(url) is not None:
            return None  # the second is the rules' own to say
        why = forbidden_url(url)
        if why is None:
            return None
        detail = f"The URL cannot be used: {why}. PARTITA_WEBHOOK_ALLOW_PRIVATE=yes would allow it."
        return Rejection(Code.WEBHOOK_INVALID, detail, "/url")

    def secret(self, matter: Matter) -> str:
        """What the receiver checks v1 signatures by, of the newest generation: for its owner alone."""
        generation = _endpoint(matter).generation
        return self._keys.secret(self.info.name, matter.id, generation)

    def public_key(self, matter: Matter) -> str:
        """What the receiver checks v1a signatures by, of the newest generation."""
        generation = _endpoint(matter).generation
        return self._keys.public_key(self.info.name, matter.id, generation)


def _endpoint(matter: Matter) -> Endpoint:
    return read_endpoint(matter.body)

"""A schema registry by Confluent's REST protocol: `POST /subjects/{subject}/versions`, type JSON.

https://docs.confluent.io/platform/current/schema-registry/develop/api.html. Redpanda, Karapace and
Apicurio speak it too. The registry's own check of compatibility holds for JSON Schema that any field
added to an open object breaks; ours are open, and additions are the one thing that we allow. So a
registry that checks must be told not to for our subjects: `compatibility="NONE"`.
"""

from typing import Any
from urllib.parse import quote

import httpx

from partita.engine.event_schemas.publishing import RegistryRefused, RegistryUnreachable

MEDIA_TYPE = "application/vnd.schemaregistry.v1+json"
_SECONDS = 10.0
_FOR_NOW = frozenset({408, 425, 429, 500, 502, 503, 504})
_LONGEST_ANSWER = 400


class ConfluentRegistry:
    """A registry at an address. `login` is `user:password`; `compatibility` is set for each subject."""

    def __init__(
        self, url: str, *, login: str | None = None, compatibility: str | None = None
    ) -> None:
        """Talk to this registry."""
        user, _, password = (login or "").partition(":")
        self._client = httpx.Client(
            base_url=url,
            auth=None if login is None else (user, password),
            headers={"accept": MEDIA_TYPE, "content-type": MEDIA_TYPE},
            timeout=_SECONDS,
            follow_redirects=False,
        )
        self._compatibility = compatibility

    def register(self, subject: str, schema: str) -> int:
        """Register a schema; its id there, the same for one that was registered before.

        Raises:
            RegistryUnreachable: it may work later.
            RegistryRefused: it will not.
        """
        path = quote(subject, safe="")
        if self._compatibility is not None:
            self._send("PUT", f"/config/{path}", {"compatibility": self._compatibility})
        told = self._send(
            "POST", f"/subjects/{path}/versions", {"schemaType": "JSON", "schema": schema}
        )
        identifier = told.get("id")
        if not isinstance(identifier, int):
            raise RegistryRefused(f"The registry took {subject} and told no id: {told}.")
        return identifier

    def close(self) -> None:
        """Let the connections go."""
        self._client.close()

    def _send(self, method: str, path: str, body: dict[str, str]) -> dict[str, Any]:
        try:
            answer = self._client.request(method, path, json=body)
        except httpx.HTTPError as error:
            where = f"{str(self._client.base_url).rstrip('/')}{path}"
            raise RegistryUnreachable(f"{where} did not answer: {error!r}.") from error
        if answer.status_code in _FOR_NOW:
            raise RegistryUnreachable(f"The registry cannot now: {_words(answer)}.")
        if not answer.is_success:
            raise RegistryRefused(f"The registry refused {path}: {_words(answer)}.")
        try:
            told = answer.json()
        except ValueError as error:
            raise RegistryRefused(f"{path} is answered by no registry: {error}.") from error
        return told if isinstance(told, dict) else {}


def _words(answer: httpx.Response) -> str:
    """What a registry said, as far as it is short: status, its own code, its message."""
    try:
        told = answer.json()
        return (
            f"{answer.status_code}, {told['error_code']} {str(told['message'])[:_LONGEST_ANSWER]}"
        )
    except (ValueError, KeyError, TypeError):
        return f"{answer.status_code} {answer.text[:_LONGEST_ANSWER]}"

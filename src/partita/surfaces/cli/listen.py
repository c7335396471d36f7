"""`partita listen`: forward each event to an address of yours while you build what receives it."""

from typing import Annotated

import msgspec
from cyclopts import Parameter

from partita.surfaces.cli.event_source import FROM_HERE, Whence, event_source
from partita.surfaces.cli.events import EVERYTHING_NEW, Following
from partita.surfaces.cli.forwarding import Delivery, Forwarder, key_of, new_secret
from partita.surfaces.cli.talk import emit, say


def listen(
    *,
    forward_to: Annotated[str, Parameter(help="The address that each event is posted to.")],
    secret: Annotated[
        str | None, Parameter(help="Sign by this secret (whsec_…) and not by a new one.")
    ] = None,
    which: Following = EVERYTHING_NEW,
    whence: Whence = FROM_HERE,
) -> None:
    """Forward events as they happen, signed as webhooks are, until Ctrl-C.

    The events come from the books at a place, or from a server (--url, --key). The secret is
    printed first; each event is tried four times, and its status is printed.
    """
    which.check()
    used = secret or new_secret()
    forwarder = Forwarder(forward_to, key_of(used))
    with event_source(whence, which.type, which.subject) as source:
        place = source.head() if which.after is None else which.after
        if whence.json:
            emit({"forward_to": forward_to, "secret": used, "after": place})
        else:
            say(f"Forwarding to {forward_to}. Check signatures by {used}; Ctrl-C ends it.")
        for event in which.events(source, place):
            _tell(forwarder.deliver(event), is_json=whence.json)


def _tell(delivery: Delivery, *, is_json: bool) -> None:
    if is_json:
        emit(msgspec.to_builtins(delivery))
        return
    became = f"{delivery.error}" if delivery.status is None else str(delivery.status)
    tries = "" if delivery.tries == 1 else f", {delivery.tries} tries"
    print(
        f"{delivery.sequence:>8}  {delivery.type:<28}  {delivery.id}  ->"
        f" {became} ({delivery.milliseconds} ms{tries})",
        flush=True,
    )

"""A processor's charges, refunds, disputes, fees and payouts, with the fee and net of its own file.

The input are the sample objects that Stripe publishes beside its interface, one of each kind.
"""

import gzip
import sys

from partita.adapters.formats.stripe import StripeObject, read_fixtures
from tools.showing import Show, main

FIXTURES = ("processors", "stripe", "fixtures3.json.gz")
KINDS = 10


def tell(show: Show) -> None:
    """Read the objects that move money, and list them."""
    with gzip.open(show.input(*FIXTURES)) as opened:
        objects: list[StripeObject] = list(read_fixtures(opened.read()))
    show.equal("kinds of objects that move money", len(objects), KINDS)
    for each in objects:
        show.figure(f"{type(each).__name__} {each.id}", each.amount)


if __name__ == "__main__":
    sys.exit(main(tell, __doc__))

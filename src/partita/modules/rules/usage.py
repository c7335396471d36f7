"""Usage: what rules did for a customer in a month, kept as matters so that it is in the journal.

The title is `{rule}/{customer}/{month}`; a payment that a counting rule applies to changes it in
the same commit.
"""

from partita.journal.encoding import encode_value, value_decoder
from partita.kernel.commands import ChangeMatter
from partita.kernel.matters import Matter
from partita.modules.rules.occasion import Counter, Use

KIND, PREFIX = "rule_usage", "rus_"
_decode = value_decoder(Counter)


def read_counter(matter: Matter) -> Counter:
    """The counter that a matter keeps."""
    return _decode(matter.body)


def change_of(use: Use, before: Matter | None) -> ChangeMatter:
    """The command that keeps a counter as it is after a payment."""
    return ChangeMatter(
        type="rule_usage.counted",
        kind=KIND,
        id=None if before is None else before.id,
        prefix=PREFIX,
        status="open",
        title=use.title,
        body=encode_value(use.counter),
        facts={"rule": use.rule},
    )

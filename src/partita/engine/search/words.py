"""Words of a text, as they are looked for: without case, without diacritics, letters and digits."""

import re
import unicodedata

_WORD = re.compile(r"[^\W_]+")
LONGEST_WORD = 64
"""Of a longer run of letters only so many count."""


def words_of(text: str) -> list[str]:
    """The words of a text, folded.

    >>> words_of("Café n°5 – MÜLLER_straße")
    ['cafe', 'no5', 'muller', 'strasse']
    """
    if text.isascii():
        folded = text.lower()
    else:
        spread = unicodedata.normalize("NFKD", text).casefold()
        spread = unicodedata.normalize("NFKD", spread)
        folded = "".join(letter for letter in spread if not unicodedata.combining(letter))
    return [word[:LONGEST_WORD] for word in _WORD.findall(folded)]

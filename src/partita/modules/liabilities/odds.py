"""How likely it is that accounts left out are found: by those of their holders who check."""


def detection(share: float, left_out: int) -> float:
    """The probability that at least one of `left_out` holders is among the `share` who check.

    It holds if the ledger cannot know who checks.

    >>> round(detection(0.05, 100), 3)
    0.994
    """
    if not 0 <= share <= 1 or left_out < 0:
        raise ValueError("a share is from 0 to 1, a number of accounts not below 0")
    return 1 - (1 - share) ** left_out

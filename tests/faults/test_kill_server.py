"""The process that holds the engine is killed at any moment under load, and another takes over.

Its PostgreSQL is left behind and adopted. Whatever was acknowledged is there once; the rest is whole
or not at all, and asking again with the same key settles it.
"""

from collections.abc import Callable

from tests.faults.engines import Engines

Rounds = Callable[[int, int], int]


def test_kill_the_engine(engines: Engines, rounds: Rounds):
    """One process after another, each killed; every other time a second one works beside it."""
    engine = engines.start()
    engine.feed(engines.wishes.opening())
    engine.settle()
    for number in range(rounds(8, 200)):
        beside = engines.start() if number % 2 else None
        engines.kill_under_load(*([engine, beside] if beside else [engine]))
        engine = beside or engines.start()
        engine.settle()
        engines.ask_some_again(engine)
        engines.checker.demand()
    engine.stop()
    print(f"unheard at each kill: {engines.unheard_at_kills}")
    assert sum(count > 0 for count in engines.unheard_at_kills) > len(engines.unheard_at_kills) / 2

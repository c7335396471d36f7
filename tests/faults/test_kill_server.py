"""The process that holds the engine is killed at any moment under load, and another takes over.

Its PostgreSQL is left behind and adopted. Whatever was acknowledged is there once; the rest is whole
or not at all, and asking again with the same key settles it.
"""

from collections.abc import Callable

from partita.adapters.stores.postgres.embedded import EmbeddedPostgres
from partita.adapters.stores.postgres.postmaster import living_pid
from tests.faults.engines import Engines
from tests.faults.processes import kill_tree

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


def test_kill_the_http_server(engines: Engines, rounds: Rounds):
    """The real server with clients on connections kept alive; at times PostgreSQL dies with it."""
    server = engines.serve()
    postgres = EmbeddedPostgres(engines.folder)
    server.feed(engines.wishes.opening())
    for number in range(rounds(4, 100)):
        with engines.load(server):
            if number % 2:
                postmaster = living_pid(postgres.data)
                assert postmaster is not None
                kill_tree(postmaster)
            server.kill()
        replies = server.replies
        server = engines.serve()
        server.replies = replies
        server.settle()
        engines.ask_some_again(server)
        engines.checker.demand()
    server.stop()
    print(f"unheard at each kill: {engines.unheard_at_kills}")
    assert any(engines.unheard_at_kills), "no kill came at work"
    assert living_pid(postgres.data) is None, "the last to leave stops PostgreSQL"

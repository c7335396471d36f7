"""`partita balances rebuild`: make anew what balances of the past are answered from."""

from partita.engine.following import build_all
from partita.surfaces.cli.failures import CommandFailed
from partita.surfaces.cli.place import IN_MAIN, InLedger, books
from partita.surfaces.cli.talk import emit, say


def rebuild(*, check: bool = False, place: InLedger = IN_MAIN) -> None:
    """Drop the blocks that quick answers about the past come from, and build them again.

    Answers are right meanwhile, only slower. With --check nothing is dropped: all blocks are built
    once more beside those that are kept, and compared.
    """
    with books(place) as open_books:
        store, info = open_books.store, open_books.info
        if check:
            wrong = store.wrong_block(info)
            if wrong is not None:
                raise CommandFailed(f"It is wrong: {wrong}.", "run `partita balances rebuild`.")
            built = 0
        else:
            store.drop_blocks(info)
            built = build_all(store, info)
    if place.json:
        emit({"built": built, "right": True})
    else:
        say("Every block is what the entries call for." if check else f"Built {built:,} blocks.")

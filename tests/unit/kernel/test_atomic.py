"""An atomic bulk: all of it, or a book that is as if it had never been asked for."""

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from partita.kernel import commands
from partita.kernel.account import AccountType, Constraints, Side
from partita.kernel.asset import Asset
from partita.kernel.book import Book, evolve
from partita.kernel.decide import Context, decide, decide_atomically
from partita.kernel.posting import Posting
from partita.kernel.rejections import Code, Rejection
from tests.unit.kernel.bookkeeping import NOW, book_of, credit, debit, post, snapshot, standing


def chart() -> Book:
    """Two accounts that may not fall below nothing, and cash; an asset; an external id."""
    floor = Constraints(min_posted=0)
    book = book_of(
        standing("a", constraints=floor), standing("b", constraints=floor), standing("cash")
    )
    book.external_ids.add("x0")
    book.assets["PTS"] = Asset("PTS", 0)
    for n, command in enumerate(
        (
            post(debit("cash", 9), credit("a", 9)),
            commands.PlaceHold("a", 4, "USD"),
            commands.PendTransaction((debit("a", 2), credit("b", 2))),
            commands.SaveDocument("topic", "t", "1"),
        )
    ):
        decision = decide(book, command, contexts(n)(0))
        assert not isinstance(decision, Rejection)
        evolve(book, decision)
    return book


def contexts(start: int = 100) -> Callable[[int], Context]:
    """Contexts that count on from a sequence, with ids that tell their place."""
    return lambda n: Context(NOW, start + n, lambda prefix: f"{prefix}{start + n}")


paths = st.sampled_from(("a", "b", "cash", "c", "acc_A", "acc_101"))
holds = st.sampled_from(("hld_1", "hld_100", "hld_101"))
transactions = st.sampled_from(("txn_2", "txn_100", "txn_101"))
wishes = st.one_of(
    st.builds(
        lambda one, other, amount, external_id: commands.PostTransaction(
            (Posting(one, Side.DEBIT, amount, "USD"), Posting(other, Side.CREDIT, amount, "USD")),
            external_id=external_id,
        ),
        st.sampled_from(("cash", "cash", "cash", "a", "c")), st.sampled_from(("a", "b", "c")),
        st.integers(1, 5), st.sampled_from((None, None, "x1", "x2", "x0")),
    ),
    st.builds(commands.OpenAccount, st.sampled_from(("c", "d", "a")), st.sampled_from(("USD", "PTS", "NEW")),
              st.just(AccountType.LIABILITY)),
    st.builds(commands.RegisterAsset, st.builds(Asset, st.sampled_from(("NEW", "PTS")), st.just(2))),
    st.builds(commands.PlaceHold, st.sampled_from(("a", "b", "cash")), st.integers(1, 5), st.just("USD"),
              external_id=st.sampled_from((None, "x1"))),
    st.builds(commands.ReleaseHold, holds, st.none() | st.integers(1, 5)),
    st.builds(lambda hold, amount: commands.CaptureHold(hold, (credit("b", amount),)), holds, st.integers(1, 5)),
    st.builds(lambda amount: commands.PendTransaction((debit("a", amount), credit("b", amount))), st.integers(1, 5)),
    st.builds(commands.SettleTransaction, transactions),
    st.builds(commands.ArchiveTransaction, transactions),
    st.builds(commands.ReverseTransaction, transactions),
    st.builds(commands.SaveDocument, st.just("topic"), st.sampled_from("tu"), st.sampled_from("12")),
    st.builds(commands.ArchiveDocument, st.just("topic"), st.sampled_from("tu")),
    st.builds(commands.FreezeAccount, paths),
    st.builds(commands.UnfreezeAccount, paths),
    st.builds(commands.CloseAccount, paths),
    st.just(commands.OpenLedger("main")),
)  # fmt: skip


@given(st.lists(wishes, min_size=1, max_size=6))
def test_a_bulk_is_the_same_as_its_commands_one_by_one_or_nothing(
    bulk: list[commands.Command],
) -> None:
    book, alone = chart(), chart()
    before = snapshot(book)
    expected = []
    refused: tuple[int, Rejection] | None = None
    for n, wish in enumerate(bulk):
        decision = decide(alone, wish, contexts()(n))
        if isinstance(decision, Rejection):
            refused = n, decision
            break
        evolve(alone, decision)
        expected.append(decision)
    found = decide_atomically(book, bulk, contexts())
    if refused is None:
        assert found == expected
        assert [s[1:] for s in standings(book)] == [s[1:] for s in standings(alone)]
        assert book.resources == alone.resources
    else:
        assert found == refused
        assert snapshot(book) == before


def standings(book: Book) -> list[tuple[object, ...]]:
    """Where every account of the book stands, by reference."""
    return [
        (id(s), name, s.account, s.status, s.version, s.totals)
        for name, s in sorted(book.standings.items())
    ]


def test_a_refused_bulk_takes_back_everything_that_it_had_done() -> None:
    book = chart()
    before = snapshot(book)
    bulk = [
        commands.RegisterAsset(Asset("NEW", 2)),
        commands.OpenAccount("c", "USD", AccountType.LIABILITY),
        commands.OpenAccount("d", "NEW", AccountType.LIABILITY),
        post(debit("cash", 5), credit("a", 3), credit("c", 2), external_id="x1"),
        post(debit("a", 1), credit("acc_101", 1), external_id="x2"),
        commands.FreezeAccount("acc_101"),
        commands.UnfreezeAccount("c"),
        commands.FreezeAccount("b"),
        post(debit("a", 30), credit("cash", 30)),
    ]
    found = decide_atomically(book, bulk, contexts())
    assert isinstance(found, tuple)
    index, rejection = found
    assert (index, rejection.code) == (8, Code.INSUFFICIENT_FUNDS)
    assert snapshot(book) == before
    assert isinstance(decide_atomically(book, bulk[:8], contexts()), list), (
        "and can go on from here"
    )


def test_a_refused_bulk_leaves_holds_transactions_and_documents_as_they_were() -> None:
    book = chart()
    before = snapshot(book)
    bulk: list[commands.Command] = [
        commands.CaptureHold("hld_1", (credit("b", 3),), external_id="x1"),
        commands.ReleaseHold("hld_1"),
        commands.PlaceHold("b", 1, "USD", external_id="x2"),
        commands.EditTransaction("txn_2", (debit("a", 1), credit("b", 1))),
        commands.SettleTransaction("txn_2"),
        commands.ReverseTransaction("txn_2"),
        commands.SaveDocument("topic", "t", "2"),
        commands.SaveDocument("topic", "u", "1"),
        commands.ArchiveDocument("topic", "u"),
    ]
    found = decide_atomically(book, [*bulk, commands.ReverseTransaction("txn_2")], contexts())
    assert isinstance(found, tuple)
    assert (found[0], found[1].code) == (9, Code.ALREADY_REVERSED)
    assert snapshot(book) == before
    assert isinstance(decide_atomically(book, bulk, contexts()), list), "and can go on from here"
    assert snapshot(book) != before


def test_a_bulk_may_open_an_account_and_use_it_by_path_and_by_id() -> None:
    book = chart()
    done = decide_atomically(
        book,
        [
            commands.OpenAccount("c", "USD", AccountType.LIABILITY),
            post(debit("cash", 5), credit("acc_100", 5)),
            post(debit("c", 5), credit("cash", 5)),
            commands.CloseAccount("c"),
        ],
        contexts(),
    )
    assert isinstance(done, list)
    assert book.standings["c"].version == 2


def test_the_same_external_id_twice_in_a_bulk_refuses_it() -> None:
    legs = debit("cash", 1), credit("a", 1)
    found = decide_atomically(
        chart(), [post(*legs, external_id="x1"), post(*legs, external_id="x1")], contexts()
    )
    assert isinstance(found, tuple)
    assert (found[0], found[1].code) == (1, Code.EXTERNAL_ID_TAKEN)

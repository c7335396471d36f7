"""Roots are sealed in the journal once for each key, and every account's proof leads to them."""

import json

import msgspec
import psycopg
import pytest

from partita.engine.errors import CorruptJournal, NotFound
from partita.engine.ledger import Ledger
from partita.engine.outcome import Accepted, Refused
from partita.engine.trees import Tree
from partita.journal.merkle import Frontier
from partita.journal.record import Cause
from partita.kernel import commands
from partita.kernel.account import AccountType, Side
from partita.kernel.events import DocumentSaved
from partita.kernel.posting import Posting
from partita.kernel.rejections import Code
from partita.modules.liabilities.customer import Expected, ProofRefused, check_proof
from partita.modules.liabilities.planting import OtherSecret, Planter, Plot
from partita.modules.liabilities.proving import Liabilities, ProveLiabilities, SealedRoot
from partita.modules.liabilities.sealed import check_published
from partita.wiring import Application
from tests.plugins.steering import ask_one
from tests.unit.engine.bookkeeping import accepted

WANTED = ProveLiabilities("USD")
OPENED = {
    "bank": AccountType.ASSET,
    "customers": AccountType.LIABILITY,
    "customers:alice": AccountType.LIABILITY,
    "customers:bob": AccountType.LIABILITY,
    "customers:carol": AccountType.LIABILITY,
    "customers:closed": AccountType.LIABILITY,
    "customers:fees": AccountType.INCOME,
    "customersx": AccountType.LIABILITY,
}


def pay(source: str, target: str, amount: int) -> commands.PostTransaction:
    legs = Posting(source, Side.DEBIT, amount, "USD"), Posting(target, Side.CREDIT, amount, "USD")
    return commands.PostTransaction(legs)


@pytest.fixture
def books(ledger: Ledger) -> Ledger:
    """Alice has 70, bob 50, carol is overdrawn by 30; others do not count."""
    for path, kind in OPENED.items():
        accepted(ask_one(ledger, commands.OpenAccount(path, "USD", kind)))
    accepted(ask_one(ledger, commands.OpenAccount("customers:euro", "EUR", AccountType.LIABILITY)))
    for source, target, amount in (
        ("bank", "customers:alice", 100),
        ("bank", "customers:bob", 50),
        ("customers:carol", "bank", 30),
        ("customers:alice", "customers:fees", 5),
        ("customers:alice", "customersx", 25),
    ):
        accepted(ask_one(ledger, pay(source, target, amount)))
    accepted(ask_one(ledger, commands.CloseAccount("customers:closed")))
    return ledger


@pytest.fixture
def liabilities(application: Application, books: Ledger) -> Liabilities:
    return application.liabilities(books)


def sealed(
    liabilities: Liabilities, wanted: ProveLiabilities = WANTED, key: str | None = None
) -> SealedRoot:
    outcome = liabilities.prove(wanted, Cause(key, None, "auditor", "req_1"))
    assert isinstance(outcome, Accepted), outcome
    return liabilities.sealed(outcome.record)


def test_the_total_is_what_each_is_owed_and_never_nets_who_is_overdrawn(
    liabilities: Liabilities,
) -> None:
    found = sealed(liabilities)
    assert found.root.total == 70 + 50
    assert found.tree == Tree("USD:customers", found.root.epoch, 5, 1, 30)
    assert (found.root.leaves, found.root.asset, found.root.prefix) == (256, "USD", "customers")


def test_the_root_is_in_the_journal_with_the_epoch_before_it(
    liabilities: Liabilities, application: Application, books: Ledger
) -> None:
    found = sealed(liabilities)
    record = found.record
    assert found.root.epoch == record.sequence - 1
    log = Frontier()
    for before in application.store.records(books.info, 0, found.root.epoch):
        log.append(before.leaf)
    assert found.root.journal_root == log.root().hex()
    assert isinstance(record.event, DocumentSaved)
    assert record.event.document.body == found.root.body()
    assert (record.cause.actor, record.cause.request_id) == ("auditor", "req_1")
    assert json.loads(record.event.document.body)["v"] == "1"


@pytest.mark.parametrize(
    ("account", "balance"),
    [
        ("customers", 0),
        ("customers:alice", 70),
        ("customers:bob", 50),
        ("customers:carol", 0),
        ("customers:closed", 0),
    ],
)
def test_every_account_that_counts_has_a_proof(
    liabilities: Liabilities, account: str, balance: int
) -> None:
    found = sealed(liabilities)
    shown = check_proof(
        liabilities.proof(found, account), Expected(account, found.root.root, found.root.epoch)
    )
    assert (shown.balance, shown.root) == (balance, found.root)
    assert (shown.sequence, shown.record_leaf) == (found.record.sequence, found.record.leaf.hex())


@pytest.mark.parametrize(
    "account", ["bank", "customers:fees", "customersx", "customers:euro", "customers:nobody"]
)
def test_others_have_none(liabilities: Liabilities, account: str) -> None:
    with pytest.raises(NotFound, match=account):
        liabilities.proof(sealed(liabilities), account)


def test_an_account_opened_after_the_epoch_has_none(
    liabilities: Liabilities, books: Ledger
) -> None:
    before = sealed(liabilities)
    accepted(ask_one(books, commands.OpenAccount("customers:dan", "USD", AccountType.LIABILITY)))
    with pytest.raises(NotFound, match="younger"):
        liabilities.proof(before, "customers:dan")
    assert check_proof(liabilities.proof(sealed(liabilities), "customers:dan")).balance == 0


def test_an_account_is_named_by_its_id_as_well(
    liabilities: Liabilities, application: Application, books: Ledger
) -> None:
    standing = application.store.account(books.info, "customers:bob")
    assert standing is not None
    found = sealed(liabilities)
    by_id = liabilities.proof(found, standing.account.id)
    by_path = liabilities.proof(found, "customers:bob")
    assert (by_id.account, by_id.path) == (by_path.account, by_path.path)


def test_a_proof_keeps_saying_what_was_so_at_its_epoch(
    liabilities: Liabilities, books: Ledger
) -> None:
    before = sealed(liabilities)
    accepted(ask_one(books, pay("bank", "customers:alice", 1_000)))
    after = sealed(liabilities)
    assert check_proof(liabilities.proof(before, "customers:alice")).balance == 70
    assert check_proof(liabilities.proof(after, "customers:alice")).balance == 1_070
    old, new = (liabilities.proof(at, "customers:bob") for at in (before, after))
    assert old.nonce != new.nonce
    assert check_published([before.root, after.root]) == 2


def test_a_key_seals_one_root_however_often_it_is_used(
    liabilities: Liabilities, application: Application, books: Ledger
) -> None:
    first = sealed(liabilities, key="q4")
    accepted(ask_one(books, pay("bank", "customers:alice", 1)))
    end = application.store.head(books.info).sequence
    outcome = liabilities.prove(WANTED, Cause("q4"))
    assert isinstance(outcome, Accepted)
    assert outcome.replayed
    assert liabilities.sealed(outcome.record) == first
    assert application.store.head(books.info).sequence == end


def test_a_used_key_with_another_wish_is_refused(liabilities: Liabilities) -> None:
    sealed(liabilities, key="q4")
    outcome = liabilities.prove(ProveLiabilities("USD", "customers:bob"), Cause("q4"))
    assert isinstance(outcome, Refused)
    assert outcome.rejection.code is Code.IDEMPOTENCY_KEY_REUSED


def test_a_key_of_another_document_is_refused(liabilities: Liabilities, books: Ledger) -> None:
    accepted(ask_one(books, commands.SaveDocument("note", "today", "{}"), key="q4"))
    outcome = liabilities.prove(WANTED, Cause("q4"))
    assert isinstance(outcome, Refused)
    assert outcome.rejection.code is Code.IDEMPOTENCY_KEY_REUSED


def test_roots_are_listed_newest_first_by_asset_and_prefix(liabilities: Liabilities) -> None:
    assert liabilities.roots() == []
    wishes = [WANTED, ProveLiabilities("EUR"), ProveLiabilities("USD", "customers:bob"), WANTED]
    made = [sealed(liabilities, wanted) for wanted in wishes][::-1]
    assert liabilities.roots() == made
    assert liabilities.roots(limit=2) == made[:2]
    assert liabilities.roots(before=made[1].record.sequence) == made[2:]
    assert liabilities.roots(asset="EUR") == [made[2]]
    assert liabilities.roots(prefix="customers:bob") == [made[1]]
    assert [liabilities.root(each.id) for each in made] == made
    assert liabilities.newest_with("customers:bob") == made[0]
    assert liabilities.newest_with("customers:euro") == made[2]
    check_published([each.root for each in made[::-1]])


def test_what_is_not_there_is_not_found(liabilities: Liabilities, books: Ledger) -> None:
    note = accepted(ask_one(books, commands.SaveDocument("note", "today", "{}")))
    for identifier in ("doc_none", "", note.event.id):
        with pytest.raises(NotFound, match="liability root"):
            liabilities.root(identifier)
    with pytest.raises(NotFound, match="GBP"):
        liabilities.prove(ProveLiabilities("GBP"), Cause())
    with pytest.raises(NotFound, match="merchants"):
        liabilities.prove(ProveLiabilities("USD", "merchants"), Cause())
    with pytest.raises(NotFound, match="customers:alice"):
        liabilities.newest_with("customers:alice")
    with pytest.raises(ValueError, match="not an account path"):
        liabilities.prove(ProveLiabilities("USD", "no such path"), Cause())


def test_a_lost_tree_is_planted_again_with_the_same_root(
    liabilities: Liabilities, application: Application, books: Ledger
) -> None:
    found = sealed(liabilities)
    accepted(ask_one(books, pay("bank", "customers:alice", 1_000)))
    before = liabilities.proof(found, "customers:alice").path
    forget(application, found)
    lost = liabilities.root(found.id)
    assert lost.tree is None
    assert liabilities.proof(lost, "customers:alice").path == before
    assert liabilities.root(found.id) == found


def test_another_secret_plants_another_tree_and_is_found_out(
    liabilities: Liabilities, application: Application, books: Ledger
) -> None:
    found = sealed(liabilities)
    other = Liabilities(books, application.store, application.prover, b"another" * 5)
    with pytest.raises(CorruptJournal, match="no leaf"):
        other.proof(found, "customers:alice")
    forget(application, found)
    with pytest.raises(CorruptJournal, match="secret"):
        other.proof(msgspec.structs.replace(found, tree=None), "customers:alice")


def test_two_secrets_at_one_epoch_are_found_out(application: Application, books: Ledger) -> None:
    plot = Plot("USD", "customers", application.store.head(books.info).sequence)
    one = Planter(books.info, application.store, b"s" * 32)
    assert one.plant(plot) == one.plant(plot)
    with pytest.raises(OtherSecret, match="PARTITA_SECRET"):
        Planter(books.info, application.store, b"t" * 32).plant(plot)


def test_the_file_shows_the_root_in_the_log_that_everybody_sees(
    liabilities: Liabilities, application: Application, books: Ledger
) -> None:
    found, key = sealed(liabilities), application.notary.seal.verifier_key(books.info)
    application.notary.sign(books.info)
    proof = liabilities.proof(found, "customers:alice")
    assert check_proof(proof).is_in_log is None
    assert check_proof(proof, Expected(keys=(key,))).is_in_log is True
    stranger = msgspec.structs.replace(key, public=bytes(32))
    with pytest.raises(ProofRefused, match="not_in_log"):
        check_proof(proof, Expected(keys=(stranger,)))


def forget(application: Application, found: SealedRoot) -> None:
    """Lose a tree's tiles, as a database does that was made from an export."""
    store = application.store
    if hasattr(store, "_trees"):
        store._trees.clear()
        return
    with store._writing.use() as connection:  # type: ignore[attr-defined]
        owner = connection.info.dsn.replace("user=partita_poster", "user=partita_owner")
    with psycopg.connect(owner) as connection:
        connection.execute("delete from liability_tile")
        connection.execute("delete from liability_tree")
    assert found.tree is not None

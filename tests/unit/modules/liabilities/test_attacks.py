"""The seven attacks of `spec/liabilities.md` §5 are refused; beside each, what lets it through."""

from collections.abc import Callable

import msgspec
import pytest

from partita.journal.sum_tree import (
    LARGEST_SUM,
    SUM_BYTES,
    TILE_NODES,
    climb,
    leaf,
    leaf_node,
    node_sum,
    parent,
    position_of,
)
from partita.modules.liabilities.customer import (
    Expected,
    Fault,
    LiabilityProof,
    ProofRefused,
    check_proof,
    node_text,
    read_proof,
)
from partita.modules.liabilities.sealed import TwoRoots, check_published
from tests.unit.modules.liabilities import maxwell
from tests.unit.modules.liabilities.workshop import LEDGER, SEAL, Tree, receipt_of, sealed
from tools import verify_liability

ALICE, BOB = "customers:alice", "customers:bob"
OWED = {ALICE: 90, BOB: 100, "customers:carol:savings": 7, "customers:dan": 0}
TOTAL = 197
changed = msgspec.structs.replace


def refused(proof: LiabilityProof, **expected: object) -> Fault:
    """Why a proof is refused."""
    with pytest.raises(ProofRefused) as said:
        check_proof(proof, Expected(**expected))  # type: ignore[arg-type]
    return said.value.fault


@pytest.mark.parametrize("account", OWED)
def test_an_honest_file_shows_the_balance_in_the_total(account: str) -> None:
    tree = Tree(OWED)
    root = tree.root()
    shown = check_proof(tree.proof(account), Expected(account, root.root, root.epoch))
    assert (shown.account, shown.balance, shown.root.total) == (account, OWED[account], TOTAL)


# 1. Child sums left out.


def test_a_childs_sum_cannot_be_left_out() -> None:
    """Hu, Zhang and Guo 2019: the total is the larger child's, and each is shown the rest beside."""
    tree = Tree(OWED)
    position, siblings = tree.siblings(ALICE)
    here = climb(_leaf_node(tree, ALICE), position, siblings[:-1])
    is_right = position >= len(tree.leaves) // 2
    halves = (siblings[-1], here) if is_right else (here, siblings[-1])
    claimed = max(map(node_sum, halves))
    assert claimed < TOTAL
    # To whoever stands in either half, the other half is shown as what is missing to the claim.
    lefts = [halves[0], _with_sum(halves[0], claimed - node_sum(halves[1]))]
    rights = [_with_sum(halves[1], claimed - node_sum(halves[0])), halves[1]]
    roots = {parent(left, right) for left, right in zip(lefts, rights, strict=True)}
    assert {node_sum(root) for root in roots} == {claimed}
    assert len(roots) == 2, "the two halves are led to two roots, and only one is sealed"
    beliefs = []
    for root in roots:
        receipt = sealed(tree.root(root))
        for account in OWED:
            place, way = tree.siblings(account)
            is_right = place >= len(tree.leaves) // 2
            shown = lefts[1] if is_right else rights[0]
            proof = tree.proof(account, receipt)
            proof = changed(proof, path=[*proof.path[:-1], node_text(shown)])
            beliefs.append((root, is_right, _believes(proof)))
            assert len(way) == len(proof.path)
    for root in roots:
        sides = {is_right for at, is_right, believes in beliefs if at == root and believes}
        assert len(sides) == 1, "one half's files pass, the other half's do not"


def test_control_the_naive_tree_lets_a_childs_sum_be_left_out() -> None:
    alice, bob = maxwell.leaf("alice", 90), maxwell.leaf("bob", 100)
    root = maxwell.parent(alice, bob, total=100)  # 190 are owed
    assert maxwell.is_in(alice, 0, [maxwell.Node(10, bob.hash)], root)
    assert maxwell.is_in(bob, 1, [maxwell.Node(0, alice.hash)], root)


def _believes(proof: LiabilityProof) -> bool:
    try:
        check_proof(proof)
    except ProofRefused:
        return False
    return True


def _leaf_node(tree: Tree, account: str) -> bytes:
    return leaf_node(tree.prefix, leaf(tree.committed(account), OWED[account]))


def _with_sum(node: bytes, total: int) -> bytes:
    return total.to_bytes(SUM_BYTES, "big") + node[SUM_BYTES:]


# 2. Negative balances, 3. sums that wrap around.


def test_nothing_negative_has_a_form() -> None:
    proof = Tree(OWED).proof(ALICE)
    assert refused(changed(proof, balance="-90")) is Fault.NOT_AN_AMOUNT
    total, _, digest = proof.path[0].partition(" ")
    beside = [f"-{total} {digest}", *proof.path[1:]]
    assert refused(changed(proof, path=beside)) is Fault.NOT_AN_AMOUNT


@pytest.mark.parametrize("text", ["", "+90", "090", "9e1", "90.0", " 90", "٩٠", "90\n", "0x5a"])
def test_a_number_has_one_spelling(text: str) -> None:
    assert refused(changed(Tree(OWED).proof(ALICE), balance=text)) is Fault.NOT_AN_AMOUNT


def test_control_the_naive_tree_takes_a_negative_account() -> None:
    alice, nobody = maxwell.leaf("alice", 90), maxwell.leaf("nobody", -80)
    assert maxwell.is_in(alice, 0, [nobody], root := maxwell.parent(alice, nobody))
    assert root.total == 10


@pytest.mark.parametrize("account", [ALICE, BOB])
def test_sums_that_would_wrap_around_are_refused(account: str) -> None:
    proof = Tree(OWED).proof(account)
    minus_eighty = LARGEST_SUM + 1 - 80
    for level, text in enumerate(proof.path):
        path = list(proof.path)
        path[level] = f"{minus_eighty} {text.partition(' ')[2]}"
        assert refused(changed(proof, path=path)) is Fault.OVERFLOW
    path[0] = f"{LARGEST_SUM + 1} {text.partition(' ')[2]}"
    assert refused(changed(proof, path=path)) is Fault.OVERFLOW
    assert refused(changed(proof, balance=str(LARGEST_SUM + 1))) is Fault.OVERFLOW


def test_control_sums_that_wrap_around_hide_what_is_owed() -> None:
    alice, nobody = maxwell.leaf("alice", 90), maxwell.leaf("nobody", maxwell.WRAP - 80)
    root = maxwell.parent(alice, nobody, total=10)
    assert maxwell.is_in(alice, 0, [nobody], root, wrap=maxwell.WRAP)


# 4. One leaf for two customers.


def test_one_leaf_cannot_serve_two_customers() -> None:
    same = {ALICE: 90, BOB: 90, "customers:carol": 5}
    proof = Tree({path: owed for path, owed in same.items() if path != BOB}).proof(ALICE)
    assert refused(proof, account=BOB) is Fault.OTHER_ACCOUNT
    assert refused(changed(proof, account=BOB), account=BOB) is Fault.OTHER_TREE


def test_control_a_leaf_that_names_nobody_serves_everybody() -> None:
    shared, other = maxwell.anonymous_leaf("nonce", 90), maxwell.leaf("carol", 5)
    root = maxwell.parent(shared, other)
    for _customer in ("alice", "bob"):
        assert maxwell.is_in(maxwell.anonymous_leaf("nonce", 90), 0, [other], root)


def test_a_file_is_only_about_accounts_below_the_sealed_prefix() -> None:
    stray = Tree({**OWED, "customersalice": 3})
    assert refused(stray.proof("customersalice")) is Fault.OTHER_ACCOUNT


# 5. Two roots.


def test_two_roots_for_one_epoch_are_found_in_the_log() -> None:
    whole, part = Tree(OWED).root(), Tree({ALICE: 90}).root()
    with pytest.raises(TwoRoots):
        check_published([whole, part])
    assert refused(Tree({ALICE: 90}).proof(ALICE), root=whole.root) is Fault.OTHER_ROOT


def test_an_epoch_that_goes_back_is_found_in_the_log() -> None:
    with pytest.raises(TwoRoots):
        check_published([Tree(OWED, epoch=9).root(), Tree(OWED, epoch=8).root()])


def test_roots_of_several_titles_and_rising_epochs_are_in_order() -> None:
    epochs = [(7, "EUR"), (7, "USD"), (9, "EUR"), (8, "USD")]
    assert check_published([Tree(OWED, epoch=e, asset=a).root() for e, a in epochs]) == 4


def test_control_without_the_log_each_root_convinces_its_own_customer() -> None:
    assert check_proof(Tree({ALICE: 90}).proof(ALICE)).root.total == 90
    assert check_proof(Tree({BOB: 100}).proof(BOB)).root.total == 100


# 6. An account left out.


def test_a_customer_left_out_gets_no_file_that_passes() -> None:
    tree = Tree({path: owed for path, owed in OWED.items() if path != BOB})
    assert position_of(tree.committed(BOB), len(tree.leaves), tree.tile) is None
    stolen = tree.proof(ALICE)
    for position in range(TILE_NODES):
        way = [node_text(node) for node in _way(tree, position)]
        forged = changed(stolen, account=BOB, balance="100", position=str(position), path=way)
        assert refused(forged, account=BOB) is Fault.OTHER_TREE


def _way(tree: Tree, position: int) -> list[bytes]:
    nodes = [leaf_node(tree.prefix, kept) for kept in tree.leaves]
    way = []
    while len(nodes) > 1:
        way.append(nodes[position ^ 1])
        nodes = [parent(*nodes[n : n + 2]) for n in range(0, len(nodes), 2)]
        position >>= 1
    return way


def test_control_nobody_else_notices_who_is_left_out() -> None:
    tree = Tree({path: owed for path, owed in OWED.items() if path != BOB})
    assert check_proof(tree.proof(ALICE)).root.total == TOTAL - OWED[BOB]


# 7. An old epoch.


def test_a_file_of_an_old_epoch_is_stale() -> None:
    old, new = Tree(OWED, epoch=7), Tree({**OWED, ALICE: 900}, epoch=12)
    assert refused(old.proof(ALICE), epoch=12) is Fault.STALE_EPOCH
    assert refused(old.proof(ALICE, sealed(new.root())), epoch=12) is Fault.OTHER_TREE


def test_an_old_leaf_is_no_leaf_of_the_new_epoch_though_nothing_changed() -> None:
    old, new = Tree(OWED, epoch=7), Tree(OWED, epoch=12)
    receipt = sealed(msgspec.structs.replace(old.root(), epoch=12))
    assert refused(old.proof(ALICE, receipt)) is Fault.OTHER_TREE
    assert not set(old.leaves) & set(new.leaves), "nor can anybody follow an account"


def test_control_without_an_epoch_in_it_an_old_leaf_passes() -> None:
    assert maxwell.leaf("alice", 90) == maxwell.leaf("alice", 90), "whenever it was made"


# The log.


def test_the_receipt_must_be_the_logs_own() -> None:
    proof, key = Tree(OWED).proof(ALICE), SEAL.verifier_key(LEDGER)
    assert check_proof(proof, Expected(keys=(key,))).is_in_log is False, "promised, not proved"
    stranger = changed(key, public=bytes(32))
    assert refused(proof, keys=(stranger,)) is Fault.NOT_IN_LOG
    moved = changed(proof, receipt=changed(proof.receipt, sequence="9"))
    assert refused(moved, keys=(key,)) is Fault.NOT_IN_LOG
    other = Tree({ALICE: 90})
    mixed = changed(proof.receipt, record=sealed(other.root()).record)
    assert refused(changed(other.proof(ALICE), receipt=mixed), keys=(key,)) is Fault.NOT_IN_LOG


# Whatever else is changed.

CHANGES: dict[str, Callable[[LiabilityProof], LiabilityProof]] = {
    "balance": lambda p: changed(p, balance="91"),
    "nonce": lambda p: changed(p, nonce=p.nonce[1] + p.nonce[0] + p.nonce[2:]),
    "position": lambda p: changed(p, position=str(int(p.position) ^ 1)),
    "position too far": lambda p: changed(p, position=str(int(p.position) + TILE_NODES)),
    "path too short": lambda p: changed(p, path=p.path[:-1]),
    "path too long": lambda p: changed(p, path=[*p.path, p.path[-1]]),
    "two siblings": lambda p: changed(p, path=[p.path[1], p.path[0], *p.path[2:]]),
    "hash": lambda p: changed(p, path=[p.path[0].replace(" ", " /", 1)[:-2] + "=", *p.path[1:]]),
    "no hash": lambda p: changed(p, path=["0 ", *p.path[1:]]),
    "no base64": lambda p: changed(p, path=["0 " + "!" * 44, *p.path[1:]]),
    "record": lambda p: changed(
        p, receipt=receipt_of(p.receipt.record.replace('total\\":\\"197', 'total\\":\\"198'), 8)
    ),
    "no record": lambda p: changed(p, receipt=receipt_of("{}", 8)),
    "another topic": lambda p: changed(p, receipt=sealed(Tree(OWED).root(), topic="template")),
    "epoch after record": lambda p: changed(p, receipt=sealed(Tree(OWED).root(), sequence=7)),
}


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_is_refused(change: str) -> None:
    proof = Tree(OWED).proof(ALICE)
    forged = CHANGES[change](proof)
    assert forged != proof
    with pytest.raises(ProofRefused):
        check_proof(forged)
    with pytest.raises(verify_liability.Bad):
        verify_liability.verify(written(forged))


def written(proof: LiabilityProof) -> str:
    """The file."""
    return msgspec.json.encode(proof).decode()


@pytest.mark.parametrize("account", OWED)
def test_the_standard_library_alone_comes_to_the_same(account: str) -> None:
    proof = Tree(OWED).proof(account)
    shown, found = check_proof(proof), verify_liability.verify(written(proof), account)
    assert (found["balance"], found["total"]) == (str(shown.balance), str(TOTAL))
    assert (found["root"], found["record_leaf"]) == (shown.root.root, shown.record_leaf)
    assert check_proof(read_proof(written(proof))) == shown

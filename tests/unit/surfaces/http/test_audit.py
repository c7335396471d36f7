"""Proofs over HTTP: what the log signed, what it proves, and what C2SP's tools read."""

import json

import pytest

from partita.engine.log_ports import Cosignature
from partita.engine.notary import Notary
from partita.journal.checkpoint import Checkpoint
from partita.journal.merkle import leaf_hash
from partita.journal.notes import Note, Signature, VerifierKey
from partita.journal.proofs import Growth, consistency_holds, inclusion_holds
from partita.journal.receipts import Promise, Proof
from partita.kernel.moment import Moment
from tests.unit.surfaces.http.conftest import Client, transfer


@pytest.fixture
def unsigned(monkeypatch: pytest.MonkeyPatch) -> None:
    """A notary that never wakes by itself: what is signed is up to the test."""
    monkeypatch.setattr(Notary, "poke", lambda *_: None)


def sign(client: Client) -> None:
    """Sign the head of `main` now."""
    assert client.application.notary.sign(client.application.ledger().info) is not None


async def test_every_write_names_its_leaf(client: Client) -> None:
    answers = [
        await client.post_transaction(transfer()),
        await client.post("/v1/accounts", {"path": "a", "asset": "USD", "type": "asset"}),
        await client.post("/v1/accounts/a/freeze", {}),
        await client.post("/v1/assets", {"code": "PTS", "scale": 0}),
        await client.post_transaction(
            {"mode": "atomic", "transactions": [transfer(), transfer()]},
            address="/v1/transactions/batch",
        ),
    ]
    records = (await client.get("/v1/journal?limit=1000")).json["data"]
    leaves = {record["sequence"]: record["leaf"] for record in records}
    for answer in answers:
        assert answer.headers["ledger-leaf"] == leaves[answer.headers["ledger-sequence"]]
    for item in answers[-1].json["results"]:
        assert item["leaf"] == leaves[item["transaction"]["sequence"]]


@pytest.mark.usefixtures("unsigned")
async def test_checkpoints_are_listed_and_the_latest_is_shown(client: Client) -> None:
    assert (await client.get("/v1/audit/checkpoints")).json["data"] == []
    assert (await client.get("/v1/audit/checkpoints/latest")).status == 404
    assert (await client.get("/v1/log/checkpoint")).status == 404
    for _ in range(3):
        await client.post_transaction(transfer())
        sign(client)
    first = (await client.get("/v1/audit/checkpoints?limit=2")).json
    rest = (await client.get(f"/v1/audit/checkpoints?limit=2&cursor={first['next_cursor']}")).json
    sizes = [each["size"] for each in first["data"] + rest["data"]]
    assert sizes == [str(client.sequence - n) for n in range(3)]
    latest = (await client.get("/v1/audit/checkpoints/latest")).json
    assert latest == first["data"][0]
    note = await client.get("/v1/log/checkpoint")
    assert note.headers["content-type"] == "text/plain; charset=utf-8"
    assert note.body.decode() == latest["note"]
    key = VerifierKey.parse((await client.get("/v1/log/verifier-key")).body.decode().strip())
    assert Note.parse(latest["note"]).signers([key]) == [key]
    says = Checkpoint.parse(Note.parse(latest["note"]).text)
    assert (says.origin, str(says.size), says.root.hex()) == (
        latest["origin"], latest["size"], latest["root"]
    )  # fmt: skip


@pytest.mark.usefixtures("unsigned")
async def test_a_record_is_proved_by_sequence_and_by_id(client: Client) -> None:
    posted = (await client.post_transaction(transfer())).json
    by_id = f"/v1/audit/proofs/inclusion?id={posted['id']}"
    assert (await client.get(by_id)).status == 404
    sign(client)
    proof = (await client.get(by_id)).json
    again = await client.get(f"/v1/audit/proofs/inclusion?sequence={posted['sequence']}")
    assert again.json == proof
    path = [bytes.fromhex(node) for node in proof["path"]]
    size, root = int(proof["checkpoint"]["size"]), bytes.fromhex(proof["checkpoint"]["root"])
    assert inclusion_holds(bytes.fromhex(proof["leaf"]), int(proof["index"]), size, path, root)
    assert Proof.parse(proof["proof"]).holds(bytes.fromhex(proof["leaf"]))


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 400), ("sequence=1&id=txn_1", 400), ("sequence=x", 400), ("sequence=-1", 400),
        ("sequence=0", 404), ("sequence=999", 404), ("id=txn_no", 404), ("size=1", 400),
    ],
)  # fmt: skip
async def test_what_is_not_there_is_not_proved(client: Client, query: str, status: int) -> None:
    assert (await client.get(f"/v1/audit/proofs/inclusion?{query}")).status == status


async def test_growth_is_proved_between_two_sizes(client: Client) -> None:
    for _ in range(9):
        await client.post_transaction(transfer())
    proof = (await client.get("/v1/audit/proofs/consistency?from=3&to=11")).json
    roots = bytes.fromhex(proof["from_root"]), bytes.fromhex(proof["to_root"])
    path = [bytes.fromhex(node) for node in proof["path"]]
    assert consistency_holds(Growth(3, roots[0], 11, roots[1]), path)


@pytest.mark.parametrize(
    ("query", "status"),
    [("", 400), ("from=1", 400), ("from=a&to=2", 400), ("from=2&to=1", 404), ("from=1&to=99", 404)],
)
async def test_sizes_that_make_no_sense_are_refused(
    client: Client, query: str, status: int
) -> None:
    assert (await client.get(f"/v1/audit/proofs/consistency?{query}")).status == status


@pytest.mark.usefixtures("unsigned")
async def test_a_receipt_promises_first_and_proves_then(client: Client) -> None:
    answer = await client.post_transaction(transfer())
    url = f"/v1/transactions/{answer.json['id']}/receipt"
    promised = (await client.get(url)).json
    key = VerifierKey.parse(promised["verifier_key"])
    note = Note.parse(promised["promise"])
    assert note.signers([key]) == [key]
    promise = Promise.parse(note.text)
    assert promise.leaf == leaf_hash(promised["record"].encode())
    assert promise.leaf.hex() == promised["leaf"] == answer.headers["ledger-leaf"]
    assert promise.origin == promised["origin"] == key.name
    assert promised["proof"] is None
    sign(client)
    proved = (await client.get(url)).json
    assert proved["promise"] is None
    proof = Proof.parse(proved["proof"])
    assert proof.holds(promise.leaf)
    assert proof.checkpoint.signers([key]) == [key]
    by_sequence = await client.get(f"/v1/audit/receipts/{proved['sequence']}")
    assert by_sequence.json == proved


async def test_every_record_has_a_receipt_but_only_transactions_among_them(client: Client) -> None:
    first = (await client.get("/v1/audit/receipts/1")).json
    assert json.loads(first["record"])["type"] == "ledger.opened"
    identifier = json.loads(first["record"])["id"]
    assert (await client.get(f"/v1/transactions/{identifier}/receipt")).status == 404
    for unknown in ("0", "99", "txn_1", "acc_", "-1", "x" * 300):
        assert (await client.get(f"/v1/audit/receipts/{unknown}")).status == 404


async def test_a_receipt_is_small_even_with_three_cosignatures(client: Client) -> None:
    for _ in range(3):
        await client.post_transaction(transfer())
    sign(client)
    info, store = client.application.ledger().info, client.application.store
    for number in range(3):
        signature = Signature(f"witness.example/w{number}", b"1234", b"s" * 72)
        store.add_cosignature(info, Cosignature(client.sequence, signature, Moment(0)))
    receipt = (await client.get("/v1/audit/receipts/3")).json
    assert len(Proof.parse(receipt["proof"]).checkpoint.signatures) == 4
    size = len(json.dumps(receipt | {"record": ""}))
    # A log of 1,000,000 has a path of 20 hashes, 46 bytes each.
    assert size + (20 - len(Proof.parse(receipt["proof"]).path)) * 46 <= 2_048


async def test_tiles_are_read_by_their_paths(client: Client) -> None:
    records = (await client.get("/v1/journal?limit=1000")).json["data"]
    width = len(records)
    tile = await client.get(f"/v1/log/tile/0/000.p/{width}")
    assert tile.headers["content-type"] == "application/octet-stream"
    assert "immutable" in tile.headers["cache-control"]
    assert tile.body.hex() == "".join(record["leaf"] for record in records)
    bundle = (await client.get("/v1/log/tile/entries/000.p/2")).body
    bodies = [record["body"].encode() for record in records[:2]]
    assert bundle == b"".join(len(body).to_bytes(2) + body for body in bodies)
    for path in ("0/000", f"0/000.p/{width + 1}", "1/000.p/1", "0/0", "x", "entries/001", ""):
        assert (await client.get(f"/v1/log/tile/{path}")).status == 404, path

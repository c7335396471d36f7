"""Bad input: each is a 4xx problem that says the mend, and nothing is written."""

import json
from typing import Any

import pytest

from tests.unit.surfaces.http.conftest import Client, transfer


def altered(**changes: Any) -> dict[str, Any]:
    """A transfer whose first posting has these changes; None takes a field away."""
    body = transfer()
    posting = body["postings"][0] | changes
    body["postings"][0] = {name: value for name, value in posting.items() if value is not None}
    return body


def text(old: str, new: str) -> bytes:
    """A transfer's JSON with a part replaced, for what json.dumps would never write."""
    written = json.dumps(transfer("500", type="x", metadata={"a": "b"}))
    assert old in written
    return written.replace(old, new, 1).encode()


FORMS: list[tuple[str, object, str, str | None]] = [
    ("empty", b"", "unsupported_media_type", None),
    ("an empty text", b" ", "invalid_request", None),
    ("no JSON", b"amount=500", "invalid_request", None),
    ("a list", [], "invalid_request", ""),
    ("a number", 5, "invalid_request", ""),
    ("null", b"null", "invalid_request", ""),
    ("cut off", b'{"postings":[', "invalid_request", None),
    ("two values", b"{} {}", "invalid_request", None),
    ("a byte order mark", b"\xef\xbb\xbf{}", "invalid_request", None),
    ("not UTF-8", text('"x"', '"x"').replace(b'"x"', b'"\xff"'), "invalid_request", None),
    ("UTF-16", '{"postings":[]}'.encode("utf-16"), "invalid_request", None),
    ("NaN", text('"500"', "NaN"), "invalid_request", None),
    ("Infinity", text('"500"', "-Infinity"), "invalid_request", None),
    ("a huge number", text('"500"', "1" * 5_000), "invalid_request", None),
    ("deep lists", b"[" * 50_000 + b"]" * 50_000, "invalid_request", None),
    ("deep objects", b'{"a":' * 50_000 + b"1" + b"}" * 50_000, "invalid_request", None),
    ("a key twice", text('"type": "x"', '"type": "x", "type": "y"'), "invalid_request", None),
    ("a key twice, escaped", text('"type": "x"', '"type": "x", "t\\u0079pe": "x"'),
     "invalid_request", None),
    ("a key twice, deep", text('"amount": "500"', '"amount": "500", "amount": "500"'),
     "invalid_request", None),
    ("a metadata key twice", text('"a": "b"', '"a": "b", "a": "b"'), "invalid_request", None),
    ("NUL in a value", text('"b"', '"\\u0000"'), "invalid_request", None),
    ("NUL in a key", text('"a"', '"a\\u0000"'), "invalid_request", None),
    ("a raw NUL", text('"b"', '"\x00"'), "invalid_request", None),
    ("a raw line feed", text('"b"', '"\n"'), "invalid_request", None),
    ("a lone high surrogate", text('"b"', '"\\ud800"'), "invalid_request", None),
    ("a lone low surrogate", text('"b"', '"\\udc00"'), "invalid_request", None),
    ("an encoded surrogate", text('"b"', '"_"').replace(b"_", b"\xed\xa0\x80"), "invalid_request",
     None),
    ("an unknown field", transfer(tipe="x"), "unknown_field", "/tipe"),
    ("an unknown field, deep", altered(acount="a"), "unknown_field", "/postings/0/acount"),
    ("account_id for account", altered(account=None, account_id="acc_1"), "unknown_field",
     "/postings/0/account_id"),
    ("no postings", {}, "invalid_request", ""),
    ("postings null", {"postings": None}, "invalid_request", "/postings"),
    ("postings an object", {"postings": {}}, "invalid_request", "/postings"),
    ("a posting a text", {"postings": ["x"]}, "invalid_request", "/postings/0"),
    ("no account", altered(account=None), "invalid_request", "/postings/0"),
    ("an empty account", altered(account=""), "invalid_request", "/postings/0/account"),
    ("a long account", altered(account="a" * 256), "invalid_request", "/postings/0/account"),
    ("a wrong direction", altered(direction="DEBIT"), "invalid_request", "/postings/0/direction"),
    ("no asset", altered(asset=None), "invalid_request", "/postings/0"),
    ("an amount as a number", altered(amount=500), "invalid_amount", "/postings/0/amount"),
    ("an amount as a fraction", altered(amount=5.0), "invalid_amount", "/postings/0/amount"),
    ("an amount as true", altered(amount=True), "invalid_amount", "/postings/0/amount"),
    *(
        (f"the amount {amount!r}", altered(amount=amount), "invalid_amount", "/postings/0/amount")
        for amount in ("", "-5", "+5", "5.0", "5.", "1e3", "1E3", "01", "00", " 5", "5 ", "5\n",
                       "0x5", "1_000", "1,000", "\u0665", "\uff15", "NaN", "Infinity", "1" * 39, "$5")
    ),
    ("a scale as text", altered(scale="2"), "invalid_request", "/postings/0/scale"),
    ("a negative scale", altered(scale=-1), "invalid_request", "/postings/0/scale"),
    ("a type with a space", transfer(type="a b"), "invalid_request", "/type"),
    ("a type with a line feed", transfer(type="a\n"), "invalid_request", "/type"),
    ("an empty type", transfer(type=""), "invalid_request", "/type"),
    ("a long type", transfer(type="a" * 65), "invalid_request", "/type"),
    ("an empty external_id", transfer(external_id=""), "invalid_request", "/external_id"),
    ("a long external_id", transfer(external_id="a" * 256), "invalid_request", "/external_id"),
    ("a tab in external_id", transfer(external_id="a\tb"), "invalid_request", "/external_id"),
    *(
        (f"the moment {moment!r}", transfer(effective_at=moment), "invalid_timestamp",
         "/effective_at")
        for moment in ("", "yesterday", "2026-11-20", "2026-11-20T10:00:00", "2026-13-01T00:00:00Z",
                       "2026-02-30T00:00:00Z", "2026-11-20T10:00:00.1234567Z", "20261120T100000Z",
                       "2026-11-20T24:00:00Z", "0001-01-01T00:00:00+14:00", "2026-11-20 10:00:00Z")
    ),
    ("a moment as a number", transfer(effective_at=1_700_000_000), "invalid_timestamp",
     "/effective_at"),
    ("metadata a list", transfer(metadata=[]), "invalid_metadata", "/metadata"),
    ("metadata null", transfer(metadata=None), "invalid_metadata", "/metadata"),
    ("a metadata number", transfer(metadata={"a": 1}), "invalid_metadata", "/metadata"),
    ("nested metadata", transfer(metadata={"a": {"b": "c"}}), "invalid_metadata", "/metadata"),
    ("51 metadata keys", transfer(metadata={str(n): "" for n in range(51)}), "invalid_metadata",
     "/metadata"),
    ("a long metadata key", transfer(metadata={"a" * 41: ""}), "invalid_metadata", "/metadata"),
    ("an empty metadata key", transfer(metadata={"": ""}), "invalid_metadata", "/metadata"),
    ("[ in a metadata key", transfer(metadata={"a[": ""}), "invalid_metadata", "/metadata"),
    ("a long metadata value", transfer(metadata={"a": "b" * 501}), "invalid_metadata",
     "/metadata"),
    ("over 1 MiB", b" " * (1 << 20) + b"{}", "body_too_large", None),
]  # fmt: skip

RULES: list[tuple[str, object, int, str, str | None]] = [
    ("no posting", {"postings": []}, 422, "too_few_postings", "/postings"),
    ("one posting", {"postings": transfer()["postings"][:1]}, 422, "too_few_postings", "/postings"),
    ("1,001 postings", {"postings": transfer()["postings"] * 501}, 422, "too_many_postings",
     "/postings"),
    ("zero", transfer("0"), 422, "amount_out_of_range", "/postings/0/amount"),
    ("unbalanced", altered(amount="501"), 422, "unbalanced_transaction", "/postings"),
    ("another asset", altered(asset="EUR"), 422, "unbalanced_transaction", "/postings"),
    ("an unknown account", altered(account="customers:nobody"), 422, "account_not_found",
     "/postings/0/account"),
    ("an impossible account", altered(account="'; DROP TABLE journal; --"), 422,
     "account_not_found", "/postings/0/account"),
    ("a wrong scale", altered(scale=3), 422, "asset_scale_mismatch", "/postings/0/scale"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "code", "pointer"), [f[1:] for f in FORMS], ids=[f[0] for f in FORMS]
)
async def test_a_body_of_the_wrong_form_is_refused(
    client: Client, body: object, code: str, pointer: str | None
) -> None:
    before = client.sequence
    headers = {"content-type": ""} if body == b"" else {}
    answer = await client.post(
        "/v1/transactions", body, headers={"idempotency-key": "k", **headers}
    )
    assert answer.code == code, answer.body[:500]
    assert answer.json["fix"]
    assert answer.json["detail"]
    pointers = [item["pointer"] for item in answer.json["errors"]]
    assert pointers == ([] if pointer is None else [pointer])
    assert client.sequence == before
    mended = await client.post_transaction(transfer(), "k")
    assert mended.status == 201, "what was refused for its form leaves its key unused"


@pytest.mark.parametrize(
    ("body", "status", "code", "pointer"), [rule[1:] for rule in RULES], ids=[r[0] for r in RULES]
)
async def test_a_body_against_the_rules_is_refused(
    client: Client, body: object, status: int, code: str, pointer: str
) -> None:
    before = client.sequence
    answer = await client.post_transaction(body)
    assert (answer.status, answer.code) == (status, code)
    assert answer.json["errors"][0]["pointer"] == pointer
    assert client.sequence == before


SQL = "'); DROP TABLE journal; --"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (altered(account=SQL), 422),
        (altered(direction=SQL), 400),
        (altered(amount=SQL), 400),
        (altered(asset=SQL), 400),
        (altered(asset="'; --"), 422),
        (transfer(type=SQL), 400),
        (transfer(effective_at=SQL), 400),
        (transfer(external_id=SQL, metadata={SQL: SQL}), 201),
    ],
)
async def test_sql_in_every_text_is_text(client: Client, body: object, status: int) -> None:
    answer = await client.post_transaction(body)
    assert answer.status == status, answer.body
    if status == 201:
        assert answer.json["external_id"] == SQL
        assert answer.json["metadata"] == {SQL: SQL}


async def test_the_nearest_known_field_is_named(client: Client) -> None:
    answer = await client.post_transaction(altered(acount="a"))
    assert "'account'" in answer.json["detail"]


async def test_the_nearest_known_parameter_is_named(client: Client) -> None:
    answer = await client.get("/v1/accounts?path_prefx=a")
    assert (answer.status, answer.code) == (400, "unknown_filter")
    assert "'path_prefix'" in answer.json["detail"]


@pytest.mark.parametrize(
    ("media_type", "is_taken"),
    [
        ("application/json", True),
        ("application/json; charset=utf-8", True),
        ('Application/JSON; charset="UTF-8"', True),
        ("application/json; charset=utf-16", False),
        ("application/json; odata=verbose", False),
        ("text/plain", False),
        ("application/x-www-form-urlencoded", False),
        ("", False),
    ],
)
async def test_only_json_is_read(client: Client, media_type: str, is_taken: bool) -> None:
    answer = await client.post(
        "/v1/transactions",
        transfer(),
        headers={"content-type": media_type, "idempotency-key": "k"},
    )
    assert answer.status == (201 if is_taken else 415)


async def test_the_largest_batch_fits(client: Client) -> None:
    answer = await client.post_transaction(
        {"mode": "atomic", "transactions": [transfer()] * 1_000}, address="/v1/transactions/batch"
    )
    assert answer.status == 200
    assert len(answer.json["results"]) == 1_000


@pytest.mark.parametrize("query", [
    "limit=0", "limit=-1", "limit=abc", "limit=", "limit=1e3", "limit=5&limit=6", "limit=%00",
    "limit=%ff", "limit", "cursor=", "cursor=!", "cursor=AAAA", "cursor=%F0%9F%92%B0",
    "unknown=1", "type=nonsense", "status=ajar", "limit=" + "1" * 30, "expand=x", "%00=1",
    "asset=", "asset=" + "A" * 25, "path_prefix=", "path_prefix=%25", "path_prefix=a:", "type=",
    "&".join(f"a{n}=1" for n in range(60)), "a=" + "b" * 9_000,
])  # fmt: skip
async def test_a_query_of_the_wrong_form_is_refused(client: Client, query: str) -> None:
    answer = await client.get(f"/v1/accounts?{query}")
    assert answer.status == 400, answer.body
    assert answer.code in {"invalid_request", "unknown_filter", "invalid_cursor"}


@pytest.mark.parametrize("reference", [
    "customers:nobody", "acc_00000000000000000000000000", "acc_short", "a b", "a\x00b", "a::b",
    "'; --", "☃", "\ufffd", "x" * 300, "%2e%2e",
])  # fmt: skip
@pytest.mark.parametrize("rest", ["", "/balances", "/entries", "/freeze"])
async def test_an_account_that_is_not_there_is_not_found(
    client: Client, reference: str, rest: str
) -> None:
    method = "POST" if rest == "/freeze" else "GET"
    answer = await client.send(method, f"/v1/accounts/{reference}{rest}")
    assert (answer.status, answer.code) == (404, "not_found")


@pytest.mark.parametrize("address", [
    "/v1/transactions/txn_00000000000000000000000000", "/v1/transactions/x", "/v1/transactions/a\x00",
    "/v1/assets/NOPE", "/v1/assets/usd", "/v1/ledgers/other", "/v1/nothing", "/v2/accounts",
    "/v1/accounts/a/b/c", "/.env",
    "/v1/accounts/{account:str}", "/v1/transactions/{id:str}", "/v1/assets/{code:str}",
])  # fmt: skip
async def test_what_is_not_there_is_not_found(client: Client, address: str) -> None:
    answer = await client.get(address)
    assert (answer.status, answer.code) == (404, "not_found")
    assert answer.headers["request-id"].startswith("req_")


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("PUT", "/v1/accounts"),
        ("DELETE", "/v1/accounts/customers:alice"),
        ("PATCH", "/v1/transactions"),
        ("GET", "/v1/transactions/batch"),
        ("POST", "/healthz"),
        ("BREW", "/v1/transactions"),
        ("BREW", "/v1/accounts/customers:alice"),
    ],
)
async def test_a_wrong_method_is_told_the_right_ones(
    client: Client, method: str, address: str
) -> None:
    answer = await client.send(method, address)
    assert (answer.status, answer.code) == (405, "method_not_allowed")
    assert answer.headers["allow"]


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({"asset": "USD", "type": "asset"}, "invalid_request", ""),
        ({"path": "a b", "asset": "USD", "type": "asset"}, "invalid_request", "/path"),
        ({"path": "acc_x", "asset": "USD", "type": "asset"}, "invalid_request", "/path"),
        ({"path": "a", "asset": "USD", "type": "cash"}, "invalid_request", "/type"),
        ({"path": "a", "asset": "USD", "type": "asset", "constraints": {"min_available": 0}},
         "invalid_amount", "/constraints/min_available"),
        ({"path": "a", "asset": "USD", "type": "asset", "constraints": {"min_available": "-0"}},
         None, None),
        ({"path": "a", "asset": "USD", "type": "asset", "constraints": {"max_posted": "1.5"}},
         "invalid_amount", "/constraints/max_posted"),
        ({"path": "a", "asset": "USD", "type": "asset", "constraints": {"overdraft": "-1"}},
         "invalid_amount", "/constraints/overdraft"),
        ({"path": "a", "asset": "USD", "type": "asset", "constraints": {"minimum": "1"}},
         "unknown_field", "/constraints/minimum"),
        ({"path": "a", "asset": "NOPE", "type": "asset"}, "asset_not_found", "/asset"),
        ({"path": "bank:main", "asset": "USD", "type": "asset"}, "path_taken", "/path"),
    ],
)  # fmt: skip
async def test_an_account_of_the_wrong_form_is_refused(
    client: Client, body: object, code: str | None, pointer: str | None
) -> None:
    answer = await client.post("/v1/accounts", body)
    assert answer.code == code, answer.body
    if pointer is not None:
        assert [item["pointer"] for item in answer.json["errors"]] == [pointer]

"""The chart of accounts over HTTP: read, tried, imported, changed in parts, retired, exported."""

from typing import Any

from partita.engine.access import Scope
from partita.modules.chart.ready import ready_text
from tests.unit.surfaces.http.conftest import Answer, Client

URL = "/v1/chart_of_accounts"
TREE: dict[str, Any] = {
    "customers:{customer}": {"type": "liability", "class": "customer", "asset": "USD"},
    "shops:{customer}:{asset}": {"type": "liability", "class": "merchant", "opens": True},
    "bank:main": {"type": "asset", "class": "custody", "asset": "USD"},
}


def document(**more: Any) -> dict[str, Any]:
    """A small chart, as the accounts of the client are."""
    return {"name": "small", "accounts": TREE} | more


async def imported(client: Client, query: str = "", **body: Any) -> Answer:
    """Import the small chart, or what is said."""
    return await client.post(f"{URL}/import{query}", body or {"document": document()})


async def changed(client: Client, version: int | str, patch: object, query: str = "") -> Answer:
    """Change the chart that was seen at a version."""
    return await client.send("PATCH", f"{URL}{query}", patch, headers={"if-match": f'"{version}"'})


async def test_before_any_the_built_in_chart_is_shown(client: Client) -> None:
    answer = await client.get(URL)
    assert (answer.status, answer.headers["etag"]) == (200, '"0"')
    told = answer.json
    assert (told["object"], told["name"], told["status"], told["version"], told["id"]) == (
        "chart_of_accounts", "neobank", "built_in", 0, None,
    )  # fmt: skip
    wallet = next(p for p in told["patterns"] if "wallet.personal" in p["roles"])
    assert wallet == {
        "path": "customers:{customer}:wallets:{wallet}:{asset}", "type": "liability",
        "class": "customer", "normal_side": "credit", "asset": None, "opens": True,
        "roles": ["wallet.personal"], "constraints": {"min_available": "0"}, "description": "",
    }  # fmt: skip


async def test_an_imported_chart_is_in_force_and_told_with_what_it_changed(client: Client) -> None:
    answer = await imported(client)
    assert (answer.status, answer.headers["etag"]) == (200, '"1"')
    assert answer.json["id"].startswith("cht_")
    assert answer.json["status"] == "active"
    assert answer.json["document"] == document()
    assert answer.json["difference"] == {
        "added": sorted(TREE), "removed": [], "changed": [],
    }  # fmt: skip
    kept = await client.get(URL)
    assert kept.json == {k: v for k, v in answer.json.items() if k != "difference"}
    before = client.sequence
    again = await imported(client)
    assert (again.status, again.json, client.sequence) == (200, kept.json, before)


async def test_accounts_open_by_themselves_after_it(client: Client) -> None:
    body = {
        "postings": [
            {"account": "bank:main", "direction": "debit", "amount": "5", "asset": "USD"},
            {"account": "shops:1:USD", "direction": "credit", "amount": "5", "asset": "USD"},
        ]
    }
    assert (await client.post_transaction(body)).code == "account_not_found"
    await imported(client)
    posted = await client.post_transaction(body)
    assert posted.status == 201, posted.body
    opened = await client.get("/v1/accounts/shops:1:USD")
    assert (opened.status, opened.json["type"]) == (200, "liability")


async def test_a_strict_chart_refuses_other_accounts(client: Client) -> None:
    await imported(client, document=document(strict=True))
    answer = await client.post("/v1/accounts", {"path": "x", "asset": "USD", "type": "asset"})
    assert (answer.status, answer.code) == (422, "account_outside_chart")
    assert answer.json["errors"][0]["pointer"] == "/path"


async def test_a_dry_run_says_how_the_accounts_stand_to_it_and_writes_nothing(
    client: Client,
) -> None:
    tree = {key: value for key, value in TREE.items() if key != "customers:{customer}"}
    tree["bank:main"] = {"type": "liability", "class": "custody"}
    await imported(client)
    before = client.sequence
    answer = await imported(client, "?dry_run=true", document=document(accounts=tree))
    assert (answer.status, answer.headers["dry-run"]) == (200, "true")
    assert answer.json["difference"]["removed"] == ["customers:{customer}"]
    assert answer.json["accounts"] == {
        "matched": 1,
        "lost": {"count": 2, "paths": ["customers:bob", "customers:alice"]},
        "outside": {"count": 0, "paths": []},
        "misfits": [
            {"path": "bank:main", "field": "type", "is_now": "asset", "by_chart": "liability"},
            {"path": "bank:main", "field": "normal_side", "is_now": "debit",
             "by_chart": "credit"},
        ],
    }  # fmt: skip
    assert client.sequence == before
    assert (await client.get(URL)).json["version"] == 1


async def test_every_mistake_is_told_at_its_place_in_the_body(client: Client) -> None:
    tree = {**TREE, "bank:{x}": {"type": "money", "class": "custody", "colour": 1}, "a b": {}}
    for address in (f"{URL}/validate", f"{URL}/import"):
        answer = await client.post(address, {"document": document(accounts=tree)})
        assert (answer.status, answer.code) == (400, "chart_invalid")
        assert answer.json["errors"][0]["pointer"].startswith("/document/accounts/bank:{x}/")
    tree = {**TREE, "bank:{x}": TREE["bank:main"], "a b": {}}
    answer = await client.post(f"{URL}/validate", {"document": document(accounts=tree)})
    assert {e["pointer"] for e in answer.json["errors"]} == {
        "/document/accounts/a b", "/document/accounts/bank:{x}",
    }  # fmt: skip


async def test_validating_says_what_would_change_and_writes_nothing(client: Client) -> None:
    before = client.sequence
    answer = await client.post(f"{URL}/validate", {"ready": "marketplace"})
    assert (answer.status, answer.json["object"], answer.json["name"]) == (
        200, "chart_survey", "marketplace",
    )  # fmt: skip
    assert answer.json["patterns"] == len(answer.json["difference"]["added"])
    assert answer.json["accounts"]["outside"]["count"] == 3
    assert client.sequence == before


async def test_a_chart_comes_as_yaml_or_by_a_ready_name_too(client: Client) -> None:
    answer = await imported(client, yaml=ready_text("loyalty"))
    assert (answer.status, answer.json["name"]) == (200, "loyalty")
    again = await imported(client, ready="loyalty")
    assert (again.status, again.json["version"]) == (200, 1)
    wrong = await imported(client, yaml="name: [")
    assert (wrong.status, wrong.code) == (400, "chart_invalid")
    nul = 'name: a\naccounts: {"a": {type: asset, class: custody, description: "\\0"}}'
    assert (await imported(client, yaml=nul)).json["errors"][0]["pointer"] == (
        "/accounts/a/description"
    )


async def test_exactly_one_chart_is_asked_for(client: Client) -> None:
    for body in ({"reason": "none"}, {"ready": "neobank", "document": document()}):
        answer = await client.post(f"{URL}/import", body)
        assert (answer.status, answer.code) == (400, "invalid_request")


async def test_a_part_is_changed_by_who_saw_the_version(client: Client) -> None:
    await imported(client)
    patch = {
        "strict": True,
        "accounts": {
            "customers:{customer}": None,
            "bank:main": {"constraints": {"min_posted": "0"}},
            "fees:{asset}": {"type": "income", "class": "fee"},
        },
    }
    blind = await client.send("PATCH", URL, patch)
    assert (blind.status, blind.code) == (428, "precondition_required")
    stale = await changed(client, 7, patch)
    assert (stale.status, stale.code) == (409, "version_conflict")
    tried = await changed(client, 1, patch, "?dry_run=true")
    assert (tried.status, tried.json["version"]) == (200, 2)
    answer = await changed(client, 1, patch)
    assert (answer.status, answer.headers["etag"]) == (200, '"2"')
    assert answer.json["difference"] == {
        "added": ["fees:{asset}"],
        "removed": ["customers:{customer}"],
        "changed": [
            {"path": "", "field": "strict", "before": False, "after": True},
            {"path": "bank:main", "field": "constraints", "before": {},
             "after": {"min_posted": "0"}},
        ],
    }  # fmt: skip
    assert set(answer.json["document"]["accounts"]) == {
        "bank:main", "shops:{customer}:{asset}", "fees:{asset}",
    }  # fmt: skip


async def test_a_part_that_makes_no_chart_is_refused_at_its_place(client: Client) -> None:
    await imported(client)
    answer = await changed(client, 1, {"accounts": {"bank:{x}": {"type": "asset"}}})
    assert (answer.status, answer.code) == (400, "chart_invalid")
    assert {e["pointer"] for e in answer.json["errors"]} == {"/accounts/bank:{x}"}
    deep: dict[str, Any] = {}
    for _ in range(60):
        deep = {"a": deep}
    assert (await changed(client, 1, {"accounts": deep})).code == "chart_invalid"


async def test_the_first_part_of_all_changes_the_built_in_chart(client: Client) -> None:
    answer = await changed(client, 0, {"accounts": {"fees:{kind}:{asset}": None}})
    assert (answer.status, answer.json["version"], answer.json["status"]) == (200, 1, "active")
    assert answer.json["name"] == "neobank"
    paths = [pattern["path"] for pattern in answer.json["patterns"]]
    assert "fees:{kind}:{asset}" not in paths
    assert "customers:{customer}:wallets:{wallet}:{asset}" in paths


async def test_the_same_key_has_the_same_answer_after_other_changes(client: Client) -> None:
    await imported(client)
    headers = {"idempotency-key": "k", "if-match": "1"}
    patch = {"strict": True}
    first = await client.send("PATCH", URL, patch, headers=headers)
    assert first.status == 200, first.body
    await changed(client, 2, {"description": "another"})
    again = await client.send("PATCH", URL, patch, headers=headers)
    assert again.json == first.json
    assert again.headers["idempotent-replayed"] == "true"


async def test_a_retired_chart_is_read_by_its_version(client: Client) -> None:
    nothing = await client.post(f"{URL}/retire", {})
    assert (nothing.status, nothing.code) == (409, "invalid_state")
    assert nothing.json["allowed_actions"] == ["apply"]
    await imported(client)
    answer = await client.post(f"{URL}/retire", {"reason": "moved"})
    assert (answer.status, answer.json["status"], answer.json["version"]) == (200, "retired", 2)
    assert (await client.get(URL)).json["name"] == "neobank"
    earlier = await client.get(f"{URL}?version=1")
    assert (earlier.json["name"], earlier.json["status"]) == ("small", "active")
    assert (await client.get(f"{URL}?version=9")).status == 404
    assert (await client.get(f"{URL}?version=x")).status == 400


async def test_what_is_exported_can_be_imported(client: Client) -> None:
    await imported(client, ready="remittance")
    as_json = await client.get(f"{URL}/export")
    as_yaml = await client.get(f"{URL}/export/yaml")
    assert as_yaml.headers["content-type"] == "application/yaml; charset=utf-8"
    for body in ({"document": as_json.json}, {"yaml": as_yaml.body.decode()}):
        answer = await client.post(f"{URL}/import", body)
        assert (answer.status, answer.json["version"]) == (200, 1)
    assert (await client.get(f"{URL}/export?version=0")).status == 404


async def test_ready_charts_are_listed(client: Client) -> None:
    answer = await client.get(f"{URL}/ready")
    names = [each["name"] for each in answer.json["data"]]
    assert names == ["neobank", "marketplace", "loyalty", "remittance"]


async def test_reading_needs_no_right_to_write(client: Client) -> None:
    client.key = client.application.access.create("main", Scope.READ)[0]
    assert (await client.get(URL)).status == 200
    assert (await client.post(f"{URL}/validate", {"ready": "neobank"})).status == 200
    assert (await imported(client)).status == 403

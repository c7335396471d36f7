"""Templates over HTTP: saved in versions, shown, rendered, posted once under a key, archived."""

from typing import Any

import pytest

from partita.modules.templates import cabinet
from partita.wiring import Application
from tests.plugins.steering import StandingClock
from tests.unit.surfaces.http.conftest import Answer, Client

URL = "/v1/transaction_templates"


def scheme(fee: str = "half_up(price * 10%)", **more: Any) -> dict[str, Any]:
    """A deposit less a fee."""
    return {
        "name": "deposit",
        "parameters": {"price": {"type": "amount", "asset": "USD"}, "who": {"type": "text"}},
        "let": {"fee": fee},
        "postings": [
            {"debit": "bank:main", "amount": "price"},
            {"credit": "customers:alice", "amount": "price - fee"},
            {"credit": "customers:{who}", "amount": "fee"},
        ],
        "type": "deposit",
    } | more


LOWER = "half_up(price * 1%)"
FILLED = {"arguments": {"price": "1000", "who": "bob"}}


async def post(client: Client, body: object = FILLED, key: str = "k-1") -> Answer:
    """Post by the template `deposit`."""
    return await client.post_transaction(body, key, f"{URL}/deposit/post")


def forget(application: Application) -> None:
    """Let a second go by for the cabinet."""
    clock = application.clock
    assert isinstance(clock, StandingClock)
    clock.moment = type(clock.moment)(clock.moment + cabinet.FRESH_MICROSECONDS + 1)


async def test_saving_makes_versions_and_the_same_again_makes_none(client: Client) -> None:
    first = await client.post(URL, scheme())
    assert first.status == 201
    assert first.headers["location"] == f"{URL}/deposit"
    assert (first.json["object"], first.json["name"], first.json["version"]) == (
        "transaction_template", "deposit", 1,
    )  # fmt: skip
    assert first.json["document"] == scheme()
    again = await client.post(URL, scheme(description=""))
    assert (again.status, again.json) == (200, first.json)
    second = await client.post(URL, scheme(LOWER))
    assert (second.status, second.json["version"]) == (201, 2)
    assert (await client.get(f"{URL}/deposit")).json == second.json
    assert (await client.get(f"{URL}/deposit?version=1")).json["document"] == scheme()


async def test_saving_under_a_key_is_done_once(client: Client) -> None:
    headers = {"idempotency-key": "save-1"}
    first = await client.post(URL, scheme(), headers=headers)
    await client.post(URL, scheme(LOWER))
    again = await client.post(URL, scheme(), headers=headers)
    assert again.json == first.json
    assert again.headers["idempotent-replayed"] == "true"


async def test_what_could_be_unbalanced_is_refused_and_every_place_is_told(client: Client) -> None:
    before = client.sequence
    postings = [*scheme()["postings"], {"debit": "a b", "credit": "c", "amount": "price"}]
    answer = await client.post(URL, scheme(postings=postings, let={"fee": "price / 10"}))
    assert (answer.status, answer.code) == (400, "template_invalid")
    assert [e["pointer"] for e in answer.json["errors"]] == [
        "/postings/1", "/postings/2", "/postings/3/debit",
    ]  # fmt: skip
    answer = await client.post(URL, scheme(postings=scheme()["postings"][:2]))
    assert "nothing proves that debits equal credits" in answer.json["detail"]
    assert client.sequence == before


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (scheme(unknown=1), "unknown_field"),
        (scheme(name="Bad Name"), "invalid_request"),
        (scheme(postings=[]), "invalid_request"),
        ({}, "invalid_request"),
        (scheme(postings=[{"debit": "a", "credit": "b", "amount": 5}]), "invalid_amount"),
    ],
)
async def test_what_has_not_the_form_is_refused(client: Client, body: object, code: str) -> None:
    answer = await client.post(URL, body)
    assert (answer.status, answer.code) == (400, code)


async def test_rendering_shows_postings_and_posts_nothing(client: Client) -> None:
    await client.post(URL, scheme())
    before = client.sequence
    answer = await client.post(f"{URL}/deposit/render", FILLED | {"external_id": "e-1"})
    assert answer.status == 200
    assert answer.json["metadata"] == {"template": "deposit", "template_version": "1"}
    assert answer.json["external_id"] == "e-1"
    assert answer.json["postings"] == [
        {"account": account, "direction": side, "amount": amount, "asset": "USD", "scale": 2}
        for account, side, amount in (
            ("bank:main", "debit", "1000"), ("customers:alice", "credit", "900"),
            ("customers:bob", "credit", "100"),
        )
    ]  # fmt: skip
    assert client.sequence == before


async def test_posting_names_template_and_version(client: Client) -> None:
    await client.post(URL, scheme())
    answer = await post(client, FILLED | {"metadata": {"order": "7"}})
    assert answer.status == 201, answer.body
    assert answer.json["type"] == "deposit"
    assert answer.json["metadata"] == {
        "order": "7", "template": "deposit", "template_version": "1",
    }  # fmt: skip
    assert [p["amount"] for p in answer.json["postings"]] == ["1000", "900", "100"]


async def test_a_version_can_be_named(client: Client) -> None:
    await client.post(URL, scheme())
    await client.post(URL, scheme(LOWER))
    amounts = [
        (await post(client, FILLED | more, f"k-{n}")).json["postings"][2]["amount"]
        for n, more in enumerate(({"version": 1}, {"version": 2}, {}))
    ]
    assert amounts == ["100", "10", "10"]


async def test_a_retry_has_the_first_answer_whatever_happened_to_the_template(
    client: Client, application: Application
) -> None:
    await client.post(URL, scheme())
    first = await post(client)
    for change in (scheme(LOWER), scheme("half_up(price * 2%)"), scheme(parameters=scheme()["parameters"] | {
        "more": {"type": "text"}})):  # fmt: skip
        assert (await client.post(URL, change)).status == 201
        again = await post(client)
        assert again.body == first.body
        assert again.headers["idempotent-replayed"] == "true"
    await client.post(f"{URL}/deposit/archive")
    assert (await post(client)).body == first.body
    forget(application)
    assert (await post(client)).body == first.body
    assert (await post(client, key="k-2")).code == "template_archived"
    other = await post(client, {"arguments": {"price": "999", "who": "bob"}})
    assert other.code == "idempotency_key_reused"


async def test_a_rejection_is_the_answer_of_its_key_too(client: Client) -> None:
    await client.post(URL, scheme())
    unknown = {"arguments": {"price": "1000", "who": "nobody"}}
    first = await post(client, unknown)
    assert (first.status, first.code) == (422, "account_not_found")
    await client.post(URL, scheme(LOWER))
    again = await post(client, unknown)
    assert again.code == "account_not_found"
    assert again.headers["idempotent-replayed"] == "true"


async def test_one_key_is_one_wish(client: Client) -> None:
    await client.post(URL, scheme())
    await client.post(URL, scheme(LOWER))
    await post(client)
    answer = await post(client, {"arguments": {"price": "999", "who": "bob"}})
    assert (answer.status, answer.code) == (422, "idempotency_key_reused")


@pytest.mark.parametrize(
    ("arguments", "code", "pointer"),
    [
        ({"price": "10.00", "who": "bob"}, "template_argument_invalid", "/arguments/price"),
        ({"price": 1000, "who": "bob"}, "template_argument_invalid", "/arguments/price"),
        ({"price": "1000"}, "template_argument_invalid", "/arguments/who"),
        ({"price": "1", "who": "bob"}, "template_render_failed", None),
    ],
)
async def test_arguments_that_do_not_fit_are_refused_and_burn_no_key(
    client: Client, arguments: dict[str, Any], code: str, pointer: str | None
) -> None:
    await client.post(URL, scheme())
    answer = await post(client, {"arguments": arguments})
    assert (answer.status, answer.code) == (400, code)
    assert [e["pointer"] for e in answer.json["errors"]] == ([] if pointer is None else [pointer])
    assert (await post(client)).status == 201


async def test_a_condition_is_worked_out(client: Client) -> None:
    postings = [
        {"debit": "bank:main", "credit": "customers:alice", "amount": "price"},
        {"debit": "bank:main", "credit": "customers:bob", "amount": "fee",
         "when": "price >= 1000 && who == 'bob'"},
    ]  # fmt: skip
    assert (await client.post(URL, scheme(postings=postings))).status == 201
    counts = [
        len((await post(client, {"arguments": {"price": p, "who": "bob"}}, p)).json["postings"])
        for p in ("999", "1000")
    ]
    assert counts == [2, 4]
    wrong = [postings[0] | {"when": "prise > 1"}]
    answer = await client.post(URL, scheme(postings=wrong))
    assert "undeclared reference to 'prise'" in answer.json["detail"]


async def test_what_is_not_there_is_told(client: Client) -> None:
    assert (await client.get(f"{URL}/deposit")).code == "template_not_found"
    assert (await post(client)).code == "template_not_found"
    assert (await client.post(f"{URL}/deposit/archive")).code == "template_not_found"
    await client.post(URL, scheme())
    assert (await client.get(f"{URL}/deposit?version=2")).code == "template_not_found"
    assert (await post(client, FILLED | {"version": 2})).code == "template_not_found"
    for version in ("0", "x", "-1", "9" * 30):
        assert (await client.get(f"{URL}/deposit?version={version}")).code == "invalid_request"


async def test_archived_templates_take_nothing_until_saved_again(client: Client) -> None:
    await client.post(URL, scheme())
    archived = await client.post(f"{URL}/deposit/archive")
    assert (archived.status, archived.json["status"]) == (200, "archived")
    assert archived.json["allowed_actions"] == []
    assert (await post(client)).code == "template_archived"
    assert (await client.post(f"{URL}/deposit/render", FILLED)).code == "template_archived"
    assert (await client.post(f"{URL}/deposit/archive")).code == "invalid_state"
    revived = await client.post(URL, scheme())
    assert (revived.status, revived.json["version"]) == (201, 2)
    assert (await post(client)).status == 201


async def test_templates_are_listed_by_name_in_pages(client: Client) -> None:
    for name in ("c", "a", "b"):
        await client.post(URL, scheme(name=name))
    await client.post(URL, scheme(LOWER, name="a"))
    page = (await client.get(f"{URL}?limit=2")).json
    assert [(t["name"], t["version"]) for t in page["data"]] == [("a", 2), ("b", 1)]
    rest = (await client.get(f"{URL}?limit=2&cursor={page['next_cursor']}")).json
    assert [t["name"] for t in rest["data"]] == ["c"]
    assert rest["has_more"] is False


async def test_what_another_process_saved_counts_after_a_second(
    client: Client, application: Application
) -> None:
    await client.post(URL, scheme())
    await post(client)
    own = application.templates
    application.templates = cabinet.Cabinet(application.store, own._conditions, application.clock)
    await client.post(URL, scheme(LOWER))
    application.templates = own
    assert (await post(client, key="k-2")).json["metadata"]["template_version"] == "1"
    forget(application)
    assert (await post(client, key="k-3")).json["metadata"]["template_version"] == "2"


async def test_everything_can_be_tried_out_dry(client: Client) -> None:
    before = client.sequence
    tried = await client.post(f"{URL}?dry_run=true", scheme())
    assert (tried.status, tried.json["version"], client.sequence) == (201, 1, before)
    await client.post(URL, scheme())
    before = client.sequence
    tried = await client.post(f"{URL}/deposit/post?dry_run=true", FILLED)
    assert tried.status == 201, tried.body
    assert [p["amount"] for p in tried.json["postings"]] == ["1000", "900", "100"]
    archived = await client.post(f"{URL}/deposit/archive?dry_run=true")
    assert (archived.json["status"], client.sequence) == ("archived", before)
    assert (await post(client)).status == 201

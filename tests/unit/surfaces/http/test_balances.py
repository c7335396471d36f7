"""Balances and entries over HTTP: now, as of a moment, as of a sequence, by either time."""

import pytest

from tests.unit.surfaces.http.conftest import Client, transfer

ALICE = "/v1/accounts/customers:alice/balances"


async def history(client: Client) -> list[dict[str, str]]:
    """Three deposits, the second one effective long before the others."""
    days = ("2026-11-10T00:00:00Z", "2026-01-01T00:00:00Z", "2026-11-12T00:00:00Z")
    return [
        (await client.post_transaction(transfer(amount, effective_at=day))).json
        for amount, day in zip(("100", "20", "3"), days, strict=True)
    ]


async def test_an_untouched_account_holds_nothing(client: Client) -> None:
    told = (await client.get(ALICE)).json
    account = (await client.get("/v1/accounts/customers:alice")).json
    assert told == {
        "object": "balances", "account": "customers:alice", "account_id": account["id"],
        "asset": "USD", "scale": 2, "basis": "recorded", "as_of": None, "known_at": None, "posted": "0",
        "pending_in": "0", "pending_out": "0", "held": "0", "available": "0", "version": 0,
        "sequence": "3",
    }  # fmt: skip


async def test_a_balance_names_the_entry_that_it_is(client: Client) -> None:
    told = await history(client)
    now = (await client.get(ALICE)).json
    assert (now["posted"], now["version"], now["sequence"]) == ("123", 3, told[2]["sequence"])


async def test_a_balance_as_of_each_sequence(client: Client) -> None:
    told = await history(client)
    first = int(told[0]["sequence"])
    seen = []
    for sequence in (1, first - 1, first, first + 1, first + 2):
        answer = (await client.get(f"{ALICE}?as_of_sequence={sequence}")).json
        seen.append((answer["posted"], answer["version"]))
    assert seen == [("0", 0), ("0", 0), ("100", 1), ("120", 2), ("123", 3)]


async def test_a_balance_as_of_a_recorded_moment_includes_it(client: Client) -> None:
    told = await history(client)
    at = told[1]["recorded_at"]
    answer = (await client.get(f"{ALICE}?as_of={at}")).json
    assert (answer["posted"], answer["as_of"], answer["version"]) == ("120", at, 2)
    before = f"{at[:-7]}{int(at[-7:-1]) - 1:06d}Z"
    assert (await client.get(f"{ALICE}?as_of={before}")).json["posted"] == "100"
    assert (await client.get(f"{ALICE}?as_of=2000-01-01T00:00:00Z")).json["posted"] == "0"
    assert (await client.get(f"{ALICE}?as_of=2999-01-01T00:00:00Z")).json["posted"] == "123"


@pytest.mark.parametrize(
    ("moment", "posted"),
    [
        ("2025-12-31T23:59:59.999999Z", "0"),
        ("2026-01-01T00:00:00Z", "20"),
        ("2026-11-10T00:00:00Z", "120"),
        ("2026-11-11T00:00:00Z", "120"),
        ("2026-11-12T00:00:00Z", "123"),
    ],
)
async def test_a_balance_by_effective_time(client: Client, moment: str, posted: str) -> None:
    await history(client)
    answer = (await client.get(f"{ALICE}?basis=effective&as_of={moment}")).json
    assert (answer["posted"], answer["basis"], answer["version"]) == (posted, "effective", None)


async def test_by_effective_time_now_is_the_default(client: Client) -> None:
    await client.post_transaction(transfer("5", effective_at="2999-01-01T00:00:00Z"))
    assert (await client.get(f"{ALICE}?basis=effective")).json["posted"] == "0"
    assert (await client.get(ALICE)).json["posted"] == "5"


async def test_a_balance_is_on_the_normal_side(client: Client) -> None:
    await client.post_transaction(transfer("5"))
    assert (await client.get("/v1/accounts/bank:main/balances")).json["posted"] == "5"
    body = transfer("7")
    for posting in body["postings"]:
        posting["direction"] = {"debit": "credit", "credit": "debit"}[posting["direction"]]
    await client.post_transaction(body)
    assert (await client.get("/v1/accounts/bank:main/balances")).json["posted"] == "-2"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("as_of=yesterday", "invalid_timestamp"),
        ("as_of=2026-11-20T10:00:00", "invalid_timestamp"),
        ("as_of_sequence=-1", "invalid_request"),
        ("as_of_sequence=1.0", "invalid_request"),
        ("as_of_sequence=99999", "invalid_request"),
        ("as_of_sequence=9999999999999999999999", "invalid_request"),
        ("as_of_sequence=1&as_of=2026-11-20T10:00:00Z", "invalid_request"),
        ("as_of_sequence=1&basis=effective", "invalid_request"),
        ("basis=both", "invalid_request"),
        ("as_off=2026-11-20T10:00:00Z", "unknown_filter"),
    ],
)
async def test_a_question_that_cannot_be_answered_is_refused(
    client: Client, query: str, code: str
) -> None:
    answer = await client.get(f"{ALICE}?{query}")
    assert (answer.status, answer.code) == (400, code)


async def test_entries_are_the_register_newest_first(client: Client) -> None:
    told = await history(client)
    answer = (await client.get("/v1/accounts/customers:alice/entries")).json
    assert [entry["account_version"] for entry in answer["data"]] == [3, 2, 1]
    newest = answer["data"][0]
    assert newest["object"] == "entry"
    assert (newest["amount"], newest["direction"], newest["scale"]) == ("3", "credit", 2)
    assert newest["balance_after"]["posted"] == "123"
    assert newest["sequence"] == told[2]["sequence"]
    assert newest["effective_at"] == told[2]["effective_at"]
    assert newest["recorded_at"] == told[2]["recorded_at"]
    assert newest["leg"] == 1


KNOWN = "basis=effective&as_of=2026-11-10T00:00:00Z"


async def test_a_balance_on_both_axes(client: Client) -> None:
    told = await history(client)
    seen = []
    for record in told:
        by_sequence = await client.get(f"{ALICE}?{KNOWN}&known_at_sequence={record['sequence']}")
        by_moment = await client.get(f"{ALICE}?{KNOWN}&known_at={record['recorded_at']}")
        assert by_sequence.json["sequence"] == by_moment.json["sequence"] == record["sequence"]
        assert by_moment.json["known_at"] == record["recorded_at"]
        assert by_sequence.json["posted"] == by_moment.json["posted"]
        seen.append(by_moment.json["posted"])
    assert seen == ["100", "120", "120"]
    assert (await client.get(f"{ALICE}?{KNOWN}&known_at=2000-01-01T00:00:00Z")).json[
        "posted"
    ] == "0"


SPAN = "from=2026-11-10T00:00:00Z&to=2026-11-12T00:00:00Z"


async def test_the_difference_between_two_moments(client: Client) -> None:
    told = await history(client)
    answer = (await client.get(f"{ALICE}/difference?basis=effective&{SPAN}")).json
    assert answer["object"] == "balance_difference"
    figures = [answer[name] for name in ("opening", "inflow", "outflow", "closing")]
    assert figures == ["20", "100", "0", "120"], "the deposit at the end does not belong"
    assert (answer["start"], answer["end"]) == (
        "2026-11-10T00:00:00.000000Z",
        "2026-11-12T00:00:00.000000Z",
    )
    earlier = f"{ALICE}/difference?basis=effective&{SPAN}&known_at_sequence={told[0]['sequence']}"
    assert (await client.get(earlier)).json["opening"] == "0"
    recorded = (await client.get(f"{ALICE}/difference?from={told[1]['recorded_at']}")).json
    assert [recorded[name] for name in ("opening", "inflow", "closing")] == ["100", "23", "123"]


async def test_outflow_is_on_the_other_side(client: Client) -> None:
    await history(client)
    body = transfer("7", effective_at="2026-11-11T00:00:00Z")
    for posting in body["postings"]:
        posting["direction"] = {"debit": "credit", "credit": "debit"}[posting["direction"]]
    await client.post_transaction(body)
    for account, opening in (("customers:alice", "20"), ("bank:main", "20")):
        url = f"/v1/accounts/{account}/balances/difference?basis=effective&{SPAN}"
        answer = (await client.get(url)).json
        figures = [answer[name] for name in ("opening", "inflow", "outflow", "closing")]
        assert figures == [opening, "100", "7", "113"]


async def test_a_history_by_pages_is_the_history(client: Client) -> None:
    await history(client)
    url = f"{ALICE}/history?basis=effective&interval=day&timezone=Europe/Prague"
    url += "&from=2026-11-09T00:00:00Z&to=2026-11-13T12:00:00Z"
    whole = (await client.get(url)).json
    assert (whole["object"], whole["has_more"], whole["next_cursor"]) == ("list", False, None)
    assert [(day["start"][:13], day["inflow"], day["closing"]) for day in whole["data"]] == [
        ("2026-11-09T00", "0", "20"),
        ("2026-11-09T23", "100", "120"),
        ("2026-11-10T23", "0", "120"),
        ("2026-11-11T23", "3", "123"),
        ("2026-11-12T23", "0", "123"),
    ]
    pages, cursor = [], ""
    while cursor is not None:
        answer = (await client.get(f"{url}&limit=2{cursor and f'&cursor={cursor}'}")).json
        pages += answer["data"]
        cursor = answer["next_cursor"]
    assert pages == whole["data"]


async def test_balances_of_many_accounts(client: Client) -> None:
    told = await history(client)
    whole = (await client.get("/v1/balances")).json
    assert [each["account"] for each in whole["data"]] == [
        "customers:bob", "customers:alice", "bank:main",
    ]  # fmt: skip
    one = (await client.get(ALICE)).json
    assert whole["data"][1] == one
    customers = (await client.get("/v1/balances?path_prefix=customers&limit=1")).json
    assert [each["account"] for each in customers["data"]] == ["customers:bob"]
    url = f"/v1/balances?path_prefix=customers&limit=1&cursor={customers['next_cursor']}"
    assert (await client.get(url)).json["data"] == [one]
    past = (await client.get(f"/v1/balances?{KNOWN}&known_at_sequence={told[0]['sequence']}")).json
    assert [each["posted"] for each in past["data"]] == ["0", "100", "100"]
    bob = (await client.get("/v1/accounts/customers:bob")).json
    opened = (await client.get("/v1/balances?as_of_sequence=3")).json["data"]
    assert bob["id"] not in {each["account_id"] for each in opened}, "it was not there yet"


@pytest.mark.parametrize(
    ("path", "code"),
    [
        (f"{ALICE}?known_at=2026-11-20T10:00:00Z", "invalid_request"),
        (f"{ALICE}?known_at_sequence=1", "invalid_request"),
        (f"{ALICE}?basis=effective&known_at=2026-11-20T10:00:00Z&known_at_sequence=1", "invalid_request"),
        (f"{ALICE}?basis=effective&known_at_sequence=99999", "invalid_request"),
        (f"{ALICE}?basis=effective&known_at=then", "invalid_timestamp"),
        (f"{ALICE}/difference", "invalid_request"),
        (f"{ALICE}/difference?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", "invalid_request"),
        (f"{ALICE}/difference?{SPAN}&known_at_sequence=1", "invalid_request"),
        (f"{ALICE}/history?{SPAN}&timezone=Mars/Olympus", "invalid_request"),
        (f"{ALICE}/history?{SPAN}&interval=week", "invalid_request"),
        (f"{ALICE}/history?{SPAN}&limit=0", "invalid_request"),
        (f"{ALICE}/history?{SPAN}&cursor=abc", "invalid_cursor"),
        ("/v1/balances?prefix=customers", "unknown_filter"),
        ("/v1/accounts/nobody/balances/history?from=2026-01-01T00:00:00Z", "not_found"),
    ],
)  # fmt: skip
async def test_a_past_that_cannot_be_told_is_refused(client: Client, path: str, code: str) -> None:
    assert (await client.get(path)).code == code

"""A dry run's answer is the answer that the real wish gets next, and nothing is written by it.

Requests are made up at random, sensible ones and others, and each goes over HTTP twice: tried out,
then in earnest. In between the clock stands, so that the answers must agree in all but the names
that only a real record gives.
"""

import random
import re
from typing import Any

import pytest

from partita.adapters.stores.memory import MemoryStore
from partita.kernel.moment import Moment
from partita.surfaces.http.app import create_app
from partita.wiring import Application
from tests.plugins.steering import SeededEntropy, StandingClock
from tests.unit.surfaces.http.conftest import Answer, Client, living

SECOND = 1_000_000
ID = re.compile(r"[a-z]{3}_[0-7][0-9A-HJKMNP-TV-Z]{25}")
PATHS = ("bank", "alice", "bob", "shop", "nobody")
KINDS = {"bank": "asset", "alice": "liability", "bob": "liability", "shop": "liability"}
Request = tuple[str, str, Any]


class Asker:
    """Makes requests up: addresses of things that are there, as a rule, and of others."""

    def __init__(self, seed: int, clock: StandingClock) -> None:
        self.chance, self.clock = random.Random(seed), clock
        self.holds: list[str] = []
        self.transactions: list[str] = []
        self.rules: list[str] = []

    def request(self) -> Request:
        """Method, path and body of a request."""
        makers = (
            self.transaction, self.transaction, self.batch, self.hold, self.hold_change,
            self.hold_change, self.transaction_change, self.transaction_change, self.account,
            self.status, self.asset, self.limit, self.period, self.rule_change,
        )  # fmt: skip
        return self.chance.choice(makers)()

    def amount(self) -> str:
        return str(self.chance.choice((0, 1, 5, 10, 25, 60, 100, 10**38)))

    def legs(self) -> list[dict[str, Any]]:
        chance, amount = self.chance, self.amount()
        one, other = chance.sample(PATHS, 2)
        wrong = chance.random() < 0.1
        legs: list[dict[str, Any]] = [
            {"account": one, "direction": "debit", "amount": amount, "asset": "USD"},
            {"account": other, "direction": "credit", "amount": "7" if wrong else amount,
             "asset": "USD"},
        ]  # fmt: skip
        if chance.random() < 0.2:
            legs[1]["if_balance"] = {"available": {"gte": "0"}}
        if chance.random() < 0.1:
            legs[0]["if_version"] = chance.randrange(5)
        return legs

    def wording(self) -> dict[str, Any]:
        named = self.chance.random() < 0.2
        # A name that looks like what a dry run leaves out belongs to the caller all the same.
        metadata = {"sequence": str(self.chance.randrange(300)), "id": "x"}
        return {"external_id": f"e{self.chance.randrange(40)}"} if named else {"metadata": metadata}

    def body(self) -> dict[str, Any]:
        status = self.chance.choice(("posted", "posted", "pending"))
        legs = self.legs()
        if status == "pending":
            legs = [{k: v for k, v in leg.items() if not k.startswith("if_")} for leg in legs]
        return {"postings": legs, "status": status} | self.wording() | self.moment(status)

    def moment(self, status: str) -> dict[str, Any]:
        """When it counts, for some: on one of the days that periods are about."""
        if self.chance.random() < 0.7:
            return {}
        counts = {"effective_at": f"2026-10-{self.chance.randrange(1, 7):02}T12:00:00Z"}
        late = self.chance.choice(("refuse", "adjust", "move"))
        return counts if status == "pending" else counts | {"late": late}

    def limit(self) -> Request:
        on = self.chance.choice((
            {"scope": "account", "subject": self.chance.choice((*PATHS, "*", "new:*"))},
            {"scope": "metadata", "subject": "sequence"},
        ))  # fmt: skip
        window = {"kind": "rolling", "seconds": self.chance.randrange(1, 12)}
        bounds = {"max_amount": self.chance.choice(("60", "200")), "max_count": 9}
        title = f"limit {self.chance.randrange(3)}"
        return (
            "POST",
            "/v1/limits",
            {"title": title, "asset": "USD", "window": window} | on | bounds,
        )

    def period(self) -> Request:
        day = self.chance.randrange(1, 7)
        begins, ends = (f"2026-10-{each:02}T00:00:00Z" for each in (day, day + 1))
        return "POST", "/v1/periods", {"title": f"day {day}", "begins_at": begins, "ends_at": ends}

    def rule_change(self) -> Request:
        rule = self.some(self.rules, "prd")
        if rule.startswith("lim_"):
            return "POST", f"/v1/limits/{rule}/archive", None
        action = self.chance.choice(("soft_close", "soft_close", "reopen", "close"))
        return "POST", f"/v1/periods/{rule}/{action}", {"reason": "r"}

    def transaction(self) -> Request:
        return "POST", "/v1/transactions", self.body()

    def batch(self) -> Request:
        mode = self.chance.choice(("atomic", "independent"))
        items = [self.body() for _ in range(self.chance.randrange(1, 4))]
        return "POST", "/v1/transactions/batch", {"mode": mode, "transactions": items}

    def hold(self) -> Request:
        body = {"account": self.chance.choice(PATHS), "amount": self.amount(), "asset": "USD"}
        if self.chance.random() < 0.5:
            seconds = self.chance.randrange(-2, 30)
            body["expires_at"] = Moment(self.clock.moment + seconds * SECOND).text()
        return "POST", "/v1/holds", body | {"overcapture_bps": 1000} | self.wording()

    def some(self, known: list[str], prefix: str) -> str:
        unknown = f"{prefix}_01M7W7N0R2QFH4PZWZ85JVAPF2"
        return self.chance.choice([*known[-8:], unknown])

    def hold_change(self) -> Request:
        amount = self.amount()
        action, body = self.chance.choice((
            ("capture", {"destination": self.chance.choice(PATHS)}),
            ("capture", {"destination": "shop", "amount": amount, "final": True}),
            ("capture", {"postings": self.legs()[1:]}),
            ("increment", {"amount": amount}),
            ("release", {}),
            ("release", {"amount": amount, "reason": "r"}),
            ("extend", {"expires_at": None}),
        ))  # fmt: skip
        return "POST", f"/v1/holds/{self.some(self.holds, 'hld')}/{action}", body

    def transaction_change(self) -> Request:
        address = f"/v1/transactions/{self.some(self.transactions, 'txn')}"
        amount = self.amount()
        parts = [{"posting": n, "amount": amount} for n in (0, 1)]
        legs = [{k: v for k, v in leg.items() if not k.startswith("if_")} for leg in self.legs()]
        return self.chance.choice((
            ("POST", f"{address}/post", {}),
            ("POST", f"{address}/post", {"if_version": 2}),
            ("POST", f"{address}/archive", {"reason": "no"}),
            ("POST", f"{address}/reverse", {"reason": "back"} | self.moment("posted")),
            ("POST", f"{address}/reverse", {"amount": amount}),
            ("POST", f"{address}/reverse", {"postings": parts}),
            ("PATCH", address, {"postings": legs}),
            ("PATCH", address, {"type": "other"}),
        ))  # fmt: skip

    def account(self) -> Request:
        path = f"new:{self.chance.randrange(60)}"
        return "POST", "/v1/accounts", {"path": path, "asset": "USD", "type": "asset"}

    def status(self) -> Request:
        action = self.chance.choice(("freeze", "unfreeze", "unfreeze", "close"))
        path = self.chance.choice(("new:1", "new:2", "bob", "nobody"))
        if action == "close" and path == "bob":
            action = "unfreeze"
        how = {"flow": {"new:1": "in", "new:2": "out"}.get(path, "both")}
        return "POST", f"/v1/accounts/{path}/{action}", how if action == "freeze" else {}

    def asset(self) -> Request:
        code = f"P{self.chance.randrange(20)}"
        return "POST", "/v1/assets", {"code": code, "scale": 2}

    def learn(self, answer: Answer) -> None:
        """Remember what was made."""
        for identifier in dict.fromkeys(ID.findall(answer.body.decode())):
            if identifier.startswith("hld_") and identifier not in self.holds:
                self.holds.append(identifier)
            if identifier.startswith("txn_") and identifier not in self.transactions:
                self.transactions.append(identifier)
            if identifier[:4] in ("lim_", "prd_") and identifier not in self.rules:
                self.rules.append(identifier)


def unnamed(value: Any, known: str, sequence: int) -> Any:
    """The real answer without new ids, sequences after `sequence`, and leaves."""
    if isinstance(value, list):
        return [unnamed(each, known, sequence) for each in value]
    if not isinstance(value, dict):
        return value

    def is_new(name: str, inner: object) -> bool:
        if name in ("sequence", "posted_sequence"):
            return inner is not None and int(str(inner)) > sequence
        is_id = isinstance(inner, str) and ID.fullmatch(inner) is not None
        return name == "leaf" or (is_id and inner not in known)

    return {
        name: inner if name == "metadata" else unnamed(inner, known, sequence)
        for name, inner in value.items()
        if not is_new(name, inner)
    }


def without_request(value: Any) -> Any:
    """The answer without the id of its request, which problems tell, in a batch too."""
    if isinstance(value, list):
        return [without_request(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {name: without_request(v) for name, v in value.items() if name != "request_id"}


async def agree(client: Client, asker: Asker, number: int) -> str:
    """Try a made-up request out, then ask it in earnest; how it ended."""
    method, path, body = asker.request()
    head = client.application.store.head(client.application.ledger("main").info)
    known = " ".join((*asker.holds, *asker.transactions, *asker.rules, path))
    headers = {"if-match": "*"}
    tried = await client.send(method, f"{path}?dry_run=true", body, headers=headers)
    assert client.application.store.head(client.application.ledger("main").info) == head
    headers["idempotency-key"] = f"case {number}"
    real = await client.send(method, path, body, headers=headers)
    assert "idempotent-replayed" not in real.headers, "a dry run uses no key"
    case = (method, path, body, tried.body, real.body)
    assert (tried.status, tried.headers["dry-run"]) == (real.status, "true"), case
    assert not {"location", "ledger-sequence", "ledger-leaf", "etag"} & tried.headers.keys()
    if real.code is None:
        accounts = (await client.get("/v1/accounts?limit=1000")).body.decode()
        old = known if path == "/v1/accounts" else known + accounts
        assert without_request(tried.json) == unnamed(real.json, old, head.sequence), case
        asker.learn(real)
        return f"{method} {path.rsplit('/', 1)[-1][:12]}"
    said, answered = without_request(tried.json), without_request(real.json)
    for one in (said, answered):
        one.pop("existing_resource_id", None)
    assert said == answered, case
    return real.code


@pytest.fixture
def clock() -> StandingClock:
    """A clock that stands still."""
    return StandingClock()


async def walk(clock: StandingClock, seed: int, cases: int) -> set[str]:
    """So many cases on one ledger; every way in which they ended."""
    application = Application(
        MemoryStore(), pepper=b"p" * 32, clock=clock, entropy=SeededEntropy(seed)
    )
    application.open_ledger("main")
    asker, ends = Asker(seed, clock), set[str]()
    async with living(app := create_app(application, reading_threads=1)):
        client = Client(app, application)
        for path, kind in KINDS.items():
            floor = {} if kind == "asset" else {"constraints": {"min_available": "0"}}
            await client.post("/v1/accounts", {"path": path, "asset": "USD", "type": kind} | floor)
        legs = [
            {"account": "bank", "direction": "debit", "amount": "300", "asset": "USD"},
            {"account": "alice", "direction": "credit", "amount": "300", "asset": "USD"},
        ]
        await client.post_transaction({"postings": legs})
        for number in range(cases):
            if asker.chance.random() < 0.1:
                # Holds come due: a wish that changes nothing lets the ledger say so first.
                clock.moment = Moment(clock.moment + asker.chance.randrange(20) * SECOND)
                await client.post_transaction({"postings": []})
            ends.add(await agree(client, asker, number))
    application.close()
    return ends


async def test_a_dry_run_tells_what_will_be_answered(
    clock: StandingClock, request: pytest.FixtureRequest
) -> None:
    ends = set[str]()
    for seed in range(25 if request.config.getoption("--heavy") else 1):  # 10,000 cases, or 400
        ends |= await walk(clock, seed, 400)
    expected = {"POST capture", "POST transactions", "POST holds", "POST reverse", "POST post"}
    expected |= {"POST limits", "POST periods", "POST soft_close"}
    refused = {
        "velocity_exceeded",
        "period_closed",
        "insufficient_funds",
        "invalid_state",
        "unbalanced_transaction",
        "hold_not_found",
    }
    assert ends >= expected | refused, ends

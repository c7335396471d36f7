"""Every broker keeps the contract: in order, at least once, and says which event it would not take.

NATS is a real `nats-server`; Kafka is the mock cluster of the client library, not a real one.
"""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import nats
import pytest
from nats.js.api import DiscardPolicy, StreamConfig

from partita.adapters.publishers.kafka import Kafka, Topic
from partita.adapters.publishers.lines import LinesFile
from partita.adapters.publishers.nats_jetstream import JetStream, Target
from partita.modules.sinks.contract import BrokerUnavailable, Published
from partita.modules.sinks.sink import PartitionBy
from tests.contracts.brokers import Case, event, file_case, in_topic, kafka_case, nats_case
from tests.plugins.nats_server import NatsServer


@pytest.fixture(params=["file", "nats", "kafka"])
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Case]:
    if request.param == "file":
        made = file_case(tmp_path)
    elif request.param == "nats":
        made = nats_case(request.getfixturevalue("nats_server").url)
    else:
        made = kafka_case()
    yield made
    made.broker.close()


def sequences(case: Case) -> list[int]:
    return [int(str(each["sequence"])) for each in case.held()]


def test_events_are_there_in_order(case: Case) -> None:
    assert case.broker.publish([event(n) for n in range(1, 501)]) == Published(500)
    assert case.broker.publish([event(n) for n in range(501, 601)]) == Published(100)
    assert sequences(case) == list(range(1, 601))


def test_nothing_is_nothing(case: Case) -> None:
    assert case.broker.publish([]) == Published(0)


def test_an_event_that_comes_again_has_the_same_id(case: Case) -> None:
    for _ in range(2):
        case.broker.publish([event(1), event(2)])
    ids = {(each["sequence"], each["id"]) for each in case.held()}
    assert len(ids) == 2


def test_closing_twice_is_no_matter(case: Case) -> None:
    case.broker.publish([event(1)])
    case.broker.close()


def test_nats_keeps_an_event_once(nats_server: NatsServer) -> None:
    case = nats_case(nats_server.url)
    for _ in range(3):
        case.broker.publish([event(n) for n in range(1, 51)])
    case.broker.close()
    assert sequences(case) == list(range(1, 51))


def test_nats_that_is_away_and_comes_back(nats_server: NatsServer) -> None:
    case = nats_case(nats_server.url)
    assert case.broker.publish([event(1)]) == Published(1)
    nats_server.kill()
    with pytest.raises(BrokerUnavailable, match="takes nothing now"):
        case.broker.publish([event(2)])
    nats_server.start()
    assert case.broker.publish([event(2), event(3)]) == Published(2)
    case.broker.close()
    assert sequences(case) == [1, 2, 3]


async def small_stream(url: str, messages: int) -> None:
    """A stream that its owner made, and that takes no more when it is full."""
    client = await nats.connect(url)
    config = StreamConfig(
        name="partita", subjects=["partita.>"], max_msgs=messages, discard=DiscardPolicy.NEW
    )
    await client.jetstream().add_stream(config)
    await client.close()


def test_a_stream_that_is_full_refuses_nothing(nats_server: NatsServer) -> None:
    """Else everything would be set aside, and be missing when there is room again."""
    asyncio.run(small_stream(nats_server.url, 3))
    case = nats_case(nats_server.url)
    assert case.broker.publish([event(n) for n in range(1, 6)]) == Published(3)
    with pytest.raises(BrokerUnavailable, match="maximum messages exceeded"):
        case.broker.publish([event(4), event(5)])
    case.broker.close()


def test_what_is_too_large_stops_there_and_nothing_passes_it(tmp_path: Path, case: Case) -> None:
    """A file takes everything; the others have a largest message."""
    given = [event(1), event(2), event(3, padding=1_100_000), event(4)]
    published = case.broker.publish(given)
    if isinstance(case.broker, LinesFile):
        assert published == Published(4)
        return
    assert published.safe == 2
    assert published.refused
    assert sequences(case) == [1, 2]
    case.broker.bury(given[2], published.refused)
    assert case.broker.publish(given[3:]) == Published(1)
    live = [each for each in case.held() if "data" in each]
    assert [int(str(each["sequence"])) for each in live] == [1, 2, 4]


def test_nobody_at_home_is_no_refusal() -> None:
    broker = JetStream(Target("nats://127.0.0.1:9", "main"))
    with pytest.raises(BrokerUnavailable):
        broker.publish([event(1)])
    broker.close()


def test_a_torn_line_is_cut_before_anything_is_appended(tmp_path: Path) -> None:
    path = tmp_path / "events.ndjson"
    path.write_bytes(event(1).cloud_event + b"\n" + event(2).cloud_event[:30])
    broker = LinesFile(path)
    broker.publish([event(2), event(3)])
    broker.close()
    assert path.read_bytes() == b"".join(event(n).cloud_event + b"\n" for n in (1, 2, 3))


def test_a_file_that_is_nothing_but_torn_is_emptied(tmp_path: Path) -> None:
    path = tmp_path / "events.ndjson"
    path.write_bytes(b"x" * 200_000)
    broker = LinesFile(path)
    broker.publish([event(1)])
    broker.close()
    assert path.read_bytes() == event(1).cloud_event + b"\n"


def test_by_account_an_event_comes_once_for_each_that_it_touches() -> None:
    options = {"test.mock.num.brokers": 1}
    topic = Topic("ignored:9092", "by_account", "main", PartitionBy.ACCOUNT, options)
    broker = Kafka(topic)
    assert broker.publish([event(n) for n in range(1, 31)]) == Published(30)
    held = in_topic(broker, "by_account")
    broker.close()
    for account in ("users:0", "users:1", "users:2", "bank"):
        wanted = [n for n in range(1, 31) if account == "bank" or account.endswith(str(n % 3))]
        assert [int(str(e["sequence"])) for e in held if e["key"] == account] == wanted

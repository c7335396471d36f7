"""The values of the rail contract: what no rail could carry cannot be made."""

import re
import uuid

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from partita.kernel.moment import Moment
from partita.modules.payments.cut_offs import CutOff
from partita.modules.payments.rail import (
    Capabilities,
    Direction,
    MessageType,
    RailMessage,
    Submission,
    page_of,
    uetr_from,
)
from tests.plugins.steering import NOON

ORDER = Submission(
    id="sub_1",
    payment="wdr_1",
    direction=Direction.OUT,
    amount=100,
    asset="EUR",
    beneficiary="an account",
    end_to_end_id="order 1",
    uetr=uetr_from(bytes(16)),
    correlation_id="req_1",
)


@given(st.binary(min_size=16, max_size=16))
def test_a_reference_is_a_version_4_uuid(random: bytes) -> None:
    found = uuid.UUID(uetr_from(random))
    assert (found.version, found.variant) == (4, uuid.RFC_4122)
    assert str(found) == uetr_from(random)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("amount", 0),
        ("amount", -1),
        ("end_to_end_id", ""),
        ("end_to_end_id", "x" * 36),
        ("end_to_end_id", " padded"),
        ("end_to_end_id", "new\nline"),
        ("end_to_end_id", "größe"),
        ("uetr", "00000000-0000-1000-8000-000000000000"),
        ("uetr", "00000000-0000-4000-C000-000000000000"),
        ("uetr", "0000000000004000800000000000000"),
        ("id", ""),
        ("payment", ""),
        ("asset", ""),
        ("beneficiary", ""),
        ("correlation_id", ""),
    ],
)
def test_an_order_that_no_rail_could_carry_cannot_be_made(field: str, value: object) -> None:
    with pytest.raises(ValueError, match=re.escape(field.removesuffix("_id").split("_")[0])):
        msgspec.structs.replace(ORDER, **{field: value})


@pytest.mark.parametrize("text", ["x", "x" * 35, "a b", "RF18 5390 0754 7034"])
def test_any_printable_text_of_35_is_an_end_to_end_id(text: str) -> None:
    assert msgspec.structs.replace(ORDER, end_to_end_id=text).end_to_end_id == text


@pytest.mark.parametrize(
    ("capabilities", "code"),
    [
        (Capabilities(), None),
        (Capabilities(assets=("EUR", "USD"), max_amount=100), None),
        (Capabilities(directions=(Direction.IN,)), "direction_unsupported"),
        (Capabilities(assets=("USD",)), "asset_unsupported"),
        (Capabilities(max_amount=99), "amount_too_large"),
        (Capabilities(cut_offs=(CutOff("12:00"),)), "cutoff_passed"),
        (Capabilities(cut_offs=(CutOff("12:00", assets=("USD",)),)), None),
    ],
)
def test_capabilities_object_to_what_they_exclude(
    capabilities: Capabilities, code: str | None
) -> None:
    found = capabilities.objection(ORDER, NOON)
    assert (found and found.code) == code


def test_an_order_past_its_deadline_is_objected_to_and_what_lasts_is_said_first() -> None:
    late = msgspec.structs.replace(ORDER, deadline=NOON)
    found = Capabilities().objection(late, NOON)
    assert found is not None
    assert found.code == "deadline_passed"
    assert Capabilities().objection(late, Moment(NOON - 1)) is None
    small_and_closed = Capabilities(max_amount=1, cut_offs=(CutOff("12:00"),))
    found = small_and_closed.objection(late, NOON)
    assert found is not None
    assert found.code == "amount_too_large"


def test_pages_cut_a_feed_without_gap_or_overlap() -> None:
    feed = [
        RailMessage(f"m{n}", MessageType.SETTLED, "s", 1, "EUR", NOON, raw=str(n)) for n in range(7)
    ]
    found, cursor = [], None
    while (page := page_of(feed, cursor, 3)).messages:
        found += page.messages
        cursor = page.cursor
    assert found == feed
    assert page_of(feed, None, 100) == (feed, "7")

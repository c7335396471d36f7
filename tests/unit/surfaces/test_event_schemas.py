"""Schemas of events in the library: by name and by type, without a ledger."""

import jsonschema_rs
import pytest

import partita
from partita.engine.errors import NotFound


def test_a_schema_is_found_by_name_and_by_type() -> None:
    assert "payment.settled.v1" in partita.event_schemas()
    schema = partita.event_schema("payment.settled.v1")
    assert schema["title"] == "payment.settled.v1"
    assert partita.event_schema("payment.settled") == schema


@pytest.mark.parametrize("name", ["payment.settled.v2", "RELEASED", "", "../asyncapi"])
def test_what_is_none_is_not_found(name: str) -> None:
    with pytest.raises(NotFound, match="there is no schema"):
        partita.event_schema(name)


async def test_the_events_of_a_ledger_fit() -> None:
    async with partita.open(memory=True) as ledger:
        await ledger.open_account("bank", "USD", "asset")
        async for event in ledger.events():
            schema = partita.event_schema(event.type)
            jsonschema_rs.validator_for(schema).validate(event.values())

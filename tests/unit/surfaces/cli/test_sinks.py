"""Sinks from the command line: made, changed, switched; what is refused says how it is mended."""

from tests.unit.surfaces.cli.conftest import CommandLine


def test_a_sink_from_beginning_to_end(partita: CommandLine) -> None:
    sink = partita("sinks", "create", "warehouse", "file", "events.ndjson", "--json").json
    assert (sink["status"], sink["cursor"]) == ("running", "0")
    changed = partita("sinks", "update", sink["id"], "--types", "payment.*", "--json").json
    assert changed["types"] == ["payment.*"]
    for verb, status in (("pause", "paused"), ("resume", "running"), ("archive", "archived")):
        assert partita("sinks", verb, sink["id"], "--json").json["status"] == status
    assert sink["id"] in partita("sinks", "list").out
    assert "archived" in partita("sinks", "show", sink["id"]).out
    assert partita("sinks", "parked", sink["id"]).status == 0
    said = partita("sinks", "discard", sink["id"], "3")
    assert said.status != 0
    assert "No event 3 is parked" in said.err


def test_what_is_refused_says_how_it_is_mended(partita: CommandLine) -> None:
    said = partita("sinks", "create", "x", "nats", "nats://broker:4222")
    assert said.status != 0
    assert "PARTITA_SINK_HOSTS=broker:4222" in said.err
    said = partita("sinks", "create", "x", "file", "events", "--types", "payment.setled")
    assert said.status != 0
    assert "did you mean" in said.err

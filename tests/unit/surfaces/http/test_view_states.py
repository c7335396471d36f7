"""How far views have come, over HTTP and as measures."""

from partita.views import INLINE, TRAILING
from tests.unit.surfaces.http.conftest import Client


async def test_every_view_says_how_far_it_has_come(client: Client) -> None:
    told = (await client.get("/v1/views")).json
    assert (told["object"], told["has_more"]) == ("list", False)
    assert [each["name"] for each in told["data"]] == [each.name for each in (*INLINE, *TRAILING)]
    for each in told["data"]:
        behind = int(each["sequence"]) + int(each["lag_records"])
        assert (each["object"], behind) == ("view", client.sequence), each
    chart, activity = (
        next(each for each in told["data"] if each["name"] == name)
        for name in ("chart", "activity")
    )
    assert (chart["pace"], chart["state"], chart["rows"]) == ("inline", "live", None)
    assert (activity["pace"], activity["rows_are_estimated"]) == ("trailing", False)


async def test_the_lag_is_measured(client: Client) -> None:
    text = (await client.get("/metrics")).body.decode()
    for view in TRAILING:
        for unit in ("records", "seconds"):
            assert f'partita_view_lag_{unit}{{ledger="main",view="{view.name}"}} ' in text
    assert 'view="chart"' not in text

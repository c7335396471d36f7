"""Points and vouchers on the command line."""

from tests.unit.surfaces.cli.conftest import CommandLine


def test_points_are_granted_and_spent(partita: CommandLine) -> None:
    partita("accounts", "open", "till", "--asset", "USD", "--type", "liability")
    told = partita("loyalty", "program", "USD", "USD", "--days", "30", "--json").json
    assert (told["asset"], told["expires_after_days"]) == ("USD", 30)
    assert "after 30 days" in partita("loyalty", "programs").out
    wallet = partita("wallets", "create", "loyalty", "--asset", "USD", "--json").json["id"]
    granted = partita("loyalty", "grant", wallet, "500", "USD", "--reason", "sorry", "--json").json
    assert granted["lots"][0]["amount"] == "500"
    dry = partita("loyalty", "spend", wallet, "120", "USD", "--to", "till", "--dry-run")
    assert (dry.status, "Dry run" in dry.err) == (0, True)
    spent = partita("loyalty", "spend", wallet, "120", "USD", "--to", "till", "--json").json
    assert [each["worth"] for each in spent["drawn"]] == ["120"]
    (points,) = partita("loyalty", "points", wallet, "--json").json
    assert points["lots"][0]["amount"] == "380"
    assert "380" in partita("loyalty", "points", wallet).out
    too_much = partita("loyalty", "spend", wallet, "381", "USD", "--to", "till")
    assert (too_much.status, "insufficient_funds" in too_much.err) == (1, True)

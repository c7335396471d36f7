"""Settings: what is given goes before the environment, which goes before the defaults."""

from pathlib import Path

import pytest

from partita.config import Settings, from_environment

ENVIRONMENT = {
    "PARTITA_DATA": "/var/lib/books",
    "PARTITA_DATABASE_URL": "postgresql://there/partita",
    "PARTITA_SECRET": "s" * 40,
}


def test_defaults_need_no_environment() -> None:
    settings = from_environment({})
    assert settings == Settings()
    assert not settings.allow_unsafe_durability


def test_the_environment_is_read() -> None:
    settings = from_environment(ENVIRONMENT)
    assert settings.data == Path("/var/lib/books")
    assert settings.database_url == "postgresql://there/partita"


def test_what_is_given_goes_first_and_none_is_not_given() -> None:
    settings = from_environment(ENVIRONMENT, data="/elsewhere", database_url=None)
    assert settings.data == Path("/elsewhere")
    assert settings.database_url == ENVIRONMENT["PARTITA_DATABASE_URL"]


def test_an_unknown_setting_is_refused() -> None:
    with pytest.raises(TypeError):
        from_environment({}, colour="blue")

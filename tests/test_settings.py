"""The settings of the UAC API: secrets from files, and every mistake at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from configuration.settings import SettingsError
from uac_api.settings import Settings, load

NEEDED = {
    "STUDIO_DATABASE_URL": "mysql+pymysql://uac@db/uac",
    "STUDIO_SECRET_KEY": "k" * 40,
    "STUDIO_UPSTREAM_SECRET": "u" * 40,
}


def loaded(monkeypatch: pytest.MonkeyPatch, **changes: str) -> Settings:
    for name, value in {**NEEDED, **changes}.items():
        monkeypatch.setenv(name, value)
    return load()


def test_the_password_of_the_database_is_put_into_its_address(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "password"
    file.write_text("p@ss/word:1%\n")
    settings = loaded(monkeypatch, STUDIO_DATABASE_PASSWORD_FILE=str(file))
    assert settings.database_url == "mysql+pymysql://uac:p%40ss%2Fword%3A1%25@db/uac"


def test_without_a_password_of_its_own_the_address_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "mysql+pymysql://uac:here@db/uac"
    assert loaded(monkeypatch, STUDIO_DATABASE_URL=url).database_url == url


def test_a_password_beside_what_is_no_address_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError, match=r"STUDIO_DATABASE_URL: .*is no database URL") as caught:
        loaded(monkeypatch, STUDIO_DATABASE_URL="nowhere", STUDIO_DATABASE_PASSWORD="hunter2")
    assert "hunter2" not in str(caught.value)


def test_a_file_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    said = "STUDIO_DATABASE_PASSWORD_FILE names /nowhere/password, .*No such file"
    with pytest.raises(SettingsError, match=said):
        loaded(monkeypatch, STUDIO_DATABASE_PASSWORD_FILE="/nowhere/password")


def test_an_empty_list_of_proxies_is_meant_so(monkeypatch: pytest.MonkeyPatch) -> None:
    assert loaded(monkeypatch, STUDIO_TRUSTED_PROXIES="").trusted_networks == ()


def test_only_its_own_variable_is_a_port(monkeypatch: pytest.MonkeyPatch) -> None:
    assert loaded(monkeypatch, PORT="80", STUDIO_PORT="tcp://10.0.0.1:8501").port == 5001


def test_neither_a_password_nor_a_key_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = loaded(monkeypatch, STUDIO_DATABASE_URL="mysql+pymysql://uac:hunter2@db/uac")
    assert "hunter2" not in repr(settings)
    assert "k" * 40 not in repr(settings)

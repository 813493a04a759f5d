"""`make run` gives each process what it needs, and no more."""

from pathlib import Path

import pytest

from configuration.settings import SettingsError
from ops.run.settings import (
    Settings,
    build,
    data_folder,
    read_environment,
    read_ports,
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return build({"STUDIO_DATA_DIR": str(tmp_path), "HOME": "/home/alice"}, tmp_path)


def test_the_defaults_point_into_the_data_folder(settings: Settings) -> None:
    assert settings.ports == {"MLFLOW_PORT": 5000, "UAC_PORT": 5001, "STUDIO_PORT": 8501}
    found = settings.environment
    assert found["STUDIO_DATABASE_URL"] == f"sqlite:///{settings.data_dir / 'uac.db'}"
    assert found["MLFLOW_BACKEND_STORE_URI"] == f"sqlite:///{settings.data_dir / 'mlflow.db'}"
    assert found["MLFLOW_ARTIFACTS_DESTINATION"] == str(settings.data_dir / "artifacts")
    assert found["STUDIO_PUBLIC_API_URL"] == "http://127.0.0.1:5001"


def test_studio_is_given_no_secret_and_no_database(settings: Settings) -> None:
    given = settings.environment_of("studio")
    assert given["STUDIO_API_URL"] == "http://127.0.0.1:5001"
    for name in given:
        assert "SECRET" not in name
        assert "DATABASE" not in name
        assert not name.startswith("MLFLOW_") or name == "MLFLOW_PORT"


def test_mlflow_is_given_no_secret_of_the_uac_api(settings: Settings) -> None:
    given = settings.environment_of("mlflow")
    assert "STUDIO_UPSTREAM_SECRET_FILE" in given
    assert "STUDIO_SECRET_KEY_FILE" not in given
    assert "STUDIO_DATABASE_URL" not in given


def test_the_uac_api_is_not_given_the_database_of_mlflow(settings: Settings) -> None:
    given = settings.environment_of("uac")
    assert "STUDIO_UPSTREAM_SECRET_FILE" in given
    assert "MLFLOW_BACKEND_STORE_URI" not in given


def test_only_who_takes_backups_is_given_their_key(tmp_path: Path) -> None:
    settings = build({"STUDIO_BACKUP_KEY": "k" * 40}, tmp_path)
    for process in ("backup", "jobs"):
        assert settings.environment_of(process)["STUDIO_BACKUP_KEY"] == "k" * 40
    for process in ("mlflow", "uac", "studio"):
        assert "STUDIO_BACKUP_KEY" not in settings.environment_of(process)


def test_only_an_adoption_is_given_the_password_of_its_source(tmp_path: Path) -> None:
    settings = build({"STUDIO_ADOPT_DATABASE_PASSWORD": "hush"}, tmp_path)
    assert settings.environment_of("backup")["STUDIO_ADOPT_DATABASE_PASSWORD"] == "hush"
    for process in ("mlflow", "uac", "studio"):
        assert "STUDIO_ADOPT_DATABASE_PASSWORD" not in settings.environment_of(process)


def test_no_process_is_given_the_administrators_password(tmp_path: Path) -> None:
    settings = build({"STUDIO_ADMIN_PASSWORD": "correct horse battery"}, tmp_path)
    assert settings.admin_password == "correct horse battery"
    for process in ("mlflow", "uac", "jobs", "studio"):
        assert "STUDIO_ADMIN_PASSWORD" not in settings.environment_of(process)


def test_only_the_uac_api_is_given_the_keys_of_the_audit_trail(tmp_path: Path) -> None:
    keys = {"STUDIO_AUDIT_KEY": "a" * 40, "STUDIO_AUDIT_KEYS_BEFORE": "b" * 40}
    settings = build(keys, tmp_path)
    assert {"a" * 40, "b" * 40} <= set(settings.secrets())
    for process in ("mlflow", "studio"):
        assert not set(keys) & set(settings.environment_of(process))
    assert set(keys) <= set(settings.environment_of("uac"))


def test_ports_move_the_addresses(tmp_path: Path) -> None:
    settings = build({"MLFLOW_PORT": "6000", "UAC_PORT": "6001", "STUDIO_PORT": "6002"}, tmp_path)
    assert settings.environment["STUDIO_UPSTREAM_URL"] == "http://127.0.0.1:6000"
    assert settings.environment["STUDIO_API_URL"] == "http://127.0.0.1:6001"
    assert settings.environment["STUDIO_PUBLIC_URL"] == "http://127.0.0.1:6002"


def test_all_wrong_ports_are_named() -> None:
    with pytest.raises(SettingsError) as caught:
        read_ports({"MLFLOW_PORT": "five", "UAC_PORT": "0"})
    assert "MLFLOW_PORT" in str(caught.value)
    assert "UAC_PORT" in str(caught.value)


def test_two_equal_ports_are_refused() -> None:
    with pytest.raises(SettingsError, match="different"):
        read_ports({"MLFLOW_PORT": "8501"})


def test_a_database_url_nobody_can_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="STUDIO_DATABASE_URL"):
        build({"STUDIO_DATABASE_URL": "data/uac.db"}, tmp_path)


def test_the_environment_wins_over_the_env_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("UAC_PORT=6001\nSTUDIO_PORT=6002\nSTUDIO_DATABASE_URL=\n")
    monkeypatch.setenv("STUDIO_PORT", "7002")
    monkeypatch.delenv("UAC_PORT", raising=False)
    environment = read_environment(tmp_path)
    assert environment["UAC_PORT"] == "6001"
    assert environment["STUDIO_PORT"] == "7002"
    assert "STUDIO_DATABASE_URL" not in environment


def test_a_relative_data_folder_counts_from_the_root(tmp_path: Path) -> None:
    assert data_folder({}, tmp_path) == tmp_path / "data"
    assert data_folder({"STUDIO_DATA_DIR": "./elsewhere"}, tmp_path) == tmp_path / "elsewhere"


def test_the_secret_at_the_identity_provider_is_studios_alone(tmp_path: Path) -> None:
    found = build({"STUDIO_OIDC_ISSUER": "i", "STUDIO_OIDC_CLIENT_SECRET": "of-studio"}, tmp_path)
    assert "STUDIO_OIDC_CLIENT_SECRET" in found.environment_of("studio")
    assert "STUDIO_OIDC_ISSUER" in found.environment_of("uac")
    for process in ("uac", "mlflow"):
        assert "STUDIO_OIDC_CLIENT_SECRET" not in found.environment_of(process)
    assert "of-studio" in found.secrets()


def test_passwords_of_databases_are_kept_off_the_terminal(tmp_path: Path) -> None:
    url = "postgresql+psycopg://uac:hunter2hunter2@db/uac"
    assert "hunter2hunter2" in build({"STUDIO_DATABASE_URL": url}, tmp_path).secrets()


def test_the_administrators_password_may_be_in_a_file_which_wins(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("of the file\n")
    given = {"STUDIO_ADMIN_PASSWORD_FILE": str(tmp_path / "password")}
    found = build({**given, "STUDIO_ADMIN_PASSWORD": "of the value"}, tmp_path)
    assert found.admin_password == "of the file"
    assert "of the file" not in repr(found)
    with pytest.raises(SettingsError, match="STUDIO_ADMIN_PASSWORD_FILE names /nowhere"):
        build({"STUDIO_ADMIN_PASSWORD_FILE": "/nowhere"}, tmp_path)


def test_mistakes_are_named_together(tmp_path: Path) -> None:
    wrong = {"UAC_PORT": "0", "STUDIO_DATABASE_URL": "x", "STUDIO_LOG_FORMAT": "yaml"}
    with pytest.raises(SettingsError) as caught:
        build(wrong, tmp_path)
    named = [line.partition(":")[0] for line in str(caught.value).splitlines()]
    assert sorted(named) == sorted(wrong)

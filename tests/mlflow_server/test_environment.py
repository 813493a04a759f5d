"""MLflow is not started with settings that would open it or cannot work."""

import getpass
from pathlib import Path

import pytest

from mlflow_server.environment import (
    MUST_BE_UNSET,
    SERVER,
    SWITCHES,
    mistakes,
    with_defaults,
    with_files_read,
)
from uac_api.access.errors import Invalid
from uac_api.access.validation import username

SECRET = "a-secret-of-more-than-thirty-two-characters"


def usable(**changes: str) -> dict[str, str]:
    return with_defaults(
        {
            "STUDIO_UPSTREAM_SECRET": SECRET,
            "MLFLOW_BACKEND_STORE_URI": "sqlite:////data/mlflow.db",
            "MLFLOW_ARTIFACTS_DESTINATION": "/data/artifacts",
            **changes,
        }
    )


def test_the_defaults_and_three_settings_are_enough() -> None:
    assert mistakes(usable()) == []


def test_all_mistakes_are_named_at_once() -> None:
    found = mistakes(with_defaults({"MLFLOW_WORKSPACE": "default"}))
    assert len(found) == 4
    for name in (
        "STUDIO_UPSTREAM_SECRET",
        "MLFLOW_BACKEND_STORE_URI",
        "MLFLOW_ARTIFACTS_DESTINATION",
        "MLFLOW_WORKSPACE",
    ):
        assert any(sentence.startswith(name) for sentence in found)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"STUDIO_UPSTREAM_SECRET": "x" * 31}, "has 31 characters"),
        ({"STUDIO_UPSTREAM_SECRET": "é" * 32}, "printable ASCII"),
        ({"STUDIO_UPSTREAM_SECRET_PREVIOUS": "short"}, "has 5 characters"),
        ({"STUDIO_UPSTREAM_SECRET_FILE": "/nowhere"}, "are both set"),
        ({"MLFLOW_ARTIFACTS_DESTINATION": "s3:///path"}, "names no bucket"),
        ({"AWS_ACCESS_KEY_ID": "AKIA"}, "belong together"),
        ({"AWS_SECRET_ACCESS_KEY_FILE": "/nowhere"}, "cannot be read"),
        ({"MLFLOW_BACKEND_STORE_URI": "file:///data/mlruns"}, "a file store"),
        ({"MLFLOW_BACKEND_STORE_URI": "/data/mlruns"}, "not the URL of a SQL database"),
        ({"MLFLOW_BACKEND_STORE_URI": "http://mlflow:5000"}, "a http store"),
        ({"MLFLOW_BACKEND_STORE_URI": "sqlite://"}, "names no file"),
        ({"MLFLOW_BACKEND_STORE_URI": "mysql://u:p@db/mlflow"}, "driver"),
        ({"MLFLOW_BACKEND_STORE_URI": "postgresql+nothing://u:p@db/mlflow"}, "driver"),
        ({"MLFLOW_READ_REPLICA_BACKEND_STORE_URI": "file:///x"}, "a file store"),
        ({"MLFLOW_ARTIFACTS_DESTINATION": "mlflow-artifacts:/"}, "names the server itself"),
        ({"MLFLOW_WORKSPACE": "default"}, "belongs to nobody"),
        ({"MLFLOW_WORKSPACE": "fraud"}, "a setting of clients"),
        ({"MLFLOW_PORT": "five"}, "whole number"),
        ({"MLFLOW_PORT": "70000"}, "whole number"),
        ({"MLFLOW_WORKERS": "0"}, "whole number"),
        ({"STUDIO_READ_SECONDS": "0"}, "from 0.1 to 3600"),
        ({"STUDIO_READ_SECONDS": "soon"}, "from 0.1 to 3600"),
        ({"STUDIO_READ_SECONDS": "nan"}, "from 0.1 to 3600"),
        ({"MLFLOW_ENABLE_AI_GATEWAY": "true"}, "MLFLOW_CRYPTO_KEK_PASSPHRASE"),
        ({"STUDIO_MLFLOW_FEATURES": "jobs, gateway"}, "MLFLOW_CRYPTO_KEK_PASSPHRASE"),
        ({"MLFLOW_WEBHOOK_CACHE_TTL": "60"}, "Set it to 0"),
        *(({name: "x"}, f"{name} is set") for name in MUST_BE_UNSET),
    ],
)
def test_a_mistake_is_refused_with_one_sentence(changes: dict[str, str], sentence: str) -> None:
    found = mistakes(usable(**changes))
    assert len(found) == 1
    assert sentence in found[0]


@pytest.mark.parametrize(
    "url", ["mysql+pymysql://mlflow:hunter2@db/mlflow", "postgresql+psycopg://u:hunter2@db/mlflow"]
)
def test_mysql_and_postgresql_are_accepted(url: str) -> None:
    assert mistakes(usable(MLFLOW_BACKEND_STORE_URI=url)) == []


def test_no_sentence_repeats_a_secret_or_a_password() -> None:
    found = mistakes(
        usable(
            STUDIO_UPSTREAM_SECRET="hunter2",
            MLFLOW_BACKEND_STORE_URI="oracle://mlflow:hunter2@db/mlflow",
        )
    )
    assert found
    assert "hunter2" not in " ".join(found)


def test_the_environment_wins_over_the_defaults() -> None:
    assert with_defaults({})["MLFLOW_PORT"] == "5000"
    assert with_defaults({"MLFLOW_PORT": "5300"})["MLFLOW_PORT"] == "5300"


def test_the_settings_of_a_client_are_left_out() -> None:
    assert "MLFLOW_TRACKING_URI" not in with_defaults({"MLFLOW_TRACKING_URI": "http://elsewhere"})


def test_the_gateway_may_be_switched_on_with_a_passphrase() -> None:
    on = usable(MLFLOW_ENABLE_AI_GATEWAY="true", MLFLOW_CRYPTO_KEK_PASSPHRASE=SECRET)
    assert mistakes(on) == []


def test_secrets_are_read_from_files(tmp_path: Path) -> None:
    secret, url = tmp_path / "secret", tmp_path / "url"
    secret.write_text(f"{SECRET}\n")
    url.write_text("sqlite:////data/other.db\n")
    environment = with_defaults(
        {
            "STUDIO_UPSTREAM_SECRET_FILE": str(secret),
            "MLFLOW_BACKEND_STORE_URI_FILE": str(url),
            "MLFLOW_ARTIFACTS_DESTINATION": "/data/artifacts",
        }
    )
    assert mistakes(environment) == []
    read = with_files_read(environment)
    assert read["MLFLOW_BACKEND_STORE_URI"] == "sqlite:////data/other.db"


def test_the_password_of_the_database_is_put_into_its_address(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("p@ss/word\n")
    environment = usable(
        MLFLOW_BACKEND_STORE_URI="mysql+pymysql://mlflow@db/mlflow",
        MLFLOW_BACKEND_STORE_PASSWORD_FILE=str(file),
    )
    assert mistakes(environment) == []
    read = with_files_read(environment)
    assert read["MLFLOW_BACKEND_STORE_URI"] == "mysql+pymysql://mlflow:p%40ss%2Fword@db/mlflow"
    assert "MLFLOW_BACKEND_STORE_PASSWORD" not in read


def test_a_password_that_cannot_be_read_is_named() -> None:
    (found,) = mistakes(usable(MLFLOW_BACKEND_STORE_PASSWORD_FILE="/nowhere/password"))
    assert found.startswith("MLFLOW_BACKEND_STORE_PASSWORD_FILE names /nowhere/password")


def test_an_unreadable_file_is_named() -> None:
    environment = usable(STUDIO_UPSTREAM_SECRET="", STUDIO_UPSTREAM_SECRET_FILE="/nowhere/secret")
    found = mistakes(environment)
    assert len(found) == 1
    assert "/nowhere/secret" in found[0]


def test_what_the_server_writes_is_not_signed_with_an_account_of_the_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LOGNAME", usable(LOGNAME="alice", USER="alice")["LOGNAME"])
    assert getpass.getuser() == SERVER
    with pytest.raises(Invalid):
        username(SERVER)


def test_a_feature_of_the_uac_api_switches_mlflows_side_on() -> None:
    both = usable(STUDIO_MLFLOW_FEATURES="gateway, jobs")
    for switches in SWITCHES.values():
        for name, value in switches.items():
            assert usable().get(name) != value
            assert both[name] == value
    said = usable(STUDIO_MLFLOW_FEATURES="jobs", MLFLOW_SERVER_ENABLE_JOB_EXECUTION="false")
    assert said["MLFLOW_SERVER_ENABLE_JOB_EXECUTION"] == "false"


def test_a_collector_gets_the_gates_spans_and_nothing_of_mlflows_own() -> None:
    from mlflow.tracing.utils import otlp

    given = with_defaults({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318/"})
    assert given["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] == "http://collector:4318/v1/traces"
    assert "OTEL_EXPORTER_OTLP_ENDPOINT" not in given
    with pytest.MonkeyPatch.context() as patch:
        for name, value in given.items():
            patch.setenv(name, value)
        assert not otlp.should_use_otlp_exporter()
        assert not otlp.should_export_otlp_metrics()

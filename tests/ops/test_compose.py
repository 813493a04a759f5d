"""The compose files hold what docs/how-to/install.md promises, for MySQL and for PostgreSQL."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

import pytest
from opentelemetry.sdk import environment_variables

from compose_files import (
    FILES,
    MONITORING,
    ROOT,
    SINGLE_SIGN_ON,
    VARIABLE,
    Document,
    environments,
    example,
    read,
    services_on,
)
from mlflow_server.environment import DEFAULTS, FROM_FILES
from mlflow_server.settings import ServerSettings
from ops.backup.settings import Settings as BackupSettings
from ops.jobs.settings import Settings as JobSettings
from ops.server.secret_readers import variable
from ops.server.secrets import CERTIFICATE, KEY, MADE
from studio_app.settings import Settings as StudioSettings
from uac_api.settings import SECRETS, Settings

SERVICES = {"nginx", "studio_app", "uac_api", "mlflow_server", "jobs", "migrate"}
DATABASES = {"mysql": "mysql", "postgresql": "postgresql"}
ONE_SHOT = "migrate"
# Read by MLflow's client of S3, boto3 and Python.
BELOW_MLFLOW = {"MLFLOW_S3_ENDPOINT_URL", "AWS_DEFAULT_REGION", "TMPDIR"}
# `make run` has another default than the containers.
OF_MAKE_RUN = {"MLFLOW_ARTIFACTS_DESTINATION": ""}
# Of the settings of the UAC API, which `ops.jobs` loads all, those that its jobs go by.
OF_JOBS = {
    *("STUDIO_SECRET_KEY", "STUDIO_UPSTREAM_SECRET", "STUDIO_AUDIT_KEY", "STUDIO_UPSTREAM_URL"),
    *("STUDIO_AUDIT_KEYS_BEFORE", "STUDIO_TRASH_DAYS", "STUDIO_LOG_LEVEL", "STUDIO_BACKUP_KEY"),
    *("MLFLOW_ARTIFACTS_DESTINATION", "MLFLOW_S3_ENDPOINT_URL", "AWS_DEFAULT_REGION"),
    *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
}
# What their code names for others: the port of `make run`, and what must not stand there.
NOT_FOR = {"studio_app": {"STUDIO_PORT", "UAC_PORT"}}
# The last one is given to the one command that reads it: docs/how-to/adopting.md.
OF_MAKE_RUN_ALONE = {
    *("STUDIO_DATA_DIR", "STUDIO_LOG_FORMAT", "STUDIO_PORT"),
    "STUDIO_ADOPT_DATABASE_PASSWORD",
}
# Between the containers, and what follows from others.
FIXED = {
    *("DATABASE_SUPERUSER_URL", "FORWARDED_ALLOW_IPS", "MLFLOW_CRYPTO_KEK_PASSPHRASE"),
    *("MLFLOW_HOST", "MLFLOW_SERVER_ALLOWED_HOSTS", "MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY"),
    *("MLFLOW_WORKERS", "NGINX_API", "NGINX_STUDIO", "TMPDIR"),
}
# Metrics, logs, other protocols and the SDK's ways to set itself up, none of which we use.
NOT_OF_SPANS = re.compile(
    "METRIC|LOGS|LOGRECORD|LOG_LEVEL|BLRP|ZIPKIN|PROMETHEUS|PROTOCOL|INSECURE|PYTHON|EXPERIMENTAL"
    "|CONFIG_FILE"
)
SECRET_NAME = re.compile(r"(PASSWORD|SECRET|KEY|PASSPHRASE|TOKEN)(_PREVIOUS)?$")


@pytest.fixture(params=sorted(DATABASES))
def services(request: pytest.FixtureRequest) -> Document:
    """What runs with each of the two databases."""
    return services_on(request.param)


@pytest.mark.parametrize("kind", sorted(DATABASES))
def test_every_service_and_exactly_one_database_runs(kind: str) -> None:
    assert set(services_on(kind)) == SERVICES | {kind}


def test_only_nginx_publishes_a_port(services: Document) -> None:
    assert [name for name, service in services.items() if "ports" in service] == ["nginx"]
    (port,) = services["nginx"]["ports"]
    assert port.endswith(":8443")
    for service in services.values():
        assert not {"network_mode", "privileged", "pid", "ipc", "devices"} & set(service)


def test_no_container_runs_as_root_or_can_become_it(services: Document) -> None:
    for name, service in services.items():
        account = VARIABLE.sub(r"\2", str(service["user"])).split(":")
        assert not {"", "0", "root"} & set(account), name
        assert service["cap_drop"] == ["ALL"], name
        assert "cap_add" not in service, name
        assert service["security_opt"] == ["no-new-privileges:true"], name


def test_every_file_system_is_read_only_but_for_tmp_and_named_volumes(services: Document) -> None:
    named = {volume for file in FILES for volume in read(file)["volumes"]}
    for name, service in services.items():
        assert service["read_only"] is True, name
        assert all(place.startswith("/tmp:") for place in service["tmpfs"]), name  # noqa: S108
        assert all("size=" in place for place in service["tmpfs"]), name
        mounts = [VARIABLE.sub(r"\2", volume) for volume in service.get("volumes", [])]
        assert {mount.split(":")[0] for mount in mounts} <= named, name


def test_every_container_has_limits_and_logs_that_rotate(services: Document) -> None:
    shares = {name: service.get("cpu_shares", 1024) for name, service in services.items()}
    assert [name for name, share in shares.items() if share < 1024] == ["studio_app"]
    for name, service in services.items():
        assert service["mem_limit"], name
        assert service["cpus"], name
        assert service["pids_limit"], name
        assert service["logging"]["driver"] == "json-file", name
        assert {"max-size", "max-file"} <= set(service["logging"]["options"]), name


def test_every_service_comes_back_and_says_whether_it_is_well(services: Document) -> None:
    for name, service in services.items():
        if name == ONE_SHOT:
            assert service["restart"] == "no"
            assert service["healthcheck"] == {"disable": True}
            continue
        assert service["restart"] == "unless-stopped", name
        assert service["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}, name
        assert {"interval", "timeout", "retries", "start_period"} <= set(service["healthcheck"])


def test_health_means_more_than_a_port(services: Document) -> None:
    def asks(name: str) -> str:
        return " ".join(services[name]["healthcheck"]["test"])

    assert "/readyz" in asks("uac_api")
    assert "mlflow_server.health" in asks("mlflow_server")
    assert "https://" in asks("nginx")
    database = next(name for name in DATABASES if name in services)
    assert "select 1" in asks(database)


def test_nothing_starts_before_what_it_needs(services: Document) -> None:
    needs = {name: service.get("depends_on", {}) for name, service in services.items()}
    after_migration = {ONE_SHOT: {"condition": "service_completed_successfully"}}
    for name in ("uac_api", "mlflow_server", "jobs"):
        assert needs[name] == after_migration
    assert needs["nginx"] == {
        name: {"condition": "service_healthy"} for name in ("studio_app", "uac_api")
    }


def test_only_who_needs_a_network_is_in_it(services: Document) -> None:
    database = next(name for name in DATABASES if name in services)
    networks = {name: set(service["networks"]) for name, service in services.items()}
    assert networks == {
        "nginx": {"edge", "front"},
        "studio_app": {"front"},
        "uac_api": {"front", "back", "outbound"},
        "mlflow_server": {"back", "outbound"},
        "jobs": {"back", "outbound"},
        "migrate": {"back"},
        database: {"back"},
    }
    declared = read(FILES[0])["networks"]
    assert {name for name, network in declared.items() if network.get("internal")} == {
        "front",
        "back",
    }


def test_only_the_job_shares_the_databases_socket(services: Document) -> None:
    socket = {
        name
        for name, service in services.items()
        if any(":/socket" in volume for volume in service.get("volumes", []))
    }
    assert socket == {ONE_SHOT, *(set(DATABASES) & set(services))}


def test_the_secrets_are_exactly_the_files_that_make_up_makes(services: Document) -> None:
    declared = read(FILES[0])["secrets"]
    of_all = declared | read(MONITORING)["secrets"]
    assert {name: Path(secret["file"]).name for name, secret in of_all.items()} == {
        name: name for name in [*MADE, CERTIFICATE, KEY]
    }
    used = {secret for service in services.values() for secret in service.get("secrets", [])}
    assert used == set(declared)


def test_secrets_are_given_as_files_and_only_to_who_reads_them(services: Document) -> None:
    for name, service in services.items():
        environment = service.get("environment", {})
        # OpenTelemetry's client keys are names of files.
        named = [key for key in environment if SECRET_NAME.search(key)]
        assert [key for key in named if not key.endswith("_CLIENT_KEY")] == [], name
        read_here = {
            Path(value).name
            for key, value in environment.items()
            if key.endswith("_FILE") and str(value).startswith("/run/secrets/")
        }
        given = set(service.get("secrets", []))
        assert given == (read_here or given & {CERTIFICATE, KEY}), name


def test_every_setting_of_the_uac_api_can_be_given_and_exists(services: Document) -> None:
    known = set(Settings.variables())
    files = {f"{name}_FILE" for name in SECRETS}
    given = set(services["uac_api"]["environment"])
    of_gunicorn = {"UAC_HOST", "UAC_WORKERS", "UAC_CONNECTIONS"}
    of_opentelemetry = {name for name in given if name.startswith("OTEL_")}
    assert sorted(given - known - files - of_gunicorn - of_opentelemetry) == []
    assert sorted(known - set(SECRETS) - given) == []


def test_whoever_reads_a_secret_is_replaced_when_it_changes(services: Document) -> None:
    for name, service in services.items():
        label = {"ml-studio.secrets": f"${{{variable(name)}:-}}"}
        assert service.get("labels") == (label if service.get("secrets") else None), name
    for file in (MONITORING, SINGLE_SIGN_ON):
        for name, service in read(file)["services"].items():
            assert service["labels"] == {"ml-studio.secrets": f"${{{variable(name)}:-}}"}, name


def test_every_setting_of_opentelemetry_for_spans_passes(services: Document) -> None:
    known = {name for name in vars(environment_variables) if name.startswith("OTEL_")}
    spans = {name for name in known if not NOT_OF_SPANS.search(name)}
    assert "OTEL_EXPORTER_OTLP_HEADERS" in spans
    for name in ("studio_app", "uac_api", "mlflow_server"):
        assert sorted(spans - set(services[name]["environment"])) == [], name


def test_every_setting_of_mlflow_exists(services: Document) -> None:
    code = "\n".join(path.read_text() for path in (ROOT / "mlflow_server").glob("*.py"))
    names = {name.removesuffix("_FILE") for name in services["mlflow_server"]["environment"]}
    known = set(FROM_FILES) | set(re.findall(r"^([A-Z_]+)=", DEFAULTS.read_text(), re.MULTILINE))
    known |= BELOW_MLFLOW | set(ServerSettings.variables())
    names = {name for name in names - known if not name.startswith("OTEL_")}
    assert sorted(name for name in names if f'"{name}"' not in code) == []


def test_the_commands_are_programs_of_ours(services: Document) -> None:
    said = [str(service.get("command", "")) for service in services.values()]
    said += [" ".join(service["healthcheck"].get("test", [])) for service in services.values()]
    modules = re.findall(r"python -m ([\w.]+)|uvicorn ([\w.]+):app", " ".join(said))
    found = {name for names in modules for name in names if name}
    assert found >= {
        "ops.server.migrate",
        "ops.server.health",
        "mlflow_server.start",
        "studio_app.app.server",
    }
    assert [name for name in found if find_spec(name) is None] == []


def test_gunicorn_gets_its_configuration_by_a_path_of_the_image(services: Document) -> None:
    # By its name the package would be imported before it, and each worker would tell of itself
    # only (tests/api/test_usage.py).
    (path,) = re.findall(r"gunicorn --config (\S+) ", str(services["uac_api"]["command"]))
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert f"COPY uac_api/serving/gunicorn.py /app/{path}\n" in dockerfile
    assert dockerfile.index("WORKDIR /app") > 0


def test_mysql_lets_mlflows_migrations_create_triggers() -> None:
    assert "--log-bin-trust-function-creators=1" in services_on("mysql")["mysql"]["command"]


def test_proxies_are_believed_in_the_network_of_nginx_only() -> None:
    document = read(FILES[0])
    (front,) = document["networks"]["front"]["ipam"]["config"]
    environments = document["services"]["uac_api"]["environment"]
    assert environments["STUDIO_TRUSTED_PROXIES"] == front["subnet"]


def test_browsers_find_studio_the_api_and_mlflow_at_one_https_address() -> None:
    document = read(FILES[0])["services"]
    for name in ("uac_api", "studio_app"):
        environment = document[name]["environment"]
        assert environment["STUDIO_PUBLIC_URL"] == environment["STUDIO_PUBLIC_API_URL"]
        assert "https://" in environment["STUDIO_PUBLIC_URL"]


def test_every_variable_of_the_compose_files_is_explained_with_its_default() -> None:
    explained = example()
    for file in (*FILES, SINGLE_SIGN_ON, MONITORING):
        for name, default in VARIABLE.findall((ROOT / file).read_text()):
            assert explained.get(name) == OF_MAKE_RUN.get(name, default), name


def read_by(service: str) -> set[str]:
    """The settings that the code of a service reads."""
    if service == "uac_api":
        return {*Settings.variables(), "UAC_HOST", "UAC_WORKERS"}
    if service == "jobs":
        return {*JobSettings.variables(), *BackupSettings.variables()} | OF_JOBS
    if service == "studio_app":
        return set(StudioSettings.variables())
    folder = ROOT / ("deploy/nginx" if service == "nginx" else service)
    files = folder.glob("*.env") if service == "mlflow_server" else ()
    text = "\n".join(
        path.read_text() for path in (*folder.rglob("*.py"), *folder.glob("*.sh"), *files)
    )
    named = r"(?<![A-Z_])(?:STUDIO|UAC|MLFLOW|AWS|NGINX)_[A-Z_]+(?![A-Z_])"
    own = set(ServerSettings.variables()) if service == "mlflow_server" else set()
    return own | set(re.findall(named, text))


@pytest.mark.parametrize("service", sorted(SERVICES - {ONE_SHOT}))
def test_every_setting_reaches_the_containers_that_read_it(service: str) -> None:
    wanted = read_by(service) & set(example())
    assert len(wanted) >= 4
    missing = wanted - environments()[service] - NOT_FOR.get(service, set())
    assert sorted(missing) == []


def test_every_setting_of_the_example_reaches_something_or_is_of_make_run() -> None:
    given = {name for names in environments().values() for name in names}
    variables = {
        name
        for file in (*FILES, SINGLE_SIGN_ON, MONITORING)
        for name, _ in VARIABLE.findall((ROOT / file).read_text())
    }
    named = ("server.sh", "server_parts.sh", "stack.sh")
    scripts = "\n".join((ROOT / "ops" / name).read_text() for name in named)
    by_scripts = {name for name in example() if name in scripts}
    assert sorted(set(example()) - given - variables - by_scripts) == sorted(OF_MAKE_RUN_ALONE)


def test_every_setting_of_a_container_is_explained_or_fixed() -> None:
    given = {name for names in environments().values() for name in names}
    ours = {name for name in given if not name.startswith(("OTEL_", "GF_"))}
    assert sorted(ours - set(example())) == sorted(FIXED)


def test_no_secret_and_no_data_gets_into_the_image() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    let_in = {rule.removeprefix("!") for rule in rules if rule.startswith("!")}
    assert not {"secrets", "data", ".env", ".git", "."} & let_in


def test_everything_the_image_is_made_of_is_let_in() -> None:
    let_in = set(re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE))
    copied = re.findall(
        r"^COPY (?!--from)(.+) \S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE
    )
    # A file of a folder comes in with it.
    assert {source.split("/")[0] for line in copied for source in line.split()} == let_in

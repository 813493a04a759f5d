"""The environment MLflow is started with, and everything that can be wrong with it."""

from collections.abc import Iterator, Mapping
from importlib.metadata import entry_points
from pathlib import Path
from urllib.parse import urlsplit

from dotenv import dotenv_values
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from configuration.secret_files import read_secret
from configuration.settings import SettingsError
from mlflow_server.settings import SECRET_SHORTEST, ServerSettings
from telemetry import spans

APP_NAME = "mlstudio-gate"
DEFAULTS = Path(__file__).with_name("defaults.env")
# How uvicorn's own processes write: as JSON, like the rest (telemetry/log_lines.py).
LOG_CONFIG = Path(__file__).with_name("log_config.json")
DATABASES = ("sqlite", "mysql", "postgresql")
DATABASE_HINT = "Use sqlite:////path, mysql+pymysql://... or postgresql+psycopg://..."
DATABASE = "MLFLOW_BACKEND_STORE_URI"
DATABASE_PASSWORD = "MLFLOW_BACKEND_STORE_PASSWORD"  # noqa: S105 - the name of a variable
REPLICA = "MLFLOW_READ_REPLICA_BACKEND_STORE_URI"
ARTIFACTS = "MLFLOW_ARTIFACTS_DESTINATION"
KEY_PASSPHRASE = "MLFLOW_CRYPTO_KEK_PASSPHRASE"  # noqa: S105 - the name of a variable
# The keys of an S3; without them boto3 looks where it always does (a role of the machine, a file).
S3_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
# MLflow reads these from the environment only; `_FILE` beside each of them is ours.
FROM_FILES = (DATABASE, REPLICA, KEY_PASSPHRASE, "MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY", *S3_KEYS)

# Set in the environment, each of these would take a piece of ML Studio away.
MUST_BE_UNSET = {
    "MLFLOW_REGISTRY_STORE_URI": "One database holds runs and models.",
    "MLFLOW_WORKSPACE_STORE_URI": "The database of the runs holds the workspaces too.",
    "MLFLOW_DEFAULT_ARTIFACT_ROOT": (
        f"Artifacts go through the server only. {ARTIFACTS} says where it keeps them."
    ),
    "MLFLOW_ARTIFACTS_ONLY": "ML Studio needs the whole server.",
    "MLFLOW_STATIC_PREFIX": "ML Studio puts the prefix /projects/<slug> before MLflow's pages.",
    "MLFLOW_GUNICORN_OPTS": "The gate stands in front of MLflow only under uvicorn.",
}
# What a part of MLflow needs of its server, when the UAC API offers it too.
FEATURES = "STUDIO_MLFLOW_FEATURES"
SWITCHES = {
    "gateway": {"MLFLOW_ENABLE_AI_GATEWAY": "true"},
    "jobs": {
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "true",
        # MLflow's other engine calls its own server over HTTP, where the gate stands.
        "MLFLOW_SERVER_JOB_EXECUTION_ENGINE": "executor",
    },
}
# What MLflow writes as the author of what it makes itself (the trace of a gateway call, the run of
# an optimisation). It would be the account of the machine, which may be called like a person.
SERVER = "(mlflow server)"
# Settings of an mlflow client that a shell often carries; the server must not obey them.
CLIENT_SETTINGS = (
    "MLFLOW_TRACKING_URI",
    "MLFLOW_TRACKING_TOKEN",
    "MLFLOW_TRACKING_USERNAME",
    "MLFLOW_TRACKING_PASSWORD",
    "MLFLOW_REGISTRY_URI",
    "MLFLOW_RUN_ID",
    "MLFLOW_EXPERIMENT_ID",
    "MLFLOW_EXPERIMENT_NAME",
)


def with_defaults(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment over `defaults.env`, without the settings of an mlflow client."""
    defaults = {
        name: value
        for name, value in dotenv_values(DEFAULTS, interpolate=False).items()
        if value is not None
    }
    given = {name: value for name, value in environment.items() if value.strip()}
    merged = dict(defaults)
    for feature in given.get(FEATURES, "").split(","):
        merged |= SWITCHES.get(feature.strip(), {})
    merged |= {**given, "LOGNAME": SERVER}
    if collector := merged.pop(spans.ENDPOINT, ""):
        # By the general name MLflow would send figures of projects' traces there as well.
        merged.setdefault(spans.TRACES_ENDPOINT, f"{collector.rstrip('/')}/v1/traces")
    return {name: value for name, value in merged.items() if name not in CLIENT_SETTINGS}


def with_files_read(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment with the content of every `_FILE` variable that MLflow itself cannot read.

    The password of the database becomes a part of its URL. Raises ValueError if a file cannot be
    read.
    """
    found = {name: read_secret(name, environment) for name in FROM_FILES}
    read = {**environment, **{name: value for name, value in found.items() if value}}
    if password := read_secret(DATABASE_PASSWORD, environment):
        url = make_url(read[DATABASE]).set(password=password)
        read[DATABASE] = url.render_as_string(hide_password=False)
    read.pop(DATABASE_PASSWORD, None)
    return read


def mistakes(environment: Mapping[str, str]) -> list[str]:
    """One sentence for everything that is wrong; empty if the server may start."""
    return [
        *_own_mistakes(environment),
        *_database_mistakes(DATABASE, environment, required=True),
        *_database_mistakes(REPLICA, environment, required=False),
        *_password_mistakes(environment),
        *_artifact_mistakes(environment),
        *_s3_mistakes(environment),
        *_workspace_mistakes(environment),
        *(
            f"{name} is set. {reason} Unset it."
            for name, reason in MUST_BE_UNSET.items()
            if name in environment
        ),
        *_gateway_mistakes(environment),
        *_webhook_mistakes(environment),
        *_installation_mistakes(),
    ]


def _own_mistakes(environment: Mapping[str, str]) -> list[str]:
    try:
        ServerSettings.load(environment)
    except SettingsError as error:
        return str(error).splitlines()
    return []


def _database_mistakes(
    name: str, environment: Mapping[str, str], *, required: bool
) -> Iterator[str]:
    try:
        value = read_secret(name, environment)
    except ValueError as error:
        yield str(error)
        return
    if not value:
        if required:
            yield f"{name} is not set. It is the URL of MLflow's database. {DATABASE_HINT}"
        return
    try:
        url = make_url(value)
    except ArgumentError:
        yield f"{name} is not the URL of a SQL database. {DATABASE_HINT}"
        return
    yield from _url_mistakes(name, url)


def _password_mistakes(environment: Mapping[str, str]) -> Iterator[str]:
    try:
        read_secret(DATABASE_PASSWORD, environment)
    except ValueError as error:
        yield str(error)


def _url_mistakes(name: str, url: URL) -> Iterator[str]:
    if url.get_backend_name() not in DATABASES:
        yield (
            f"{name} names a {url.get_backend_name()} store. Projects need a SQL database. "
            f"{DATABASE_HINT}"
        )
    elif url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
        yield f"{name} names no file. {DATABASE_HINT}"
    else:
        try:
            url.get_dialect().import_dbapi()
        except (ImportError, NoSuchModuleError):
            yield f"{name} needs the driver {url.drivername}, which is missing. {DATABASE_HINT}"


def _artifact_mistakes(environment: Mapping[str, str]) -> Iterator[str]:
    destination = environment.get(ARTIFACTS, "")
    if not destination:
        yield f"{ARTIFACTS} is not set. Set it to a folder, s3://..., gs://... or another store."
    elif destination.startswith("mlflow-artifacts:"):
        yield f"{ARTIFACTS} names the server itself. Set it to the folder or store behind it."


def _s3_mistakes(environment: Mapping[str, str]) -> Iterator[str]:
    try:
        given = [bool(read_secret(name, environment)) for name in S3_KEYS]
    except ValueError as error:
        yield str(error)
        return
    if any(given) and not all(given):
        yield f"{' and '.join(S3_KEYS)} belong together. Set both or neither."
    if (
        environment.get(ARTIFACTS, "").startswith("s3:")
        and not urlsplit(environment[ARTIFACTS]).netloc
    ):
        yield f"{ARTIFACTS} names no bucket. Write it as s3://bucket/path."


def _workspace_mistakes(environment: Mapping[str, str]) -> Iterator[str]:
    workspace = environment.get("MLFLOW_WORKSPACE")
    if workspace == "default":
        yield (
            "MLFLOW_WORKSPACE is `default`, which belongs to nobody and can be no project. "
            "Unset it; clients name their own project."
        )
    elif workspace is not None:
        yield "MLFLOW_WORKSPACE is set. It is a setting of clients, not of the server. Unset it."


def _gateway_mistakes(environment: Mapping[str, str]) -> Iterator[str]:
    if environment.get("MLFLOW_ENABLE_AI_GATEWAY", "").lower() not in {"1", "true"}:
        return
    try:
        passphrase = read_secret(KEY_PASSPHRASE, environment)
    except ValueError as error:
        yield str(error)
        return
    if len(passphrase) < SECRET_SHORTEST:
        yield (
            f"MLFLOW_ENABLE_AI_GATEWAY is on without {KEY_PASSPHRASE}: MLflow would encrypt "
            "provider keys with a passphrase everybody knows. Set one of at least "
            f"{SECRET_SHORTEST} random characters."
        )


def _webhook_mistakes(environment: Mapping[str, str]) -> Iterator[str]:
    value = environment.get("MLFLOW_WEBHOOK_CACHE_TTL", "")
    if value != "0":
        yield (
            f"MLFLOW_WEBHOOK_CACHE_TTL is {value!r}. Set it to 0: MLflow remembers webhooks for "
            "all projects together, and would send what happens in one to another's."
        )


def _installation_mistakes() -> Iterator[str]:
    if APP_NAME not in {point.name for point in entry_points(group="mlflow.app")}:
        yield "ML Studio is not installed beside MLflow. Run `pip install --no-deps -e .` first."

"""What a person pastes to let an unmodified MLflow client log through ML Studio."""

from studio_app.ui import commands

PLACEHOLDER = "paste-your-token-here"

STYLES = ("Project in the address", "Project in a variable")

# Per language how it is highlighted.
LANGUAGES = {"Python": "python", "Shell": "bash", "Notebook": "python"}

_URI, _TOKEN, _WORKSPACE = "MLFLOW_TRACKING_URI", "MLFLOW_TRACKING_TOKEN", "MLFLOW_WORKSPACE"
_RUN = "MLFLOW_RUN_ID"
_TRAIN = "python train.py\n"

_LOG = """\
mlflow.set_experiment("first-steps")
with mlflow.start_run():
    mlflow.log_param("alpha", 0.5)
    mlflow.log_metric("rmse", 0.71)
"""


def snippet(
    language: str, style: str, *, api_url: str, project: str, token: str = PLACEHOLDER
) -> str:
    """The text to paste. `language` is a key of LANGUAGES, `style` one of STYLES."""
    base = api_url.rstrip("/")
    in_address = style == STYLES[0]
    address = f"{base}/projects/{project}" if in_address else base
    workspace = "" if in_address else project
    if language == "Shell":
        return _shell(address, workspace, token)
    if language == "Notebook":
        return _notebook(address, workspace)
    return _python(address, workspace, token)


def shell(style: str, *, api_url: str, project: str, token: str, run_id: str = "") -> str:
    """What a shell needs; with a run's id, for a job that goes on with that run."""
    text = snippet("Shell", style, api_url=api_url, project=project, token=token)
    goes_on = commands.export(_RUN, run_id) if run_id else ""
    return text.removesuffix(_TRAIN) + goes_on + _TRAIN


def _python(address: str, workspace: str, token: str) -> str:
    return (
        "import os\n\nimport mlflow\n\n"
        + commands.environ(_TOKEN, token)
        + (commands.environ(_WORKSPACE, workspace) if workspace else "")
        + f"mlflow.set_tracking_uri({commands.literal(address)})\n\n"
        + _LOG
    )


def _shell(address: str, workspace: str, token: str) -> str:
    return (
        commands.export(_URI, address)
        + (commands.export(_WORKSPACE, workspace) if workspace else "")
        + commands.export(_TOKEN, token)
        + _TRAIN
    )


def _notebook(address: str, workspace: str) -> str:
    return (
        "# The token is asked for, so that it is not saved in the notebook.\n"
        "%pip install -q mlflow\n"
        "import os\nfrom getpass import getpass\n\nimport mlflow\n\n"
        + f'os.environ[{commands.literal(_TOKEN)}] = getpass("Token: ")\n'
        + (commands.environ(_WORKSPACE, workspace) if workspace else "")
        + f"mlflow.set_tracking_uri({commands.literal(address)})\n\n"
        + _LOG
    )

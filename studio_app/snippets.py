"""What a person pastes to let an unmodified MLflow client log through ML Studio."""

from string import Template

PLACEHOLDER = "paste-your-token-here"

STYLES = ("Project in the address", "Project in a variable")

_LOG = """\
mlflow.set_experiment("first-steps")
with mlflow.start_run():
    mlflow.log_param("alpha", 0.5)
    mlflow.log_metric("rmse", 0.71)
"""

_PYTHON = Template(
    """\
import os

import mlflow

os.environ["MLFLOW_TRACKING_TOKEN"] = "$token"
${workspace}mlflow.set_tracking_uri("$address")

"""
    + _LOG
)

_SHELL = Template(
    """\
export MLFLOW_TRACKING_URI="$address"
${workspace}export MLFLOW_TRACKING_TOKEN="$token"
python train.py
"""
)

_NOTEBOOK = Template(
    """\
# The token is asked for, so that it is not saved in the notebook.
%pip install -q mlflow
import os
from getpass import getpass

import mlflow

os.environ["MLFLOW_TRACKING_TOKEN"] = getpass("Token: ")
${workspace}mlflow.set_tracking_uri("$address")

"""
    + _LOG
)

# Per language: how it is highlighted, how the project is set in a variable, the text.
LANGUAGES = {
    "Python": ("python", 'os.environ["MLFLOW_WORKSPACE"] = "$project"\n', _PYTHON),
    "Shell": ("bash", 'export MLFLOW_WORKSPACE="$project"\n', _SHELL),
    "Notebook": ("python", 'os.environ["MLFLOW_WORKSPACE"] = "$project"\n', _NOTEBOOK),
}


def snippet(
    language: str, style: str, *, api_url: str, project: str, token: str = PLACEHOLDER
) -> str:
    """The text to paste. `language` is a key of LANGUAGES, `style` one of STYLES."""
    _, variable, text = LANGUAGES[language]
    base = api_url.rstrip("/")
    in_address = style == STYLES[0]
    return text.substitute(
        token=token,
        address=f"{base}/projects/{project}" if in_address else base,
        workspace="" if in_address else Template(variable).substitute(project=project),
    )


def shell(style: str, *, api_url: str, project: str, token: str, run_id: str = "") -> str:
    """What a shell needs; with a run's id, for a job that goes on with that run."""
    text = snippet("Shell", style, api_url=api_url, project=project, token=token)
    before, command, after = text.rpartition("python ")
    return f'{before}export MLFLOW_RUN_ID="{run_id}"\n{command}{after}' if run_id else text

"""The demo's prompts: what the program that explains alarms asks models, as it grew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import mlflow
from mlflow.tracking import MlflowClient

from ops.demo.cast import AMELIA, BEN, CHIARA, FRAUD
from ops.demo.tracking import Studio

EXPLAIN = "explain-alarm"
SUMMARY = "shift-summary"

Messages = list[dict[str, Any]]


@dataclass(frozen=True)
class Version:
    """One version: who writes it, what is new, and the aliases that it gets."""

    author: str
    message: str
    template: str | Messages
    aliases: Sequence[str] = ()
    response_format: dict[str, Any] | None = None
    configuration: dict[str, Any] | None = None


@dataclass(frozen=True)
class DemoPrompt:
    """A prompt with its versions in order; `promoter` has a role that may set aliases."""

    project: str
    name: str
    description: str
    promoter: str
    versions: tuple[Version, ...]
    tags: Mapping[str, str] = field(default_factory=dict)


_SYSTEM = "You explain to a clerk of a bank why a payment was stopped."

PROMPTS = (
    DemoPrompt(
        FRAUD,
        EXPLAIN,
        "What the alarm explainer asks the model for each question of a clerk.",
        BEN,
        (
            Version(
                AMELIA,
                "First words",
                [
                    {"role": "system", "content": f"{_SYSTEM} Be short."},
                    {"role": "user", "content": "{{question}}\nFound: {{payments}}"},
                ],
            ),
            Version(
                CHIARA,
                "The model sees the risk and says how sure it is",
                [
                    {
                        "role": "system",
                        "content": f"{_SYSTEM} Be short.\nSay how sure you are: low, medium, high.",
                    },
                    {
                        "role": "user",
                        "content": "{{question}}\nFound: {{payments}}\nRisk: {{risk}}",
                    },
                ],
                ("production",),
                {
                    "type": "object",
                    "properties": {
                        "answer": {"type": "string"},
                        "sure": {"enum": ["low", "medium", "high"]},
                    },
                    "required": ["answer", "sure"],
                },
                {"model_name": "small-chat", "temperature": 0.2, "max_tokens": 200},
            ),
            Version(
                BEN,
                "No names of customers in answers",
                [
                    {
                        "role": "system",
                        "content": f"{_SYSTEM} Be short and polite.\n"
                        "Say how sure you are: low, medium, high.\n"
                        "Never name a customer.",
                    },
                    {
                        "role": "user",
                        "content": "{{question}}\nFound: {{payments}}\nRisk: {{risk}}",
                    },
                ],
                ("staging",),
                {
                    "type": "object",
                    "properties": {
                        "answer": {"type": "string"},
                        "sure": {"enum": ["low", "medium", "high"]},
                    },
                    "required": ["answer", "sure"],
                },
                {"model_name": "small-chat", "temperature": 0.0, "max_tokens": 200},
            ),
        ),
        {"team": "payments", "language": "en"},
    ),
    DemoPrompt(
        FRAUD,
        SUMMARY,
        "A note for the next shift.",
        BEN,
        (
            Version(CHIARA, "First draft", "Summarise the alarms of {{shift}}:\n\n{{alarms}}\n"),
            Version(
                CHIARA,
                "In points",
                "Summarise the alarms of {{shift}} in at most five points:\n\n{{alarms}}\n",
                ("production",),
            ),
            Version(
                AMELIA,
                "The most expensive first",
                "Summarise the alarms of {{shift}} in at most {{points}} points, "
                "the most expensive first:\n\n{{alarms}}\n\nEnd with what is still open.\n",
            ),
        ),
    ),
)


def register(studio: Studio, prompt: DemoPrompt) -> int:
    """Register what is missing of the prompt; how many versions that were."""
    studio.become(prompt.promoter, prompt.project)
    present = len(_versions(prompt.name))
    for number, version in enumerate(prompt.versions, start=1):
        if number > present:
            studio.become(version.author, prompt.project)
            if number == 1:
                _create(prompt, version.author)
            mlflow.genai.register_prompt(
                prompt.name,
                version.template,
                commit_message=version.message,
                # The API writes the true author into it.
                tags={"mlflow.user": version.author},
                response_format=version.response_format,
                model_config=version.configuration,
            )
        studio.become(prompt.promoter, prompt.project)
        for alias in version.aliases:
            named = f"prompts:/{prompt.name}@{alias}"
            if mlflow.genai.load_prompt(named, allow_missing=True) is None:
                mlflow.genai.set_prompt_alias(prompt.name, alias, number)
    return max(0, len(prompt.versions) - present)


def _create(prompt: DemoPrompt, author: str) -> None:
    tags = {"mlflow.user": author, **prompt.tags}
    MlflowClient().create_prompt(prompt.name, prompt.description, tags)


def _versions(name: str) -> list[str]:
    where = f"name = '{name}' AND tags.`mlflow.prompt.is_prompt` = 'true'"
    return [str(one.version) for one in MlflowClient().search_model_versions(where)]

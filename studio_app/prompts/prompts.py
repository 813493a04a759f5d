"""Prompts of a project as MLflow has them: registered models of a kind, with texts as versions.

What a model has in common with a prompt (aliases, descriptions, deletion) is done by
`studio_app.models.registry`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from studio_app.api.client import ApiError, Client, Json
from studio_app.models.registry import quoted
from studio_app.prompts import templates
from studio_app.prompts.templates import Message
from studio_app.runs.tracking import API

# How MLflow marks a prompt and keeps its texts (mlflow.prompt.constants of 3.17).
IS_PROMPT = "mlflow.prompt.is_prompt"
_TEXT = "mlflow.prompt.text"
_TYPE = "_mlflow_prompt_type"
_RESPONSE_FORMAT = "_mlflow_prompt_response_format"
_CONFIGURATION = "_mlflow_prompt_model_config"
# What MLflow's own client sends where a model would say where it comes from.
_SOURCE = "dummy-source"
# The API puts the name of who asks in the place of whatever stands there.
_AUTHOR = "mlflow.user"
# Tags with such names are MLflow's own.
_OWN = ("mlflow.", "_mlflow_")

NAME_RULE = "Letters, digits, dots, _ and -."
# The most signs of a text that MLflow takes, and of a commit message.
LONGEST_TEXT = 100_000
LONGEST_MESSAGE = 5_000


@dataclass(frozen=True)
class Prompt:
    """A prompt without its versions. `aliases` are numbers of versions by alias."""

    name: str
    description: str
    aliases: Mapping[str, str]
    tags: Mapping[str, str]
    author: str
    updated: int | None


@dataclass(frozen=True)
class PromptVersion:
    """One version. `text` is the template as it is stored, of a chat its messages as JSON.

    `response_format` and `configuration` are JSON, or empty.
    """

    number: str
    text: str
    messages: Sequence[Message]
    chat: bool
    message: str
    author: str
    created: int | None
    aliases: Sequence[str]
    tags: Mapping[str, str]
    response_format: str
    configuration: str

    @property
    def variables(self) -> list[str]:
        """The names of its variables."""
        return templates.variables(self.messages)


@dataclass(frozen=True)
class Draft:
    """A version to be."""

    text: str
    chat: bool
    message: str = ""
    response_format: str = ""
    configuration: str = ""


def search(
    client: Client, *, project: str | None, query: str, max_results: int, page_token: str
) -> tuple[list[Json], str]:
    """One page of prompts over projects, changed last first, and where the next one begins."""
    answer = client.models(
        project=project,
        query=query,
        filter_text=f"tags.`{IS_PROMPT}` = 'true'",
        max_results=max_results,
        page_token=page_token,
    )
    return answer["models"], str(answer["next_page_token"])


def read(client: Client, project: str, name: str) -> Prompt | None:
    """One prompt; None for a name that nothing has, or a model."""
    found = _ask(client, project, "registered-models/get", {"name": name})
    if found is None:
        return None
    model: Json = found["registered_model"]
    tags = _pairs(model.get("tags"))
    if not is_prompt(tags):
        return None
    return Prompt(
        name=str(model["name"]),
        description=str(model.get("description") or ""),
        aliases={str(one["alias"]): str(one["version"]) for one in model.get("aliases", [])},
        tags=shown_tags(tags),
        author=author_of(tags),
        updated=model.get("last_updated_timestamp"),
    )


def versions(
    client: Client, project: str, prompt: Prompt, limit: int, page_token: str = ""
) -> tuple[list[PromptVersion], str]:
    """One page of versions, the newest first, and where the next one begins."""
    asked = {
        "filter": f"name = {quoted(prompt.name)} AND tags.`{IS_PROMPT}` = 'true'",
        "order_by": "version_number DESC",
        "max_results": limit,
        "page_token": page_token,
    }
    answer = client.mlflow(project, "GET", f"{API}/model-versions/search", query=asked)
    # Some databases compare names in any case.
    found = [one for one in answer.get("model_versions", []) if one["name"] == prompt.name]
    return [_version(one, prompt) for one in found], str(answer.get("next_page_token") or "")


def version(client: Client, project: str, prompt: Prompt, number: str) -> PromptVersion | None:
    """One version; None for a number that there is none of."""
    asked = {"name": prompt.name, "version": number}
    found = _ask(client, project, "model-versions/get", asked) if number.isdecimal() else None
    return None if found is None else _version(found["model_version"], prompt)


def create(client: Client, project: str, name: str, description: str, username: str) -> None:
    """A new prompt without versions. Raises ApiError when the name is in use."""
    body = {
        "name": name,
        "description": description,
        "tags": _entries({IS_PROMPT: "true", _AUTHOR: username}),
    }
    client.mlflow(project, "POST", f"{API}/registered-models/create", body=body)


def add_version(client: Client, project: str, name: str, draft: Draft, username: str) -> str:
    """The number of a new version."""
    kind = "chat" if draft.chat else "text"
    tags = {IS_PROMPT: "true", _TEXT: draft.text, _TYPE: kind, _AUTHOR: username}
    if draft.response_format:
        tags[_RESPONSE_FORMAT] = draft.response_format
    if draft.configuration:
        tags[_CONFIGURATION] = draft.configuration
    body = {
        "name": name,
        "source": _SOURCE,
        "description": draft.message,
        "tags": _entries(tags),
    }
    answer = client.mlflow(project, "POST", f"{API}/model-versions/create", body=body)
    return str(answer["model_version"]["version"])


def set_tag(client: Client, project: str, name: str, key: str, value: str) -> None:
    """Sets one tag of a prompt."""
    body = {"name": name, "key": key, "value": value}
    client.mlflow(project, "POST", f"{API}/registered-models/set-tag", body=body)


def delete_tag(client: Client, project: str, name: str, key: str) -> None:
    """Removes one tag of a prompt."""
    body = {"name": name, "key": key}
    client.mlflow(project, "DELETE", f"{API}/registered-models/delete-tag", body=body)


def is_prompt(tags: Mapping[str, str]) -> bool:
    """Whether a registered model with these tags is a prompt."""
    return tags.get(IS_PROMPT, "").lower() == "true"


def shown_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """The tags that people set, by name."""
    return {key: tags[key] for key in sorted(tags) if not key.startswith(_OWN)}


def author_of(tags: Mapping[str, str]) -> str:
    """Who wrote it, as far as it was said."""
    return tags.get(_AUTHOR, "")


def _version(found: Json, prompt: Prompt) -> PromptVersion:
    number, tags = str(found["version"]), _pairs(found.get("tags"))
    text = tags.get(_TEXT, "")
    messages = templates.read_messages(text) if tags.get(_TYPE) == "chat" else None
    return PromptVersion(
        number=number,
        text=text,
        messages=[Message("", text)] if messages is None else messages,
        chat=messages is not None,
        message=str(found.get("description") or ""),
        author=str(found.get("user_id") or "") or author_of(tags),
        created=found.get("creation_timestamp"),
        aliases=sorted(alias for alias, target in prompt.aliases.items() if target == number),
        tags=shown_tags(tags),
        response_format=tags.get(_RESPONSE_FORMAT, ""),
        configuration=tags.get(_CONFIGURATION, ""),
    )


def _ask(client: Client, project: str, path: str, query: dict[str, Any]) -> Json | None:
    try:
        found: Json = client.mlflow(project, "GET", f"{API}/{path}", query=query)
    except ApiError as error:
        if error.error_code in {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"}:
            return None
        raise
    return found


def _pairs(tags: object) -> dict[str, str]:
    entries = tags if isinstance(tags, list) else []
    return {str(one["key"]): str(one.get("value", "")) for one in entries}


def _entries(tags: Mapping[str, str]) -> list[Json]:
    return [{"key": key, "value": value} for key, value in tags.items()]

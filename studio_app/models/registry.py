"""Registered models of one project: versions, aliases and tags."""

import json
from typing import cast
from urllib.parse import quote

import pandas as pd

from studio_app.api.client import Client, Json
from studio_app.runs.run_frames import as_number
from studio_app.runs.tracking import API

_COLUMNS = [
    "version",
    "aliases",
    "status",
    "created",
    "user",
    "run_id",
    "source",
    "tags",
    "description",
    "model_id",
]
_PAGE = 200

# Where MLflow notes on a logged model which versions were made of it; the same one often twice.
_REGISTERED = "mlflow.modelVersions"
_OF_LOGGED_MODEL = "models:/m-"


def model(client: Client, project: str, name: str) -> Json:
    """One registered model; `aliases` and `tags` are dicts. Raises ApiError 404."""
    answer = client.mlflow(project, "GET", f"{API}/registered-models/get", query={"name": name})
    found: Json = answer["registered_model"]
    aliases = {str(entry["alias"]): str(entry["version"]) for entry in found.get("aliases", [])}
    return found | {"aliases": aliases, "tags": _tags(found)}


def versions(
    client: Client, project: str, name: str, aliases: dict[str, str], limit: int = _PAGE
) -> tuple[pd.DataFrame, bool]:
    """The newest versions of a model as rows, and whether there are more."""
    answer = client.mlflow(
        project,
        "GET",
        f"{API}/model-versions/search",
        query={
            "filter": f"name = {quoted(name)}",
            "order_by": "version_number DESC",
            "max_results": limit,
        },
    )
    found = [entry for entry in answer.get("model_versions", []) if entry["name"] == name]
    records = [_version(entry, aliases) for entry in found]
    frame = pd.DataFrame.from_records(records, columns=_COLUMNS)
    return frame, bool(answer.get("next_page_token"))


def create_model(client: Client, project: str, name: str, description: str = "") -> None:
    """A new registered model without versions. Raises ApiError when the name is in use."""
    body = {"name": name, "description": description}
    client.mlflow(project, "POST", f"{API}/registered-models/create", body=body)


def register_version(
    client: Client, project: str, name: str, source: str, run_id: str, model_id: str
) -> str:
    """The number of a new version made of a logged model; the model is created if missing."""
    found = client.mlflow(
        project,
        "GET",
        f"{API}/registered-models/search",
        query={"filter": f"name = {quoted(name)}", "max_results": 10},
    )
    if name not in [entry["name"] for entry in found.get("registered_models", [])]:
        create_model(client, project, name)
    answer = client.mlflow(
        project,
        "POST",
        f"{API}/model-versions/create",
        body={"name": name, "source": source, "run_id": run_id, "model_id": model_id},
    )
    return str(answer["model_version"]["version"])


def describe_model(client: Client, project: str, name: str, text: str) -> None:
    """Replaces the description of a model."""
    body = {"name": name, "description": text}
    client.mlflow(project, "PATCH", f"{API}/registered-models/update", body=body)


def describe_version(client: Client, project: str, name: str, version: str, text: str) -> None:
    """Replaces the description of a version."""
    body = {"name": name, "version": version, "description": text}
    client.mlflow(project, "PATCH", f"{API}/model-versions/update", body=body)


def delete_model(client: Client, project: str, name: str) -> None:
    """Deletes a model with all its versions, for good."""
    client.mlflow(project, "DELETE", f"{API}/registered-models/delete", body={"name": name})


def delete_version(client: Client, project: str, name: str, version: str) -> None:
    """Deletes one version, for good; its aliases go with it."""
    body = {"name": name, "version": version}
    client.mlflow(project, "DELETE", f"{API}/model-versions/delete", body=body)


def set_alias(client: Client, project: str, name: str, alias: str, version: str) -> None:
    """Points an alias at a version; it leaves the version that it was on."""
    body = {"name": name, "alias": alias, "version": version}
    client.mlflow(project, "POST", f"{API}/registered-models/alias", body=body)


def remove_alias(client: Client, project: str, name: str, alias: str) -> None:
    """Removes an alias from a model."""
    body = {"name": name, "alias": alias}
    client.mlflow(project, "DELETE", f"{API}/registered-models/alias", body=body)


def set_version_tag(
    client: Client, project: str, name: str, version: str, key: str, value: str
) -> None:
    """Sets one tag of a version."""
    body = {"name": name, "version": version, "key": key, "value": value}
    client.mlflow(project, "POST", f"{API}/model-versions/set-tag", body=body)


def delete_version_tag(client: Client, project: str, name: str, version: str, key: str) -> None:
    """Removes one tag of a version."""
    body = {"name": name, "version": version, "key": key}
    client.mlflow(project, "DELETE", f"{API}/model-versions/delete-tag", body=body)


def logged_model(client: Client, project: str, model_id: str) -> Json:
    """One logged model: its info, the newest value of each metric that was logged on it, and its
    registered versions as (name, version) pairs."""
    answer = client.mlflow(project, "GET", f"{API}/logged-models/{quote(model_id, safe='')}")
    return _logged_model(answer["model"])


def logged_models(
    client: Client, project: str, experiment_ids: list[str], query: str, limit: int, token: str
) -> tuple[list[Json], str]:
    """A page of the models that were logged in some experiments, the newest first, and the token
    of the next; each as `logged_model` gives it. `query` is a part of their names."""
    # The filter has no escape: these would end the text, and no name is found by them.
    part = query.replace("'", "").replace("\\", "")
    answer = client.mlflow(
        project,
        "POST",
        f"{API}/logged-models/search",
        body={
            "experiment_ids": experiment_ids,
            "filter": f"name ILIKE '%{part}%'" if part else "",
            "order_by": [{"field_name": "creation_timestamp", "ascending": False}],
            "max_results": limit,
            "page_token": token,
        },
    )
    found = [_logged_model(entry) for entry in answer.get("models", [])]
    return found, str(answer.get("next_page_token") or "")


def quoted(text: str) -> str:
    """A value of MLflow's filters in quotes.

    The filters have no escape: a text with both kinds of quotes cannot be written, so its
    single quotes are dropped, which finds nothing rather than something else.
    """
    if "'" not in text:
        return f"'{text}'"
    return f'"{text}"' if '"' not in text else "'" + text.replace("'", "") + "'"


def _version(entry: Json, aliases: dict[str, str]) -> Json:
    number, source = str(entry["version"]), str(entry.get("source") or "")
    return {
        "version": number,
        "aliases": sorted(alias for alias, target in aliases.items() if target == number),
        "status": str(entry.get("status", "")),
        "created": entry.get("creation_timestamp"),
        "user": str(entry.get("user_id") or ""),
        "run_id": str(entry.get("run_id") or ""),
        "source": source,
        "tags": _tags(entry),
        "description": str(entry.get("description") or ""),
        "model_id": source.removeprefix("models:/") if source.startswith(_OF_LOGGED_MODEL) else "",
    }


def _logged_model(entry: Json) -> Json:
    info = cast("Json", entry["info"])
    tags = _tags(info)
    metrics = _newest(entry.get("data", {}).get("metrics", []))
    registered = _registered(tags.get(_REGISTERED, ""))
    return info | {"tags": tags, "registered": registered, "metrics": metrics}


def _newest(metrics: list[Json]) -> dict[str, float]:
    """The value of each metric at its last step, of those at one step the one logged last."""
    ordered = sorted(
        metrics, key=lambda one: (int(one.get("step", 0)), int(one.get("timestamp", 0)))
    )
    return {str(one["key"]): as_number(one.get("value")) for one in ordered}


def _registered(noted: str) -> list[tuple[str, str]]:
    try:
        entries = json.loads(noted) if noted else []
        return sorted({(str(entry["name"]), str(entry["version"])) for entry in entries})
    except (ValueError, TypeError, KeyError):
        return []


def _tags(entry: Json) -> dict[str, str]:
    return {str(tag["key"]): str(tag.get("value", "")) for tag in entry.get("tags", [])}

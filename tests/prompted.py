"""Prompts for tests of Studio's pages, registered and linked as MLflow's own client does it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from laboratory import Lab
from people import Person

HOSTILE = "<script>alert(1)</script> **not bold** $(touch x)"
IS_PROMPT = {"key": "mlflow.prompt.is_prompt", "value": "true"}

Template = str | Sequence[dict[str, Any]]

TEXTS = (
    "Answer {{question}}.\nBe short.\n" + HOSTILE,
    "Answer {{question}} in {{language}}.\nBe short.\n" + HOSTILE,
    "Answer {{question}} in {{language}}.\nBe very short.\n" + HOSTILE,
)
CHAT = (
    {"role": "system", "content": "You are {{tone}}."},
    {"role": "user", "content": "{{question}}"},
)


def register_prompt(
    person: Person, project: str, name: str, templates: Sequence[Template] = TEXTS, **more: str
) -> str:
    """A new prompt with a version for each template; `more` are tags of all versions."""
    ask(person, project, "registered-models/create", {"name": name, "tags": [IS_PROMPT]})
    for number, template in enumerate(templates, start=1):
        chat = not isinstance(template, str)
        tags = {
            "mlflow.prompt.text": json.dumps(template) if chat else template,
            "_mlflow_prompt_type": "chat" if chat else "text",
            "mlflow.user": "somebody",
            **more,
        }
        body = {
            "name": name,
            "source": "dummy-source",
            "description": f"Change {number}.",
            "tags": [IS_PROMPT, *({"key": key, "value": tags[key]} for key in tags)],
        }
        ask(person, project, "model-versions/create", body)
    return name


def set_alias(person: Person, project: str, name: str, alias: str, version: str) -> None:
    """Points an alias at a version."""
    body = {"name": name, "alias": alias, "version": version}
    ask(person, project, "registered-models/alias", body)


def link_prompt(person: Person, lab: Lab, trace_id: str, name: str, version: str) -> None:
    """Says that a trace used a version, in MLflow's table and in the trace's tag."""
    used = {"name": name, "version": version}
    body = {"trace_id": trace_id, "prompt_versions": [used]}
    ask(person, lab.project, "traces/link-prompts", body)
    reply = person.ask(
        "PATCH",
        f"/projects/{lab.project}/api/3.0/mlflow/traces/{trace_id}/tags",
        {"key": "mlflow.linkedPrompts", "value": json.dumps([used])},
    )
    assert reply.status == 200, reply.body


def ask(person: Person, project: str, path: str, body: object) -> None:
    """Sends something to MLflow's REST that must work."""
    reply = person.mlflow(project, "POST", path, body)
    assert reply.status == 200, reply.body

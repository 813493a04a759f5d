"""All that a person can read of a project, to be compared before and after."""

from __future__ import annotations

import json
from collections.abc import Iterable

from people import Person, Reply
from uac_api.access.decisions.roles import Action
from uac_api.proxy.rules import Rule

from . import OPEN, asks
from .estate import Estate

View = dict[str, str]


def reading(rules: Iterable[Rule] = OPEN) -> list[Rule]:
    """The rows that change nothing."""
    safe = (Action.READ, None)
    return [rule for rule in rules if rule.action in safe or rule.method == "GET"]


def writing(rules: Iterable[Rule] = OPEN) -> list[Rule]:
    """The rows that change something."""
    safe = reading()
    return [rule for rule in rules if rule not in safe]


def family(rule: Rule) -> str:
    """The part of MLflow that a row is of: `runs`, `datasets`, `mlflow-artifacts`."""
    parts = rule.path.split("/")
    if len(parts) > 3 and parts[3] == "mlflow":
        return parts[4]
    return parts[3] if parts[1] == "api" else parts[1]


def view(person: Person, estate: Estate, rules: Iterable[Rule] = OPEN) -> View:
    """What the reading rows answer, and who is a member."""
    seen = {}
    for rule in reading(rules):
        for ask in asks(rule, estate):
            reply = ask.by(person, estate.slug)
            seen[f"{ask.method} {ask.target} {ask.body}"] = _stable(reply)
    members = person.studio("GET", f"/projects/{estate.slug}/members")
    seen["members"] = _stable(members)
    return seen


def _stable(reply: Reply) -> str:
    """Status and body without what is new in every answer."""
    text = reply.body.decode(errors="replace")
    try:
        document = json.loads(text)
    except ValueError:
        return f"{reply.status} {text}"
    if isinstance(document, dict):
        document.pop("request_id", None)
    return f"{reply.status} {json.dumps(document, sort_keys=True)}"

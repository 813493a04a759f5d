"""Two projects with names that stand nowhere else, and every way to name them in a question."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from typing import Any

from content import done, new_experiment, new_model, new_run
from people import Person, Reply

QUERY, COLUMNS, CURVES = "/runs/query", "/runs/columns", "/metrics/curves"
JSON = {"Accept": "application/json"}
# What every project has: it says nothing of whose.
LOSS = "loss"
# Of a JSON answer, where there is a further page.
PAGE_TOKEN = re.compile(r'"next_page_token": "[^"]+"')


@dataclass(frozen=True)
class House:
    """A project's content, by names that stand nowhere else; or names that stand nowhere at all."""

    slug: str
    experiment: str
    experiment_name: str
    run: str
    run_name: str
    binned: str
    model: str
    metric: str
    param: str
    value: str
    tag: str

    @property
    def words(self) -> list[str]:
        """What nobody outside may read; a number of an experiment may be any number."""
        return [word for word in astuple(self) if word != self.experiment]


def names(slug: str) -> House:
    """Names of which nothing was made."""
    mark = uuid.uuid4().hex
    return House(
        slug=slug,
        experiment=str(10**8 + int(mark[:6], 16)),
        experiment_name=f"experiment-{mark}",
        run=uuid.uuid4().hex,
        run_name=f"run-{mark}",
        binned=uuid.uuid4().hex,
        model=f"m-{uuid.uuid4().hex}",
        metric=f"metric_{mark}",
        param=f"param_{mark}",
        value=f"value-{mark}",
        tag=f"tag_{mark}",
    )


def build(person: Person, slug: str) -> House:
    """A project with three runs, one of them in the trash, and a logged model."""
    wanted = names(slug)
    experiment = new_experiment(person, slug, wanted.experiment_name)
    runs = []
    for number in range(3):
        made = new_run(
            person, slug, experiment, run_name=wanted.run_name, start_time=1000 * (number + 1)
        )
        runs.append(str(made["info"]["run_id"]))
    model = new_model(person, slug, experiment, runs[0])
    for number, run in enumerate(runs):
        points = [
            {"key": key, "value": number + step / 10, "timestamp": 2000 + step, "step": step}
            for key in (LOSS, wanted.metric)
            for step in range(5)
        ]
        if number == 0:
            points += [{**point, "model_id": model} for point in points]
        body = {
            "run_id": run,
            "metrics": points,
            "params": [{"key": wanted.param, "value": wanted.value}],
            "tags": [{"key": wanted.tag, "value": wanted.value}],
        }
        done(person.mlflow(slug, "POST", "runs/log-batch", body))
    done(person.mlflow(slug, "POST", "runs/delete", {"run_id": runs[2]}))
    return House(
        slug=slug,
        experiment=experiment,
        experiment_name=wanted.experiment_name,
        run=runs[0],
        run_name=wanted.run_name,
        binned=runs[2],
        model=model,
        metric=wanted.metric,
        param=wanted.param,
        value=wanted.value,
        tag=wanted.tag,
    )


def ask(person: Person, path: str, body: dict[str, Any]) -> Reply:
    """What somebody gets, in JSON."""
    if path == CURVES:
        body = {"metrics": [LOSS], **body}
    return person.studio("POST", path, body, headers=JSON)


def questions(house: House) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every way to name a thing of the house without naming the project."""
    filters = [
        f"attributes.run_id = '{house.run}'",
        f"attributes.run_id IN ('{house.run}', '{house.binned}')",
        f"attributes.experiment_id = '{house.experiment}'",
        f"attributes.experiment_name = '{house.experiment_name}'",
        f"attributes.run_name LIKE '{house.run_name[:20]}%'",
        f"NOT attributes.run_name != '{house.run_name}'",
        f"metrics.{house.metric} IS NOT NULL",
        f"metrics.{house.metric} < 100 OR metrics.{house.metric} IS NULL AND tags.x = 'y'",
        f"params.{house.param} = '{house.value}'",
        f"tags.{house.tag} ILIKE '%{house.value[6:]}'",
    ]
    views = ("active", "deleted", "all")
    for path in (QUERY, COLUMNS, CURVES):
        yield from ((path, {"runs": [run]}) for run in (house.run, house.binned))
        yield from ((path, {"runs": [house.run, house.binned], "view": view}) for view in views)
        yield from ((path, {"experiments": [house.experiment], "view": view}) for view in views)
        yield from ((path, {"filter": text, "view": "all"}) for text in filters)
    yield QUERY, {"columns": [f"metrics.{house.metric}", f"params.{house.param}"], "limit": 3}
    yield QUERY, {"order": [{"by": f"params.{house.param}"}], "limit": 3}
    yield QUERY, {"baseline": house.run, "columns": [f"metrics.{LOSS}"], "limit": 3}
    yield QUERY, {"group_by": [f"params.{house.param}"], "metrics": [house.metric]}
    yield QUERY, {"group_by": [f"tags.{house.tag}"], "runs": [house.run]}
    yield QUERY, {"experiments": [house.experiment], "all": True, "columns": "auto"}
    yield CURVES, {"metrics": [house.metric]}
    yield CURVES, {"models": [house.model]}
    yield CURVES, {"models": [house.model], "metrics": [house.metric]}
    yield CURVES, {"group_by": [f"params.{house.param}"], "experiments": [house.experiment]}


def told(reply: Reply, house: House) -> tuple[int, str, dict[str, str]]:
    """Status, body and headers of an answer, with a sign in place of what the question named.

    A page token is encrypted, so two of the same page differ: only whether there is one is told.
    """
    body = PAGE_TOKEN.sub('"next_page_token": "one"', reply.body.decode())
    if reply.status >= 400:
        document = reply.json
        del document["request_id"]
        body = json.dumps(document)
    # A number would be found in many a moment.
    for word in [*house.words, f"'{house.experiment}'"]:
        body = body.replace(word, "...")
    headers = {name: value for name, value in reply.headers.items() if name.startswith("x-")}
    headers.pop("x-request-id", None)
    if headers.get("x-next-page-token"):
        headers["x-next-page-token"] = "one"
    return reply.status, body, headers

"""What a project holds in tests: one of everything, logged through the proxy by REST."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, fields
from typing import Any
from urllib.parse import quote

from evaluation import QUESTION, RATIONALE, TEMPLATE, judge
from people import Person, Reply

METRIC, VALUE = "accuracy-of-alice", 0.8125
FILE, TEXT = "notes/plan.txt", b"what alice plans for the next quarter"


@dataclass(frozen=True)
class Content:
    """The ids, names and values of one project's content."""

    slug: str
    experiment: str
    experiment_name: str
    run: str
    run_name: str
    model: str
    registered: str
    version: str
    alias: str
    trace: str
    assessment: str
    dataset: str
    dataset_name: str
    scorer: str
    schema: str
    schema_name: str
    queue: str
    queue_name: str
    issue: str
    issue_name: str
    prompt: str

    @property
    def artifacts(self) -> str:
        """The folder of the run's artifacts, as MLflow's artifact proxy names it."""
        return f"workspaces/{self.slug}/{self.experiment}/{self.run}/artifacts"

    @property
    def words(self) -> tuple[str, ...]:
        """What nobody outside the project may ever read."""
        ids = (self.run, self.model, self.trace, self.assessment, self.dataset, self.schema)
        names = (self.experiment_name, self.run_name, self.registered, self.alias, self.prompt)
        more = (self.dataset_name, self.scorer, self.schema_name, self.queue_name, self.issue_name)
        texts = (METRIC, str(VALUE), FILE, TEXT.decode(), RATIONALE, QUESTION, TEMPLATE)
        return (*ids, self.queue, self.issue, *names, *more, *texts)


# For the names of test cases that are told by content.
NO_CONTENT = Content(*["x"] * len(fields(Content)))


def artifact(slug: str, path: str) -> str:
    """The address of a file behind MLflow's artifact proxy; `path` as it is to be sent."""
    return f"/projects/{slug}/api/2.0/mlflow-artifacts/artifacts/{path}"


def v3(person: Person, slug: str, method: str, path: str, body: object = None) -> Reply:
    """Ask the newer half of MLflow's REST; `path` comes after /api/3.0/mlflow/."""
    return person.ask(method, f"/projects/{slug}/api/3.0/mlflow/{path}", body)


def done(reply: Reply) -> Any:
    """The document of a reply that must be good."""
    assert reply.status == 200, (reply.status, reply.body)
    return reply.json


def refused(reply: Reply, reason: str = "foreign_reference") -> bool:
    """Whether it is the refusal for that reason."""
    return (reply.status, reply.json.get("reason")) == (400, reason)


def new_run(person: Person, slug: str, experiment: str, **fields: object) -> dict[str, Any]:
    """A new run, as MLflow describes it."""
    body = {"experiment_id": experiment, "start_time": 1, **fields}
    run: dict[str, Any] = done(person.mlflow(slug, "POST", "runs/create", body))["run"]
    return run


def new_experiment(person: Person, slug: str, name: str = "") -> str:
    """A new experiment's id."""
    body = {"name": name or f"experiment-{uuid.uuid4().hex[:8]}"}
    return str(done(person.mlflow(slug, "POST", "experiments/create", body))["experiment_id"])


def new_model(person: Person, slug: str, experiment: str, run: str, **fields: object) -> str:
    """A new logged model's id."""
    body = {"experiment_id": experiment, "name": "forest", "source_run_id": run, **fields}
    reply = done(person.mlflow(slug, "POST", "logged-models", body))
    return str(reply["model"]["info"]["model_id"])


def new_trace(person: Person, slug: str, experiment: str, **fields: object) -> str:
    """A new trace's id."""
    trace = f"tr-{uuid.uuid4().hex}"
    place = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment}}
    info = {
        "trace_id": trace,
        "trace_location": place,
        "request_time": "2026-01-01T00:00:00Z",
        "state": "OK",
        **fields,
    }
    done(v3(person, slug, "POST", "traces", {"trace": {"trace_info": info}}))
    return trace


def new_version(person: Person, slug: str, name: str, **fields: object) -> Reply:
    """What MLflow answers to a new version of a registered model."""
    return person.mlflow(slug, "POST", "model-versions/create", {"name": name, **fields})


def fill(person: Person, slug: str) -> Content:
    """Log one of everything into the project."""
    mark = uuid.uuid4().hex[:8]
    experiment_name, registered, alias = f"churn-{mark}", f"forest-{mark}", f"champion-{mark}"
    experiment = new_experiment(person, slug, experiment_name)
    run_name = f"thursday-{mark}"
    run = new_run(person, slug, experiment, run_name=run_name)["info"]["run_id"]
    metric = {"run_id": run, "key": METRIC, "value": VALUE, "timestamp": 1, "step": 0}
    done(person.mlflow(slug, "POST", "runs/log-metric", metric))
    model = new_model(person, slug, experiment, run)
    done(person.mlflow(slug, "POST", "registered-models/create", {"name": registered}))
    named = {"source": f"models:/{model}", "model_id": model, "run_id": run}
    version = done(new_version(person, slug, registered, **named))["model_version"]["version"]
    pointed = {"name": registered, "alias": alias, "version": version}
    done(person.mlflow(slug, "POST", "registered-models/alias", pointed))
    trace = new_trace(person, slug, experiment)
    content = Content(
        slug=slug,
        experiment=experiment,
        experiment_name=experiment_name,
        run=run,
        run_name=run_name,
        model=model,
        registered=registered,
        version=version,
        alias=alias,
        trace=trace,
        **judge(person, slug, experiment, trace, mark),
    )
    path = artifact(slug, f"{content.artifacts}/{quote(FILE)}")
    assert person.ask("PUT", path, raw=TEXT).status == 200
    return content


def metrics(person: Person, slug: str, run: str) -> dict[str, float]:
    """The latest metrics of a run."""
    data = done(person.mlflow(slug, "GET", f"runs/get?run_id={run}"))["run"]["data"]
    return {metric["key"]: metric["value"] for metric in data.get("metrics", [])}


def tags(person: Person, slug: str, run: str) -> dict[str, str]:
    """The tags of a run."""
    data = done(person.mlflow(slug, "GET", f"runs/get?run_id={run}"))["run"]["data"]
    return {tag["key"]: tag["value"] for tag in data.get("tags", [])}

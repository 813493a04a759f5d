"""A project with one of everything, and with what a request can take away or bring back."""

from __future__ import annotations

import json
import uuid
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import quote

from content import (
    FILE,
    TEXT,
    Content,
    artifact,
    done,
    fill,
    new_experiment,
    new_run,
    new_trace,
    v3,
)
from evaluation import root_span
from people import Person

# The tags that every thing carries; the second is for the second dialect of traces.
TAG, OTHER_TAG = "mood", "humour"


@dataclass(frozen=True)
class Estate(Content):
    """Content with a webhook, a record's id, a trace in no queue, a deleted run and experiment."""

    webhook: str
    record: str
    spare_trace: str
    gone_run: str
    gone_experiment: str

    @property
    def words(self) -> tuple[str, ...]:
        """What nobody outside the project may ever read."""
        ids = (self.webhook, self.record, self.spare_trace, self.gone_run)
        return (*super().words, *ids, *marked(self).values())

    @property
    def variables(self) -> dict[str, str]:
        """The variables of the paths of rows."""
        return {
            "model_id": self.model,
            "trace_id": self.trace,
            "assessment_id": self.assessment,
            "dataset_id": self.dataset,
            "issue_id": self.issue,
            "webhook_id": self.webhook,
            "tag_key": TAG,
            "key": TAG,
            "artifact_path": f"{self.artifacts}/{FILE}",
        }

    @property
    def new(self) -> str:
        """A name that nothing has yet."""
        return f"{self.registered}-new"

    @property
    def new_trace(self) -> str:
        """The id of a trace that is not there yet."""
        return f"tr-{uuid.uuid5(uuid.NAMESPACE_URL, self.trace).hex}"


def marked(c: Content) -> dict[str, str]:
    """The values of tags, parameters and addresses, which no other project has."""
    mark = c.registered.rpartition("-")[2]
    return {
        "mood": f"alice is content with {mark}",
        "depth": f"thirteen {mark} and a half",
        "source": f"bucket/of/{mark}",
        "hook": f"https://93.184.216.34/hook-{mark}",
    }


def new_estate(owner: Person) -> Estate:
    """A new project of the owner's, of which nobody else is a member, filled."""
    slug = f"p-{uuid.uuid4().hex[:10]}"
    made = owner.studio("POST", "/projects", {"slug": slug, "name": slug})
    assert made.status == 201, made.body
    return furnish(owner, slug)


def furnish(owner: Person, slug: str) -> Estate:
    """Log all of it into a project that is there."""
    c = fill(owner, slug)
    values = marked(c)

    def ask(method: str, path: str, body: object) -> Any:
        return done(owner.mlflow(slug, method, path, body))

    tag = {"key": TAG, "value": values["mood"]}
    both = [tag, {"key": OTHER_TAG, "value": values["mood"]}]
    version = {"name": c.registered, "version": c.version}
    data = {"name": "rows", "digest": "d1", "source_type": "local", "source": values["source"]}
    ask("POST", "runs/set-tag", {"run_id": c.run, **tag})
    ask("POST", "runs/log-parameter", {"run_id": c.run, "key": "depth", "value": values["depth"]})
    ask("POST", "runs/log-inputs", {"run_id": c.run, "datasets": [{"dataset": data}]})
    ask("POST", "experiments/set-experiment-tag", {"experiment_id": c.experiment, **tag})
    ask("PATCH", f"logged-models/{c.model}/tags", {"tags": both})
    ask("POST", "registered-models/set-tag", {"name": c.registered, **tag})
    ask("POST", "model-versions/set-tag", {**version, **tag})
    for one in both:
        done(v3(owner, slug, "PATCH", f"traces/{c.trace}/tags", one))
    done(
        v3(
            owner,
            slug,
            "PATCH",
            f"datasets/{c.dataset}/tags",
            {"tags": json.dumps({TAG: values["mood"]})},
        )
    )
    place = {"X-Mlflow-Experiment-Id": c.experiment}
    spans = owner.ask("POST", f"/projects/{slug}/v1/traces", root_span(c.trace), headers=place)
    assert spans.status == 200, spans.body
    folder = f"workspaces/{slug}/{c.experiment}/models/{c.model}/artifacts/{quote(FILE)}"
    assert owner.ask("PUT", artifact(slug, folder), raw=TEXT).status == 200
    hook = {
        "name": "hook",
        "url": values["hook"],
        "events": [{"entity": "PROMPT", "action": "CREATED"}],
    }
    gone_run = new_run(owner, slug, c.experiment)["info"]["run_id"]
    gone_experiment = new_experiment(owner, slug)
    ask("POST", "runs/delete", {"run_id": gone_run})
    ask("POST", "experiments/delete", {"experiment_id": gone_experiment})
    records = done(v3(owner, slug, "GET", f"datasets/{c.dataset}/records"))["records"]
    return Estate(
        **asdict(c),
        webhook=ask("POST", "webhooks", hook)["webhook"]["webhook_id"],
        record=json.loads(records)[0]["dataset_record_id"],
        spare_trace=new_trace(owner, slug, c.experiment),
        gone_run=gone_run,
        gone_experiment=gone_experiment,
    )

"""How the rows of experiments, runs, metrics and logged models are asked."""

from __future__ import annotations

import json

from content import METRIC

from .ask import Way, Ways, asked, told
from .estate import TAG, Estate

E, R = "/api/2.0/mlflow/experiments/", "/api/2.0/mlflow/runs/"
H, M = "/api/2.0/mlflow/metrics/", "/api/2.0/mlflow/logged-models"
NEW = {"key": "fresh", "value": "1"}
POINT = {"key": "fresh", "value": 0.5, "timestamp": 3, "step": 1}
DATA = {"name": "new", "digest": "d2", "source_type": "local", "source": "rows.csv"}


def _model_json(c: Estate) -> str:
    described = {"flavors": {}, "artifact_path": "model", "utc_time_created": "2026-01-01"}
    return json.dumps({**described, "run_id": c.run, "model_id": c.model})


def _batch(c: Estate) -> Way:
    return told(
        run_id=c.run,
        metrics=[{**POINT, "key": "batch", "model_id": c.model}],
        params=[{"key": "batch", "value": "1"}],
        tags=[{"key": "batch", "value": "1"}],
    )


TRACKING: Ways = {
    f"GET {E}get": lambda c: [asked(experiment_id=c.experiment)],
    f"GET {E}get-by-name": lambda c: [asked(experiment_name=c.experiment_name)],
    f"GET {E}search": lambda _: [asked(max_results=100, view_type="ALL")],
    f"POST {E}search": lambda c: [
        told(max_results=100, view_type="ALL"),
        told(max_results=100, filter=f"name = '{c.experiment_name}'"),
    ],
    f"POST {E}search-datasets": lambda c: [told(experiment_ids=[c.experiment])],
    f"POST {E}create": lambda c: [told(name=c.new)],
    f"POST {E}update": lambda c: [told(experiment_id=c.experiment, new_name=f"{c.new}-er")],
    f"POST {E}set-experiment-tag": lambda c: [told(experiment_id=c.experiment, **NEW)],
    f"POST {E}delete-experiment-tag": lambda c: [told(experiment_id=c.experiment, key=TAG)],
    f"POST {E}delete": lambda c: [told(experiment_id=c.experiment)],
    f"POST {E}restore": lambda c: [told(experiment_id=c.gone_experiment)],
    f"GET {R}get": lambda c: [asked(run_id=c.run), asked(run_uuid=c.run), asked(run_id=c.gone_run)],
    f"POST {R}search": lambda c: [
        told(experiment_ids=[c.experiment], run_view_type="ALL"),
        told(experiment_ids=[c.experiment], filter=f"metrics.`{METRIC}` > 0"),
    ],
    f"POST {R}create": lambda c: [
        told(experiment_id=c.experiment, run_name="new", start_time=1, tags=[NEW])
    ],
    f"POST {R}update": lambda c: [
        told(run_id=c.run, status="FINISHED", end_time=5, run_name="new"),
        told(run_uuid=c.run, status="FINISHED", end_time=6),
    ],
    f"POST {R}delete": lambda c: [told(run_id=c.run)],
    f"POST {R}restore": lambda c: [told(run_id=c.gone_run)],
    f"POST {R}log-metric": lambda c: [
        told(run_id=c.run, model_id=c.model, **POINT),
        told(run_uuid=c.run, **{**POINT, "key": "old"}),
    ],
    f"POST {R}log-parameter": lambda c: [told(run_id=c.run, **NEW)],
    f"POST {R}set-tag": lambda c: [told(run_id=c.run, **NEW)],
    f"POST {R}delete-tag": lambda c: [told(run_id=c.run, key=TAG)],
    f"POST {R}log-batch": lambda c: [_batch(c)],
    f"POST {R}log-model": lambda c: [told(run_id=c.run, model_json=_model_json(c))],
    f"POST {R}log-inputs": lambda c: [
        told(run_id=c.run, datasets=[{"dataset": DATA}], models=[{"model_id": c.model}])
    ],
    f"POST {R}outputs": lambda c: [told(run_id=c.run, models=[{"model_id": c.model, "step": 1}])],
    f"GET {H}get-history": lambda c: [asked(run_id=c.run, metric_key=METRIC)],
    f"GET {H}get-history-bulk": lambda c: [
        asked(run_id=[c.run], metric_key=METRIC, max_results=10)
    ],
    f"GET {H}get-history-bulk-interval": lambda c: [
        asked(run_ids=[c.run], metric_key=METRIC, max_results=10)
    ],
    f"POST {M}": lambda c: [told(experiment_id=c.experiment, name="new", source_run_id=c.run)],
    f"POST {M}/search": lambda c: [told(experiment_ids=[c.experiment])],
    f"GET {M}/{{model_id}}": lambda _: [asked()],
    f"PATCH {M}/{{model_id}}": lambda c: [told(model_id=c.model, status="LOGGED_MODEL_READY")],
    f"DELETE {M}/{{model_id}}": lambda _: [asked()],
    f"PATCH {M}/{{model_id}}/tags": lambda _: [told(tags=[NEW])],
    f"DELETE {M}/{{model_id}}/tags/{{tag_key}}": lambda _: [asked()],
    f"POST {M}/{{model_id}}/params": lambda c: [told(model_id=c.model, params=[NEW])],
}

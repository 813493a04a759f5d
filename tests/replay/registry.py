"""How the rows of registered models, versions, webhooks and the server are asked."""

from __future__ import annotations

from typing import Any

from .ask import Ways, asked, told
from .estate import TAG, Estate

M, V = "/api/2.0/mlflow/registered-models/", "/api/2.0/mlflow/model-versions/"
W = "/api/2.0/mlflow/webhooks"
NEW = {"key": "fresh", "value": "1"}
EVENTS = [{"entity": "PROMPT", "action": "CREATED"}]
PUBLIC = "https://93.184.216.34/new"


def _version(c: Estate) -> dict[str, Any]:
    return {"name": c.registered, "version": c.version}


REGISTRY: Ways = {
    f"GET {M}get": lambda c: [asked(name=c.registered), asked(name=c.prompt)],
    f"GET {M}search": lambda c: [asked(max_results=100), asked(filter=f"name='{c.registered}'")],
    f"GET {M}alias": lambda c: [asked(name=c.registered, alias=c.alias)],
    f"GET {M}get-latest-versions": lambda c: [asked(name=c.registered)],
    f"POST {M}get-latest-versions": lambda c: [told(name=c.registered)],
    f"POST {M}create": lambda c: [told(name=c.new, tags=[NEW])],
    f"PATCH {M}update": lambda c: [told(name=c.registered, description="new")],
    f"POST {M}set-tag": lambda c: [told(name=c.registered, **NEW)],
    f"DELETE {M}delete-tag": lambda c: [told(name=c.registered, key=TAG)],
    f"POST {M}rename": lambda c: [told(name=c.registered, new_name=f"{c.new}-er")],
    f"POST {M}alias": lambda c: [told(alias="fresh", **_version(c))],
    f"DELETE {M}alias": lambda c: [told(name=c.registered, alias=c.alias)],
    f"DELETE {M}delete": lambda c: [told(name=c.registered)],
    f"GET {V}get": lambda c: [asked(**_version(c)), asked(name=c.prompt, version="1")],
    f"GET {V}search": lambda c: [
        asked(max_results=100),
        asked(filter=f"name='{c.registered}'"),
        asked(filter=f"run_id='{c.run}'"),
    ],
    f"GET {V}get-download-uri": lambda c: [asked(**_version(c))],
    f"POST {V}create": lambda c: [
        told(name=c.registered, source=f"models:/{c.model}", run_id=c.run, model_id=c.model),
        told(name=c.registered, source=f"runs:/{c.run}/model", run_id=c.run),
        told(name=c.registered, source=f"mlflow-artifacts:/{c.artifacts}/model", run_id=c.run),
    ],
    f"PATCH {V}update": lambda c: [told(description="new", **_version(c))],
    f"POST {V}set-tag": lambda c: [told(**_version(c), **NEW)],
    f"DELETE {V}delete-tag": lambda c: [told(**_version(c), key=TAG)],
    f"POST {V}transition-stage": lambda c: [
        told(**_version(c), stage="Staging", archive_existing_versions=False)
    ],
    f"DELETE {V}delete": lambda c: [told(**_version(c))],
    f"GET {W}": lambda _: [asked(max_results=100)],
    f"POST {W}": lambda c: [told(name=c.new, url=PUBLIC, events=EVENTS)],
    f"GET {W}/{{webhook_id}}": lambda _: [asked()],
    f"PATCH {W}/{{webhook_id}}": lambda _: [told(description="new", url=PUBLIC)],
    f"DELETE {W}/{{webhook_id}}": lambda _: [asked()],
    f"POST {W}/{{webhook_id}}/test": lambda _: [told()],
    "GET /api/3.0/mlflow/server-info": lambda _: [asked()],
    "GET /version": lambda _: [asked()],
}

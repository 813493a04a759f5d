"""Webhooks, the AI gateway, prompt optimisation and jobs.

Webhooks and the gateway's configuration hold credentials and addresses, so even reading them is an
owner's. What belongs to a `feature` is closed until an operator switches it on.
"""

from __future__ import annotations

from ...access.decisions.roles import Action
from .row import Check, Family, Feature, Ref, Rule, Stamp, Thing

READ, LOG, MANAGE = Action.READ, Action.LOG, Action.MANAGE
GATEWAY, JOBS = Feature.GATEWAY, Feature.JOBS
CREATED, UPDATED = Stamp.CREATOR, Stamp.UPDATER

_webhooks = Family("/api/2.0/mlflow/webhooks")
_config = Family("/api/3.0/mlflow/gateway/")
_invoke = Family("/gateway/")
_optimisation = Family("/api/3.0/mlflow/prompt-optimization/jobs")
_jobs = Family("/api/3.0/mlflow/jobs/")
_old_jobs = Family("/api/3.0/jobs/")

_target = (Check.WEBHOOK_TARGET,)
_budget = (Check.OWN_BUDGET,)
_experiment = (Ref(Thing.EXPERIMENT, "experiment_id"),)
_endpoint = (Ref(Thing.ENDPOINT, "action_endpoint_id"),)

WEBHOOKS = (
    _webhooks("GET", "", MANAGE),
    _webhooks("POST", "", MANAGE, checks=_target),
    _webhooks("GET", "/{webhook_id}", MANAGE),
    _webhooks("PATCH", "/{webhook_id}", MANAGE, checks=_target),
    _webhooks("DELETE", "/{webhook_id}", MANAGE),
    _webhooks("POST", "/{webhook_id}/test", MANAGE),
)


def _gateway(
    method: str,
    path: str,
    *,
    names: tuple[Ref, ...] = (),
    checks: tuple[Check, ...] = (),
    stamp: Stamp | None = None,
) -> Rule:
    return _config(method, path, MANAGE, names=names, checks=checks, stamp=stamp, feature=GATEWAY)


GATEWAY_CONFIGURATION = (
    _gateway("POST", "secrets/create", stamp=CREATED),
    _gateway("GET", "secrets/get"),
    _gateway("GET", "secrets/list"),
    _gateway("POST", "secrets/update", stamp=UPDATED),
    _gateway("DELETE", "secrets/delete"),
    _gateway("POST", "model-definitions/create", stamp=CREATED),
    _gateway("GET", "model-definitions/get"),
    _gateway("GET", "model-definitions/list"),
    _gateway("POST", "model-definitions/update", stamp=UPDATED),
    _gateway("DELETE", "model-definitions/delete"),
    # MLflow logs each use of the endpoint as a trace into this experiment, and asks nobody.
    _gateway("POST", "endpoints/create", names=_experiment, stamp=CREATED),
    _gateway("GET", "endpoints/get"),
    _gateway("GET", "endpoints/list"),
    _gateway("POST", "endpoints/update", names=_experiment, stamp=UPDATED),
    _gateway("DELETE", "endpoints/delete"),
    _gateway("POST", "endpoints/set-tag"),
    _gateway("DELETE", "endpoints/delete-tag"),
    _gateway("POST", "endpoints/models/attach", stamp=CREATED),
    _gateway("POST", "endpoints/models/detach"),
    # A foreign `resource_id` stays a dangling link: MLflow reads bindings within the workspace.
    _gateway("POST", "endpoints/bindings/create", stamp=CREATED),
    _gateway("GET", "endpoints/bindings/list"),
    _gateway("DELETE", "endpoints/bindings/delete"),
    _gateway("POST", "guardrails/create", names=_endpoint),
    _gateway("GET", "guardrails/get"),
    _gateway("GET", "guardrails/list"),
    _gateway("DELETE", "guardrails/delete"),
    _gateway("POST", "guardrails/add-to-endpoint"),
    _gateway("DELETE", "guardrails/remove-from-endpoint"),
    _gateway("GET", "guardrails/list-for-endpoint"),
    _gateway("PATCH", "guardrails/update-config"),
    _gateway("POST", "budgets/create", checks=_budget, stamp=CREATED),
    _gateway("GET", "budgets/get"),
    _gateway("GET", "budgets/list"),
    _gateway("POST", "budgets/update", checks=_budget, stamp=UPDATED),
    _gateway("DELETE", "budgets/delete"),
    _config("GET", "supported-providers", READ, ajax=True, feature=GATEWAY),
    _config("GET", "supported-models", READ, ajax=True, feature=GATEWAY),
    _config("GET", "provider-config", READ, ajax=True, feature=GATEWAY),
    # Whether the server encrypts keys with MLflow's own passphrase: only who keeps keys need know.
    _config("GET", "secrets/config", MANAGE, ajax=True, feature=GATEWAY),
)

# An endpoint is found by its name within the workspace. Using one logs a trace. Prompts may hold
# pictures and documents.
GATEWAY_USE = (
    _invoke("GET", "mlflow/v1/models", READ, feature=GATEWAY),
    _invoke("POST", "{endpoint_name}/mlflow/invocations", LOG, feature=GATEWAY, large=24),
    _invoke("POST", "mlflow/v1/chat/completions", LOG, feature=GATEWAY, large=24),
    _invoke("POST", "openai/v1/chat/completions", LOG, feature=GATEWAY, large=24),
    _invoke("POST", "openai/v1/embeddings", LOG, feature=GATEWAY, large=24),
    _invoke("POST", "openai/v1/responses", LOG, feature=GATEWAY, large=24),
    _invoke("POST", "openai/v1/responses/compact", LOG, feature=GATEWAY, large=24),
    _invoke("POST", "anthropic/v1/messages", LOG, feature=GATEWAY, large=24),
    _invoke("POST", "typesafe/v1/systemone", LOG, feature=GATEWAY, large=24),
)

PROMPT_OPTIMISATION = (
    _optimisation("POST", "", MANAGE, names=_experiment, feature=JOBS),
    _optimisation("GET", "/search", READ, names=_experiment, feature=JOBS),
    _optimisation("POST", "/search", READ, names=_experiment, feature=JOBS),
    _optimisation("GET", "/{job_id}", READ, feature=JOBS),
    _optimisation("POST", "/{job_id}/cancel", MANAGE, feature=JOBS),
    _optimisation("DELETE", "/{job_id}", MANAGE, feature=JOBS),
    _jobs("GET", "{job_id}", READ, ajax=True, feature=JOBS),
    _jobs("PATCH", "cancel/{job_id}", MANAGE, ajax=True, feature=JOBS),
    _old_jobs("GET", "{job_id}", READ, ajax=True, feature=JOBS),
    _old_jobs("POST", "search", READ, ajax=True, feature=JOBS),
    _old_jobs("PATCH", "cancel/{job_id}", MANAGE, ajax=True, feature=JOBS),
)

SERVICES = (*WEBHOOKS, *GATEWAY_CONFIGURATION, *GATEWAY_USE, *PROMPT_OPTIMISATION)

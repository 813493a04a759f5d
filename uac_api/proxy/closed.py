"""Routes of MLflow that nobody reaches through ML Studio, each with its reason.

The only place where wildcards stand: a path ending in `*` closes a whole family.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Closed:
    """A family of routes that stays shut; `methods` empty means every method."""

    path: str
    why: str
    methods: tuple[str, ...] = ()


LATER = "ML Studio does not offer this feature of MLflow yet."
OWN_PAGES = "Studio has its own pages; MLflow's interface is not offered yet."

CLOSED: tuple[Closed, ...] = (
    Closed("/api/3.0/mlflow/workspaces*", "ML Studio's projects take the place of workspaces."),
    Closed("/api/3.0/mlflow/assistant/*", "A coding agent with a shell on the server."),
    Closed("/api/3.0/mlflow/demo/*", "Writes demonstration data with the server's own rights."),
    Closed("/api/3.0/mlflow/ui-telemetry", "Reports usage to a third party."),
    Closed("/api/2.0/mlflow/gateway-proxy", "Lets the server call any address of its gateway."),
    Closed("/api/3.0/jobs/*", "Runs code on the server."),
    Closed("/api/3.0/mlflow/jobs/*", "Runs code on the server."),
    Closed("/api/3.0/mlflow/scorer/invoke", "Runs code on the server."),
    Closed("/api/3.0/mlflow/issues/invoke", "Runs code on the server."),
    Closed("/api/3.0/mlflow/scorers/online-config", "Starts jobs on the server, which are off."),
    Closed("/api/3.0/mlflow/genai/evaluate/invoke", "Runs code on the server."),
    Closed("/api/2.0/mlflow/runs/create-promptlab-run", "Needs the gateway, which is off."),
    Closed("/gateway/*", "The gateway is off."),
    Closed("/api/3.0/mlflow/gateway/*", "The gateway is off."),
    Closed("/api/3.0/mlflow/prompt-optimization/*", LATER),
    Closed("/api/2.0/mlflow/webhooks*", LATER),
    Closed("/api/3.0/mlflow/mcp-servers*", LATER),
    Closed("/api/2.0/mlflow/unified-traces", "MLflow does not implement it."),
    Closed("/api/2.0/mlflow/get-online-trace-details", "MLflow does not implement it."),
    Closed("/api/2.0/mlflow/artifacts/presigned-upload-url", LATER),
    Closed("/api/2.0/mlflow/artifacts/presigned-download-url", LATER),
    Closed("/api/2.0/mlflow-artifacts/mpu/*", LATER),
    Closed("/api/2.0/mlflow-artifacts/presigned/*", LATER),
    Closed("/api/2.0/mlflow/upload-artifact", "Used by MLflow's interface only."),
    Closed(
        "/api/2.0mlflow/experiments/search-datasets", "A misspelt twin of a route that is open."
    ),
    Closed("/graphql", OWN_PAGES),
    Closed("/static-files/*", OWN_PAGES),
    Closed("/build/*", OWN_PAGES),
    Closed("/", OWN_PAGES),
    Closed("/health", "The probe of MLflow itself; ML Studio answers /healthz and /readyz."),
)

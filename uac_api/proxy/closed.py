"""Routes of MLflow that nobody reaches through ML Studio, each with its reason.

The only place where wildcards stand: a path ending in `*` closes a whole family.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..mlflow.versions import OLDEST, has


@dataclass(frozen=True, slots=True)
class Closed:
    """A family of routes that stays shut; `methods` empty means every method.

    `since` is the first version of MLflow that has the family.
    """

    path: str
    why: str
    methods: tuple[str, ...] = ()
    since: str = OLDEST


JUDGE = "Runs a judge that the caller describes inside the server, with the server's own keys."
WORKSPACES = "ML Studio's projects take the place of workspaces."

CLOSED: tuple[Closed, ...] = (
    Closed("/api/3.0/mlflow/workspaces*", WORKSPACES, ("POST", "PATCH", "DELETE")),
    Closed("/api/3.0/mlflow/assistant/*", "A coding agent with a shell on the server."),
    Closed("/api/3.0/mlflow/demo/*", "Writes demonstration data with the server's own rights."),
    Closed("/api/3.0/mlflow/ui-telemetry", "Reports usage to a third party."),
    Closed("/api/2.0/mlflow/gateway-proxy", "Lets the server call any address of its gateway."),
    Closed("/api/3.0/jobs/", "Runs whatever job the caller names on the server."),
    Closed("/api/3.0/mlflow/scorer/invoke", JUDGE),
    Closed("/api/3.0/mlflow/issues/invoke", JUDGE),
    Closed("/api/3.0/mlflow/genai/evaluate/invoke", JUDGE),
    Closed(
        "/api/3.0/mlflow/issues/schedule/state",
        "Sets the clock of an issue detection, which the server would run with its own keys.",
        since="3.18.0",
    ),
    Closed(
        "/api/3.0/mlflow/scorers/online-config",
        "Makes the server run judges by itself, with its own keys.",
    ),
    Closed(
        "/api/2.0/mlflow/runs/create-promptlab-run",
        "Stores what MLflow's prompt lab got through gateway-proxy, which is closed.",
    ),
    Closed("/gateway/proxy/*", "Passes any request on to a provider with the project's key."),
    Closed(
        "/gateway/gemini/*",
        "One segment names both the endpoint and what it does. "
        "Use /gateway/<endpoint>/mlflow/invocations.",
    ),
    Closed(
        "/api/3.0/mlflow/gateway/budgets/windows",
        "Shows budgets of other projects too. Use gateway/budgets/list.",
    ),
    Closed(
        "/api/3.0/mlflow/mcp-servers*",
        "Names of MCP servers hold slashes, so one address can be read as two of these routes.",
    ),
    Closed("/api/2.0/mlflow/unified-traces", "MLflow does not implement it."),
    Closed("/api/2.0/mlflow/get-online-trace-details", "MLflow does not implement it."),
    Closed(
        "/api/2.0mlflow/experiments/search-datasets", "A misspelt twin of a route that is open."
    ),
    Closed("/graphql", "Queries come in the body of a POST.", ("GET",)),
    Closed("/build/*", "The same files as under /static-files, which is what the page uses."),
    Closed("/health", "The probe of MLflow itself; ML Studio answers /healthz and /readyz."),
)


def closed_of(version: str) -> tuple[Closed, ...]:
    """What is shut of an MLflow of this version."""
    return tuple(entry for entry in CLOSED if has(version, entry.since))

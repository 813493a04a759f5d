"""MLflow's own interface for members, and what it asks that ML Studio answers itself."""

from __future__ import annotations

from ...access.decisions.roles import Action
from .row import Check, Own, Rule, Surface

READ = Action.READ

INTERFACE = (
    Rule("GET", "/", READ, surface=Surface.PAGE),
    Rule("GET", "/static-files/{path:path}", READ, surface=Surface.ASSET),
    Rule("POST", "/graphql", READ, checks=(Check.GRAPHQL,)),
    Rule("GET", "/api/3.0/mlflow/workspaces", None, own=Own.WORKSPACES),
    Rule("GET", "/api/3.0/mlflow/workspaces/{workspace_name}", None, own=Own.WORKSPACE),
    Rule("GET", "/api/2.0/mlflow/users/current", None, own=Own.PERSON),
)

"""What a client asks before it knows a project; the answers hold nothing of any project."""

from __future__ import annotations

from .row import Own, Rule

SERVER = (
    Rule("GET", "/api/3.0/mlflow/server-info", None, own=Own.SERVER),
    Rule("GET", "/version", None),
)

"""Registered models, their versions and prompts."""

from __future__ import annotations

from ...access.decisions.roles import Action
from .row import Check, Family, Ref, Stamp, Thing, Trashed, Use

READ, REGISTER = Action.READ, Action.REGISTER
PROMOTE, DELETE = Action.PROMOTE, Action.DELETE

_filter = (Check.FILTER,)
_named = (Check.SEEN_NAME,)
_models = Family("/api/2.0/mlflow/registered-models/")
_versions = Family("/api/2.0/mlflow/model-versions/")

REGISTRY = (
    _models("GET", "get", READ),
    _models("GET", "search", READ, checks=_filter),
    _models("GET", "alias", READ),
    _models("GET", "get-latest-versions", READ),
    _models("POST", "get-latest-versions", READ),
    _models("POST", "create", REGISTER, checks=_named, stamp=Stamp.TAGS, uses=Use.TEXT),
    _models("PATCH", "update", REGISTER, uses=Use.TEXT),
    _models("POST", "set-tag", REGISTER, stamp=Stamp.TAGS, uses=Use.TEXT),
    _models("DELETE", "delete-tag", REGISTER, stamp=Stamp.KEEP),
    _models("POST", "rename", PROMOTE, checks=_named),
    _models("POST", "alias", PROMOTE),
    _models("DELETE", "alias", PROMOTE),
    _models("DELETE", "delete", DELETE, trashed=Trashed.MODEL),
    _versions("GET", "get", READ),
    _versions("GET", "search", READ, checks=_filter),
    _versions("GET", "get-download-uri", READ),
    _versions(
        "POST",
        "create",
        REGISTER,
        names=(Ref(Thing.RUN, "run_id"), Ref(Thing.MODEL, "model_id")),
        checks=(Check.VERSION_SOURCE,),
        stamp=Stamp.TAGS,
        uses=Use.TEXT,
    ),
    _versions("PATCH", "update", REGISTER, uses=Use.TEXT),
    _versions("POST", "set-tag", PROMOTE, stamp=Stamp.TAGS, uses=Use.TEXT),
    _versions("DELETE", "delete-tag", PROMOTE, stamp=Stamp.KEEP),
    _versions("POST", "transition-stage", PROMOTE),
    _versions("DELETE", "delete", DELETE, trashed=Trashed.VERSION),
)

"""The door for people: JSON under /studio/v1, and the health probes."""

from __future__ import annotations

from typing import Any, cast

from flask import Response, current_app
from flask_openapi3 import APIBlueprint, Info, OpenAPI
from pydantic import ValidationError

from . import (
    audit,
    claim_rules,
    deleted_projects,
    explain,
    failures,
    group_people,
    groups,
    health,
    invitations,
    linked_identities,
    links,
    lists,
    me,
    member_groups,
    members,
    metrics,
    permissions,
    projects,
    quotas,
    requests,
    service_accounts,
    sessions,
    sign_in_delays,
    single_sign_on,
    system,
    tokens,
    trash,
    usage,
    users,
)
from .answered import ErrorOut

BLUEPRINTS: tuple[APIBlueprint, ...] = (
    sessions.blueprint,
    sessions.blueprint_of_people,
    sign_in_delays.blueprint,
    single_sign_on.blueprint,
    claim_rules.blueprint,
    linked_identities.blueprint,
    me.blueprint,
    users.blueprint,
    invitations.blueprint,
    projects.blueprint,
    deleted_projects.blueprint,
    trash.blueprint,
    usage.blueprint,
    quotas.blueprint,
    members.blueprint,
    requests.blueprint,
    member_groups.blueprint,
    groups.blueprint,
    group_people.blueprint,
    explain.blueprint,
    permissions.blueprint,
    tokens.blueprint,
    tokens.of_project,
    service_accounts.blueprint,
    lists.blueprint,
    audit.blueprint,
    health.status_blueprint,
    system.blueprint,
)
MAX_BODY_BYTES = 1024 * 1024


def make_app(version: str) -> OpenAPI:
    """The Flask application with every route of the people's door, not yet wired to services."""
    app = OpenAPI(
        "uac_api",
        info=Info(title="ML Studio", version=version),
        security_schemes={
            "bearer": {"type": "http", "scheme": "bearer"},
            "basic": {"type": "http", "scheme": "basic"},
        },
        validation_error_status=400,
        validation_error_model=ErrorOut,
        validation_error_callback=_invalid,
        doc_ui=False,
        doc_prefix="/studio/v1",
        static_folder=None,
    )
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.json.sort_keys = False  # type: ignore[attr-defined]  # of Flask's default provider
    for blueprint in BLUEPRINTS:
        app.register_api(blueprint)
    app.register_blueprint(health.blueprint)
    app.register_blueprint(metrics.blueprint)
    app.register_blueprint(links.blueprint)
    app.add_url_rule("/studio/v1/openapi.json", view_func=_openapi, endpoint="openapi")
    failures.register(app)
    return app


def _openapi() -> dict[str, Any]:
    document: dict[str, Any] = cast(OpenAPI, current_app).api_doc
    return document


def _invalid(error: ValidationError) -> Response:
    return failures.invalid_fields(error)

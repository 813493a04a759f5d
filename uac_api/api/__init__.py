"""The management API: JSON under /studio/v1, the health probes and the metrics."""

from __future__ import annotations

from typing import cast

from flask import Response, current_app
from flask_openapi3 import APIBlueprint, Info, OpenAPI
from pydantic import ValidationError

from . import artifacts, failures, links, lists, reading
from .credentials import sessions, sign_in_delays, single_sign_on, tokens
from .installation import audit, health, metrics, system
from .people import (
    claim_rules,
    group_people,
    groups,
    invitations,
    linked_identities,
    me,
    service_accounts,
    users,
)
from .projects import (
    deleted_projects,
    explain,
    member_groups,
    members,
    permissions,
    quotas,
    requests,
    trash,
    usage,
    views,
)

# Under its own name it would hide the package it stands in.
from .projects import projects as project_operations
from .schemas.responses import ErrorOut
from .services import release, require

# Under which name the application keeps the bytes of its OpenAPI document.
DOCUMENT = "openapi_document"
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
    project_operations.blueprint,
    deleted_projects.blueprint,
    trash.blueprint,
    views.blueprint,
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
    reading.blueprint,
    artifacts.blueprint,
    audit.blueprint,
    health.status_blueprint,
    system.blueprint,
)
MAX_BODY_BYTES = 1024 * 1024


def make_app(version: str) -> OpenAPI:
    """The Flask application with every route of the management API, not yet wired to services."""
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
    app.teardown_request(release)
    return app


def _openapi() -> Response:
    """The document, for who is signed in: nobody else has a use for its 200 KB and the version."""
    require("openapi.read")
    # It never changes. Written anew each time it cost 7 ms, and who asked in a loop had a core.
    written = current_app.extensions.get(DOCUMENT)
    if written is None:
        document = cast(OpenAPI, current_app).api_doc
        written = current_app.extensions[DOCUMENT] = current_app.json.dumps(document).encode()
    return Response(written, mimetype="application/json")


def _invalid(error: ValidationError) -> Response:
    return failures.invalid_fields(error)

"""Projects: /studio/v1/projects."""

from __future__ import annotations

from dataclasses import replace

from flask import Response, g
from flask_openapi3 import APIBlueprint
from sqlalchemy.orm import Session

from ...access.decisions.decide import allow
from ...access.decisions.principals import Grant
from ...access.decisions.roles import Role
from ...access.models import Project
from ...access.people import users
from ...access.projects import projects
from ..json import Json, no_content, project_json, shape
from ..schemas.queries import ProjectChange, ProjectDelete, ProjectNew, ProjectPath, Search
from ..schemas.responses import DOCUMENTED, MLFLOW_TROUBLE, ProjectOut, ProjectsOut
from ..services import record, require, services

blueprint = APIBlueprint("projects", __name__, url_prefix="/studio/v1/projects", **DOCUMENTED)


@blueprint.get("", responses={200: ProjectsOut})
def listed(query: Search) -> Json:
    """My projects; for administrators every project, those of others without a role."""
    principal = require("projects.list")
    here = services()
    sees_all = allow(principal, "projects.read", "").allowed
    slugs = None if sees_all else list(principal.grants)
    question = ("projects", query.query)
    after = here.page_tokens.read(principal.username, question, query.page_token) or ""

    def work(session: Session) -> Json:
        limit = query.max_results + 1
        found = projects.page(session, slugs=slugs, query=query.query, after=after, limit=limit)
        shown = found[: query.max_results]
        counts = projects.member_counts(session, [project.id for project in shown])
        token = ""
        if len(found) > len(shown):
            token = here.page_tokens.write(principal.username, question, shown[-1].slug)
        rows = [project_json(one, principal, counts.get(one.id, 0)) for one in shown]
        return shape(ProjectsOut(projects=rows, next_page_token=token)), 200

    return here.database.read(work)


@blueprint.post("", responses={201: ProjectOut, **MLFLOW_TROUBLE})
def create(body: ProjectNew) -> Json:
    """Open a project; its creator, or the named owner, becomes its first owner.

    MLflow's side comes first: if MLflow does not answer, nothing is left here. If we fail after
    that, an empty workspace is left there, which the next attempt takes over. No lock of ours is
    held while MLflow is asked.
    """
    here = services()
    principal = require(f"projects.create.{here.settings.project_creation}")
    if body.owner not in (None, principal.username):
        principal = require("projects.create.administrators")
    g.slug = body.slug
    owner_name = body.owner or principal.username

    def draft() -> Project:
        return projects.draft(
            slug=body.slug,
            name=body.name,
            description=body.description,
            created_by=principal.username,
        )

    def check(session: Session) -> None:
        users.get(session, owner_name, lock=False)
        projects.require_free(session, draft().slug)

    def store(session: Session) -> Json:
        owner = users.get(session, owner_name)
        project = projects.create(session, draft(), owner)
        record(session, f"{project.slug}, owner {owner.username}", status=201)
        seen_by = principal
        if owner.id == principal.user_id:
            mine = Grant(project.id, project.slug, Role.OWNER)
            seen_by = replace(principal, grants={project.slug: mine})
        return shape(project_json(project, seen_by, 1)), 201

    here.database.read(check)
    here.catalog.open_project(body.slug)
    return here.database.write(store)


@blueprint.get("/<slug>", responses={200: ProjectOut})
def read(path: ProjectPath) -> Json:
    """One project."""
    principal = require("projects.read", path.slug)

    def work(session: Session) -> Json:
        project = projects.get(session, path.slug, lock=False)
        counts = projects.member_counts(session, [project.id])
        return shape(project_json(project, principal, counts.get(project.id, 0))), 200

    return services().database.read(work)


@blueprint.patch("/<slug>", responses={200: ProjectOut})
def update(path: ProjectPath, body: ProjectChange) -> Json:
    """Change a project's name or description; its slug stays."""
    principal = require("projects.update", path.slug)

    def work(session: Session) -> Json:
        project = projects.get(session, path.slug)
        projects.change(project, name=body.name, description=body.description)
        counts = projects.member_counts(session, [project.id])
        record(session, ", ".join(sorted(body.model_fields_set)))
        return shape(project_json(project, principal, counts.get(project.id, 0))), 200

    return services().database.write(work)


@blueprint.delete("/<slug>", responses={204: None})
def delete(path: ProjectPath, query: ProjectDelete) -> Response:
    """Delete a project, whose slug or name is typed: it can be restored until it is purged."""
    principal = require("projects.delete", path.slug)

    def work(session: Session) -> None:
        project = projects.get(session, path.slug)
        projects.require_name(project, query.name)
        projects.delete(project, by=principal.username)
        record(session, path.slug, status=204)

    services().database.write(work)
    return no_content()

"""Projects: the unit of sharing, and MLflow's workspaces one to one."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from .. import validation
from ..decisions.roles import Role
from ..errors import AlreadyExists, Invalid, NotFound
from ..models import Kind, Member, Project, User, now

TAKEN = "The slug '{}' is taken, or was once. Slugs are never used twice: choose another."


def draft(*, slug: str, name: str, description: str, created_by: str) -> Project:
    """A project that is not stored yet; raises Invalid."""
    return Project(
        slug=validation.slug(slug),
        name=validation.title(name or slug, "A project's name", longest=200),
        description=validation.text(description, "A description", longest=4000),
        created_by=created_by,
    )


def require_free(session: Session, slug: str) -> None:
    """Raise AlreadyExists if a project has, or once had, the slug."""
    if session.scalar(select(Project.id).where(Project.slug == slug)) is not None:
        raise AlreadyExists(TAKEN.format(slug))


def create(session: Session, project: Project, owner: User) -> Project:
    """Store a draft with its first owner; raises AlreadyExists."""
    session.add(project)
    try:
        session.flush()
    except IntegrityError as error:
        raise AlreadyExists(TAKEN.format(project.slug)) from error
    session.add(
        Member(
            project_id=project.id,
            user_id=owner.id,
            role=Role.OWNER,
            granted_by=project.created_by,
        )
    )
    session.flush()
    return project


def get(session: Session, slug: str, *, lock: bool = True) -> Project:
    """The project; raises NotFound also for a deleted one.

    It is locked until the transaction ends, unless the caller only reads.
    """
    statement = select(Project).where(Project.slug == slug, Project.deleted_at.is_(None))
    project = session.scalar(statement.with_for_update() if lock else statement)
    if project is None:
        raise NotFound(f"There is no project '{slug}' that you may read.", reason="no_such_project")
    return project


def page(
    session: Session, *, slugs: Iterable[str] | None, query: str = "", after: str = "", limit: int
) -> list[Project]:
    """Projects by slug, those after `after`; only `slugs` unless that is None."""
    statement = (
        select(Project)
        .where(Project.deleted_at.is_(None), Project.slug > after)
        .order_by(Project.slug)
        .limit(limit)
    )
    if slugs is not None:
        statement = statement.where(Project.slug.in_(list(slugs)))
    if query:
        columns = (Project.slug, Project.name)
        statement = statement.where(or_(*(c.icontains(query, autoescape=True) for c in columns)))
    return list(session.scalars(statement))


def existing(session: Session, slugs: Iterable[str]) -> set[str]:
    """Those of the texts that are the slug of a project, be it a deleted one."""
    wanted = [slug for slug in slugs if len(slug) <= 63 and validation.SLUG.fullmatch(slug)]
    if not wanted:
        return set()
    return set(session.scalars(select(Project.slug).where(Project.slug.in_(wanted))))


def living(session: Session) -> list[tuple[int, str]]:
    """(id, slug) of every project that is not deleted."""
    wanted = select(Project.id, Project.slug).where(Project.deleted_at.is_(None))
    return [(row[0], row[1]) for row in session.execute(wanted.order_by(Project.slug))]


def member_counts(session: Session, project_ids: Iterable[int]) -> dict[int, int]:
    """How many people each of the projects has."""
    rows = session.execute(
        select(Member.project_id, func.count())
        .join(User, User.id == Member.user_id)
        .where(Member.project_id.in_(list(project_ids)), User.kind == Kind.PERSON)
        .group_by(Member.project_id)
    )
    return {row[0]: row[1] for row in rows}


def bind_default_experiment(session: Session, project_id: int, experiment_id: str) -> str:
    """Remember which experiment "0" means in the project, unless it means one: that which counts.

    Of two first writes at the same moment one binds, and both use what it bound.
    """
    unbound = Project.id == project_id, Project.default_experiment_id == ""
    session.execute(update(Project).where(*unbound).values(default_experiment_id=experiment_id))
    wanted = select(Project.default_experiment_id).where(Project.id == project_id)
    return session.scalars(wanted).one()


def release_default_experiment(session: Session, project_id: int, experiment_id: str) -> None:
    """Forget that "0" means this experiment, which is gone for good; another one stays bound."""
    bound = Project.id == project_id, Project.default_experiment_id == experiment_id
    session.execute(update(Project).where(*bound).values(default_experiment_id=""))


def change(project: Project, *, name: str | None, description: str | None) -> Project:
    """Change what is given; the slug never changes. Raises Invalid."""
    if name is not None:
        project.name = validation.title(name, "A project's name", longest=200)
    if description is not None:
        project.description = validation.text(description, "A description", longest=4000)
    return project


def delete(project: Project, *, by: str) -> None:
    """Hide the project from everybody until it is restored, or purged with its content.

    Its slug stays taken for ever.
    """
    project.deleted_at, project.deleted_by = now(), by


def require_name(project: Project, typed: str) -> None:
    """Raise Invalid unless the project's slug or name was typed by whoever deletes it."""
    if not typed:
        raise Invalid(
            f"This deletes the whole project. Say so by its name: ?name={project.slug}",
            reason="name_needed",
        )
    if typed not in (project.slug, project.name):
        raise Invalid(
            "This is not the project's slug or name. Write it exactly: nothing was deleted.",
            reason="wrong_name",
        )

"""Projects."""

from __future__ import annotations

from typing import Any

import pytest

from access.conftest import Fraud
from databases import every_database
from uac_api.access.credentials import authenticate
from uac_api.access.errors import AlreadyExists, Invalid, NotFound
from uac_api.access.projects import projects

pytestmark = every_database


def slugs(fraud: Fraud, **wanted: Any) -> list[str]:
    wanted = {"slugs": None, "limit": 100, **wanted}
    found = fraud.database.read(lambda session: projects.page(session, **wanted))
    return [project.slug for project in found]


def delete(fraud: Fraud, slug: str) -> None:
    fraud.database.write(lambda session: projects.delete(projects.get(session, slug), by="alice"))


def test_a_project_begins_with_one_owner_and_its_slug_as_name(fraud: Fraud) -> None:
    fraud.create("risk", owner="bob")
    project = fraud.database.write(lambda session: projects.get(session, "risk"))
    assert (project.name, project.created_by, project.deleted_at) == ("risk", "bob", None)
    counts = fraud.database.read(lambda session: projects.member_counts(session, [project.id]))
    assert counts == {project.id: 1}


def test_a_slug_in_use_is_refused(fraud: Fraud) -> None:
    with pytest.raises(AlreadyExists):
        fraud.create("fraud", owner="bob")
    assert fraud.roles()["bob"] == "contributor"


@pytest.mark.parametrize("slug", ["Fraud", "default", "x", "a_b"])
def test_a_slug_of_the_wrong_form_is_refused(fraud: Fraud, slug: str) -> None:
    with pytest.raises(Invalid):
        fraud.create(slug)


def test_a_deleted_project_is_gone_and_its_slug_is_never_used_again(fraud: Fraud) -> None:
    delete(fraud, "fraud")
    with pytest.raises(NotFound):
        delete(fraud, "fraud")
    assert slugs(fraud) == []
    with pytest.raises(AlreadyExists):
        fraud.create("fraud")


def test_a_deleted_project_grants_nothing(fraud: Fraud) -> None:
    fraud.create("risk")
    delete(fraud, "fraud")
    found = authenticate.by_username(fraud.database, "alice")
    assert found is not None
    assert found.principal is not None
    assert set(found.principal.grants) == {"risk"}


def test_projects_are_paged_by_slug_and_searched(fraud: Fraud) -> None:
    for slug in ("risk", "churn", "claims"):
        fraud.create(slug)
    assert slugs(fraud, limit=2) == ["churn", "claims"]
    assert slugs(fraud, after="claims") == ["fraud", "risk"]
    assert slugs(fraud, query="AU") == ["fraud"]
    assert slugs(fraud, query="%") == slugs(fraud, query="_") == []


def test_only_the_slugs_asked_for_are_answered(fraud: Fraud) -> None:
    fraud.create("risk")
    assert slugs(fraud, slugs=["risk", "nowhere"]) == ["risk"]
    assert slugs(fraud, slugs=[]) == []


def test_only_what_is_given_changes(fraud: Fraud) -> None:
    def work(session: Any) -> tuple[str, str, str]:
        project = projects.get(session, "fraud")
        projects.change(project, name="Fraud 🦊", description=None)
        projects.change(project, name=None, description=" Lines\nof it ")
        session.flush()
        session.refresh(project)
        return project.slug, project.name, project.description

    assert fraud.database.write(work) == ("fraud", "Fraud 🦊", "Lines\nof it")


def test_an_owner_who_does_not_exist_leaves_no_project(fraud: Fraud) -> None:
    with pytest.raises(NotFound):
        fraud.create("risk", owner="nobody")
    assert slugs(fraud) == ["fraud"]


def test_counts_are_of_each_project(fraud: Fraud) -> None:
    fraud.create("risk")
    ids = [fraud.project_id("fraud"), fraud.project_id("risk")]
    counts = fraud.database.read(lambda session: projects.member_counts(session, ids))
    assert [counts[one] for one in ids] == [3, 1]
    assert fraud.database.read(lambda session: projects.member_counts(session, [])) == {}


def test_a_name_of_the_wrong_form_changes_nothing(fraud: Fraud) -> None:
    with pytest.raises(Invalid):
        fraud.database.write(
            lambda session: projects.change(
                projects.get(session, "fraud"), name="two\nlines", description=None
            )
        )
    project = fraud.database.write(lambda session: projects.get(session, "fraud"))
    assert project.name == "fraud"

"""Requests for access: heard by owners, never an answer to whether a project exists."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from access.conftest import Fraud, overlapping
from databases import every_database
from uac_api.access.audit import events
from uac_api.access.audit.events import Entry
from uac_api.access.decisions.roles import Role
from uac_api.access.errors import Invalid, NotFound, Stale, TooOften
from uac_api.access.models import AccessRequest, User, now
from uac_api.access.people import users
from uac_api.access.projects import projects, requests

pytestmark = every_database


def ask(
    fraud: Fraud, slug: str = "fraud", role: Role = Role.VIEWER, message: str = "", who: str = ""
) -> None:
    def work(session: Session) -> None:
        user = users.get(session, who or "mallory")
        requests.ask(session, user, slug, role, message)

    fraud.database.write(work)


def waiting(fraud: Fraud) -> list[AccessRequest]:
    return fraud.database.read(
        lambda session: requests.page(session, projects.get(session, "fraud", lock=False))
    )


def granting(number: int, role: Role = Role.VIEWER) -> Callable[[Session], AccessRequest]:
    return lambda session: requests.grant(
        session, projects.get(session, "fraud"), number, role, by="alice"
    )


def declining(number: int) -> Callable[[Session], AccessRequest]:
    return lambda session: requests.decline(
        session, projects.get(session, "fraud"), number, by="alice"
    )


def rows(fraud: Fraud) -> int:
    counted = select(func.count()).select_from(AccessRequest)
    return fraud.database.read(lambda session: session.scalar(counted)) or 0


def test_a_request_waits_until_it_is_granted(fraud: Fraud) -> None:
    ask(fraud, message="I mind the cards.")
    (one,) = waiting(fraud)
    assert (one.user.username, one.role, one.message) == ("mallory", "viewer", "I mind the cards.")
    assert "mallory" not in fraud.roles()
    granted = fraud.database.write(granting(one.id, Role.CONTRIBUTOR))
    assert (granted.outcome, granted.decided_by) == ("granted", "alice")
    assert fraud.roles()["mallory"] == "contributor"
    assert waiting(fraud) == []


def test_a_declined_one_gives_nothing_and_is_not_heard_for_a_week(fraud: Fraud) -> None:
    ask(fraud)
    fraud.database.write(declining(waiting(fraud)[0].id))
    assert "mallory" not in fraud.roles()
    ask(fraud)
    assert waiting(fraud) == []
    earlier = update(AccessRequest).values(decided_at=now() - timedelta(days=8))
    fraud.database.write(lambda session: session.execute(earlier))
    ask(fraud)
    assert len(waiting(fraud)) == 1


def test_who_asks_again_changes_the_open_request(fraud: Fraud) -> None:
    ask(fraud)
    ask(fraud)
    ask(fraud, role=Role.MAINTAINER, message="please")
    assert [(one.role, one.message) for one in waiting(fraud)] == [("maintainer", "please")]
    assert rows(fraud) == 1


def test_who_asks_twice_at_once_has_one_request(fraud: Fraud) -> None:
    def asking(session: Session) -> None:
        requests.ask(session, users.get(session, "mallory"), "fraud", Role.VIEWER, "")

    assert overlapping(fraud.database, asking, asking) is None
    assert rows(fraud) == 1


def test_a_request_for_nothing_leaves_nothing_and_says_nothing(fraud: Fraud) -> None:
    ask(fraud, "no-such-project")
    fraud.create("gone")
    fraud.database.write(lambda session: projects.delete(projects.get(session, "gone"), by="alice"))
    ask(fraud, "gone")
    assert rows(fraud) == 0


def test_two_decisions_follow_one_another(fraud: Fraud) -> None:
    ask(fraud)
    number = waiting(fraud)[0].id
    failure = overlapping(fraud.database, granting(number), declining(number))
    assert isinstance(failure, Stale)
    assert fraud.roles()["mallory"] == "viewer"


def test_a_higher_role_that_came_meanwhile_stays(fraud: Fraud) -> None:
    ask(fraud)
    fraud.put("mallory", Role.MAINTAINER)
    fraud.database.write(granting(waiting(fraud)[0].id, Role.VIEWER))
    assert fraud.roles()["mallory"] == "maintainer"


def test_a_request_of_another_project_is_not_found(fraud: Fraud) -> None:
    fraud.create("churn")
    ask(fraud, "churn")
    number = fraud.database.read(
        lambda session: requests.page(session, projects.get(session, "churn", lock=False))
    )[0].id
    for work in (granting(number), declining(number), granting(0)):
        with pytest.raises(NotFound):
            fraud.database.write(work)
    assert "mallory" not in fraud.roles()


def test_a_disabled_person_does_not_wait(fraud: Fraud) -> None:
    ask(fraud)
    off = update(User).where(User.username == "mallory").values(disabled=True)
    fraud.database.write(lambda session: session.execute(off))
    assert waiting(fraud) == []
    number = fraud.project_id()
    assert fraud.database.read(lambda session: requests.counts(session, [number])) == {}


def test_requests_are_counted_by_project_and_paged_by_age(fraud: Fraud) -> None:
    ask(fraud, who="mallory")
    ask(fraud, who="admin")
    number = fraud.project_id()
    assert fraud.database.read(lambda session: requests.counts(session, [number])) == {number: 2}
    first, second = waiting(fraud)
    after = fraud.database.read(
        lambda session: requests.page(
            session, projects.get(session, "fraud", lock=False), after=first.id
        )
    )
    assert [one.id for one in after] == [second.id]


def _asked(fraud: Fraud, times: int, user: str = "mallory", **more: Any) -> None:
    entries = [Entry(requests.OPERATION, "allowed", user=user, **more) for _ in range(times)]
    fraud.database.write(lambda session: events.write(session, entries))


def require(fraud: Fraud) -> None:
    fraud.database.write(
        lambda session: requests.require_not_too_many(session, users.get(session, "mallory"))
    )


def test_twenty_a_day_are_enough_whatever_was_asked_for(fraud: Fraud) -> None:
    _asked(fraud, 30, user="bob")
    _asked(fraud, 30, at=now() - timedelta(days=2))
    _asked(fraud, 19, project="no-such-project")
    require(fraud)
    _asked(fraud, 1, project="fraud")
    with pytest.raises(TooOften):
        require(fraud)


@pytest.mark.parametrize(
    ("role", "has"),
    [("owner", None), ("king", None), ("viewer", Role.VIEWER), ("viewer", Role.OWNER)],
)
def test_some_roles_are_not_to_be_asked_for(role: str, has: Role | None) -> None:
    with pytest.raises(Invalid):
        requests.role_to_ask(role, has)


def test_a_member_may_ask_for_more() -> None:
    assert requests.role_to_ask("maintainer", Role.VIEWER) is Role.MAINTAINER


def test_a_message_that_is_too_long_is_refused(fraud: Fraud) -> None:
    with pytest.raises(Invalid):
        ask(fraud, message="x" * 1001)
    with pytest.raises(Invalid):
        ask(fraud, "No Slug")

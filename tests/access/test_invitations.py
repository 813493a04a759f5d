"""Invitations: once, in time, and only as long as who invited may invite."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from access.conftest import Fraud, overlapping
from databases import every_database
from people import PASSWORD
from uac_api.access.decisions.roles import Role
from uac_api.access.errors import AlreadyExists, Invalid, NotFound, WrongCredentials
from uac_api.access.models import Invitation, User, now
from uac_api.access.people import invitations, users
from uac_api.access.projects import projects

pytestmark = every_database


def invite(fraud: Fraud, username: str = "erin", *, slug: str = "", **more: Any) -> str:
    def work(session: Session) -> str:
        project = projects.get(session, slug) if slug else None
        fields = {"username": username, "created_by": "admin", "project": project, **more}
        return invitations.create(session, **fields)[1].text

    return fraud.database.write(work)


def accepting(text: str, password: str = PASSWORD) -> Callable[[Session], User]:
    return lambda session: invitations.accept(session, text, password)[0]


def accept(fraud: Fraud, text: str, password: str = PASSWORD) -> User:
    return fraud.database.write(accepting(text, password))


def change(fraud: Fraud, table: Any, **values: Any) -> None:
    fraud.database.write(lambda session: session.execute(update(table).values(**values)))


def open_names(fraud: Fraud) -> list[str]:
    found = fraud.database.read(invitations.page)
    return [one.invitation.username for one in found]


def test_an_invited_person_gets_the_account_and_the_role(fraud: Fraud) -> None:
    text = invite(fraud, slug="fraud", role=Role.CONTRIBUTOR, display_name="Erin", email="e@x.org")
    assert text.startswith("msi_")
    erin = accept(fraud, text)
    assert (erin.display_name, erin.email, erin.administrator) == ("Erin", "e@x.org", False)
    assert fraud.roles()["erin"] == "contributor"


def test_only_the_hash_of_the_secret_is_kept(fraud: Fraud) -> None:
    text = invite(fraud)
    (found,) = fraud.database.read(invitations.page)
    kept = {str(value) for value in vars(found.invitation).values()}
    assert not any(text.split("_", 2)[2] in value for value in kept)


def test_an_invitation_works_once(fraud: Fraud) -> None:
    text = invite(fraud)
    accept(fraud, text)
    with pytest.raises(WrongCredentials):
        accept(fraud, text)
    assert open_names(fraud) == []


def test_of_two_who_use_one_link_at_once_one_gets_in(fraud: Fraud) -> None:
    text = invite(fraud)
    failure = overlapping(
        fraud.database, accepting(text), accepting(text, "another good pass-phrase")
    )
    assert isinstance(failure, WrongCredentials)


def test_every_link_that_does_not_work_is_the_same_refusal(fraud: Fraud) -> None:
    used, late, revoked, orphan = (invite(fraud, name) for name in ("a1", "b1", "c1", "d1"))
    accept(fraud, used)
    number = late.split("_")[1]
    statement = update(Invitation).where(Invitation.id == number)
    past = statement.values(expires_at=now() - timedelta(seconds=1))
    fraud.database.write(lambda session: session.execute(past))
    fraud.database.write(lambda session: invitations.revoke(session, revoked.split("_")[1]))
    theirs = update(Invitation).where(Invitation.username == "d1").values(created_by="bob")
    fraud.database.write(lambda session: session.execute(theirs))
    wrong = [used, late, revoked, orphan, orphan[:-1], "", "msi_x", used.replace("msi", "mss")]
    said = set()
    for text in wrong:
        for work in (accept, lambda f, t: f.database.read(lambda s: invitations.read(s, t))):
            with pytest.raises(WrongCredentials) as refusal:
                work(fraud, text)
            said.add(refusal.value.message)
    assert len(said) == 1


@pytest.mark.parametrize("loss", [{"administrator": False}, {"disabled": True}])
def test_an_invitation_is_worth_what_its_maker_may_do(fraud: Fraud, loss: dict[str, bool]) -> None:
    text = invite(fraud)
    change(fraud, User, **loss)
    (found,) = fraud.database.read(invitations.page)
    assert not found.works
    with pytest.raises(WrongCredentials):
        accept(fraud, text)


def test_a_bad_password_does_not_use_the_invitation_up(fraud: Fraud) -> None:
    text = invite(fraud)
    with pytest.raises(Invalid):
        accept(fraud, text, "short")
    assert accept(fraud, text).username == "erin"


def test_a_project_that_is_gone_gives_no_role(fraud: Fraud) -> None:
    text = invite(fraud, slug="fraud", role=Role.OWNER)
    fraud.database.write(
        lambda session: projects.delete(projects.get(session, "fraud"), by="alice")
    )
    found = fraud.database.read(lambda session: invitations.read(session, text))
    assert found.project is None
    assert accept(fraud, text).username == "erin"


def test_a_name_in_use_or_invited_is_refused(fraud: Fraud) -> None:
    with pytest.raises(AlreadyExists):
        invite(fraud, "alice")
    invite(fraud)
    with pytest.raises(AlreadyExists) as refusal:
        invite(fraud)
    assert refusal.value.reason == "already_invited"


def test_a_name_that_was_given_away_meanwhile_is_told(fraud: Fraud) -> None:
    text = invite(fraud)
    fraud.database.write(lambda session: users.create(session, username="erin", password=PASSWORD))
    with pytest.raises(AlreadyExists):
        accept(fraud, text)


@pytest.mark.parametrize(
    "fields",
    [{"username": "Erin"}, {"email": "@"}, {"days": 0}, {"days": 31}, {"role": Role.VIEWER}],
)
def test_a_wrong_form_is_refused(fraud: Fraud, fields: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        invite(fraud, **fields)
    assert open_names(fraud) == []


def test_what_is_over_is_swept_out_and_its_name_may_be_invited_again(fraud: Fraud) -> None:
    invite(fraud)
    change(fraud, Invitation, expires_at=now() - timedelta(seconds=1))
    assert open_names(fraud) == []
    invite(fraud)
    assert open_names(fraud) == ["erin"]


def test_a_revoked_one_is_gone_and_an_unknown_one_is_not_found(fraud: Fraud) -> None:
    number = invite(fraud).split("_")[1]
    fraud.database.write(lambda session: invitations.revoke(session, number))
    assert open_names(fraud) == []
    with pytest.raises(NotFound):
        fraud.database.write(lambda session: invitations.revoke(session, number))


def test_open_invitations_are_paged_by_name(fraud: Fraud) -> None:
    for name in ("c1", "a1", "b1"):
        invite(fraud, name)
    first = fraud.database.read(lambda session: invitations.page(session, limit=2))
    last = first[-1].invitation
    rest = fraud.database.read(
        lambda session: invitations.page(session, after=(last.username, last.id))
    )
    assert [one.invitation.username for one in first + rest] == ["a1", "b1", "c1"]

"""People's accounts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from access.conftest import Fraud, overlapping
from databases import every_database
from people import CAST, PASSWORD
from uac_api.access.credentials import sessions
from uac_api.access.errors import AlreadyExists, Invalid, LastOwner, NotFound
from uac_api.access.models import User, UserSession
from uac_api.access.people import users

pytestmark = every_database


def create(fraud: Fraud, username: str, **more: Any) -> User:
    return fraud.database.write(
        lambda session: users.create(session, username=username, password=PASSWORD, **more)
    )


def change(fraud: Fraud, username: str, **changes: Any) -> User:
    return fraud.database.write(
        lambda session: users.change(session, users.get(session, username), **changes)
    )


def names(fraud: Fraud, **wanted: Any) -> list[str]:
    found = fraud.database.read(lambda session: users.page(session, **wanted))
    return [user.username for user in found]


def sessions_of(fraud: Fraud, username: str) -> int:
    user_id = fraud.user_id(username)
    rows = select(func.count()).select_from(UserSession).where(UserSession.user_id == user_id)
    return fraud.database.read(lambda session: session.scalar(rows)) or 0


def sign_in(fraud: Fraud, username: str) -> str:
    user_id = fraud.user_id(username)
    started = fraud.database.write(lambda session: sessions.start(session, user_id, hours=1))
    return started[0].split("_")[1]


def test_a_new_person_is_no_administrator_and_enabled(fraud: Fraud) -> None:
    erin = create(fraud, "erin")
    assert (erin.display_name, erin.email) == ("erin", "")
    assert not erin.administrator
    assert not erin.disabled
    assert erin.password_hash.startswith("$argon2id$")


def test_a_name_in_use_is_refused_and_changes_nothing(fraud: Fraud) -> None:
    with pytest.raises(AlreadyExists):
        create(fraud, "alice", administrator=True)
    assert not change(fraud, "alice").administrator


def test_a_name_of_the_wrong_form_is_refused(fraud: Fraud) -> None:
    with pytest.raises(Invalid):
        create(fraud, "Erin")


def test_letters_of_all_kinds_come_back_as_they_were(fraud: Fraud) -> None:
    create(fraud, "erin", display_name="Éirinn 🦊 Ωmega", email="ä@ö.example")
    erin = change(fraud, "erin")
    assert (erin.display_name, erin.email) == ("Éirinn 🦊 Ωmega", "ä@ö.example")


def test_an_unknown_name_is_not_found_nor_one_in_other_letters(fraud: Fraud) -> None:
    for name in ("nobody", "Alice", "ALICE", "àlice"):
        with pytest.raises(NotFound):
            change(fraud, name)


def test_people_are_paged_by_name(fraud: Fraud) -> None:
    everybody = sorted(CAST)
    assert names(fraud, limit=2) == everybody[:2]
    assert names(fraud, after=everybody[1], limit=10) == everybody[2:]


def test_a_search_takes_marks_of_the_query_language_as_letters(fraud: Fraud) -> None:
    assert names(fraud, query="LIC") == ["alice"]
    assert names(fraud, query="@example") == sorted(CAST)
    for query in ("%", "_", "\\", "'", "al%ce"):
        assert names(fraud, query=query) == []


def test_only_what_is_given_changes(fraud: Fraud) -> None:
    change(fraud, "bob", display_name="Robert")
    bob = change(fraud, "bob", email="")
    assert (bob.display_name, bob.email, bob.disabled) == ("Robert", "", False)


def test_disabling_ends_the_sessions_of_that_person_only(fraud: Fraud) -> None:
    sign_in(fraud, "alice"), sign_in(fraud, "bob"), sign_in(fraud, "bob")
    change(fraud, "bob", disabled=True)
    assert sessions_of(fraud, "bob") == 0
    assert sessions_of(fraud, "alice") == 1


@pytest.mark.parametrize("changes", [{"disabled": True}, {"administrator": False}])
def test_the_last_administrator_stays(fraud: Fraud, changes: dict[str, bool]) -> None:
    with pytest.raises(LastOwner) as refusal:
        change(fraud, "admin", **changes)
    assert refusal.value.reason == "last_administrator"
    admin = change(fraud, "admin")
    assert (admin.administrator, admin.disabled) == (True, False)


def test_a_disabled_administrator_does_not_count(fraud: Fraud) -> None:
    change(fraud, "bob", administrator=True)
    change(fraud, "bob", disabled=True)
    with pytest.raises(LastOwner):
        change(fraud, "admin", disabled=True)
    change(fraud, "bob", disabled=False)
    assert change(fraud, "admin", disabled=True).disabled


def test_of_two_administrators_who_demote_each_other_the_second_is_refused(fraud: Fraud) -> None:
    change(fraud, "bob", administrator=True)

    def demote(username: str) -> Callable[[Session], object]:
        return lambda session: users.change(
            session, users.get(session, username), administrator=False
        )

    failure = overlapping(fraud.database, demote("bob"), demote("admin"))
    assert isinstance(failure, LastOwner)
    assert change(fraud, "admin").administrator


def test_others_may_be_disabled_while_there_is_one_administrator(fraud: Fraud) -> None:
    assert change(fraud, "bob", disabled=True, administrator=False).disabled


def test_a_new_password_ends_all_sessions_but_the_one_that_is_kept(fraud: Fraud) -> None:
    kept = sign_in(fraud, "alice")
    sign_in(fraud, "alice")
    before = change(fraud, "alice").password_hash

    def work(session: Any) -> None:
        alice = users.get(session, "alice")
        users.set_password(session, alice, "a much better pass-phrase", keep_session=kept)

    fraud.database.write(work)
    assert sessions_of(fraud, "alice") == 1
    assert change(fraud, "alice").password_hash != before


def test_a_password_of_the_wrong_form_changes_nothing(fraud: Fraud) -> None:
    sign_in(fraud, "alice")
    with pytest.raises(Invalid):
        fraud.database.write(
            lambda session: users.set_password(session, users.get(session, "alice"), "short")
        )
    assert sessions_of(fraud, "alice") == 1

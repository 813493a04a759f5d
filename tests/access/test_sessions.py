"""Sessions and their tickets."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from access.conftest import Fraud
from databases import every_database
from uac_api.access.credentials import authenticate, sessions
from uac_api.access.credentials.secrets import split
from uac_api.access.decisions.principals import Principal, Via
from uac_api.access.errors import WrongCredentials
from uac_api.access.models import User, UserSession, now

pytestmark = every_database


def start(fraud: Fraud, username: str = "alice", hours: int = 12) -> tuple[str, str, datetime]:
    user_id = fraud.user_id(username)
    return fraud.database.write(lambda session: sessions.start(session, user_id, hours=hours))


def redeem(fraud: Fraud, ticket: str) -> str:
    return fraud.database.write(lambda session: sessions.redeem(session, ticket).token)


def who(fraud: Fraud, text: str) -> Principal | None:
    parts = split(text, "mss")
    assert parts is not None
    return authenticate.by_session(fraud.database, *parts)


def at_the_interface(fraud: Fraud, text: str) -> Principal | None:
    """Whom MLflow's interface takes a secret for, of whatever kind it says it is."""
    session_id, secret = text.split("_", 2)[1:]
    return authenticate.by_session(fraud.database, session_id, secret, interface=True)


def set_all(fraud: Fraud, **values: object) -> None:
    fraud.database.write(lambda session: session.execute(update(UserSession).values(**values)))


def test_a_session_is_its_persons_for_so_many_hours(fraud: Fraud) -> None:
    text, _, ends = start(fraud, hours=3)
    assert abs(ends - now() - timedelta(hours=3)) < timedelta(minutes=1)
    principal = who(fraud, text)
    assert principal is not None
    assert (principal.username, principal.via) == ("alice", Via.SESSION)


def test_a_session_that_is_over_is_nobodys(fraud: Fraud) -> None:
    text, _, _ = start(fraud)
    set_all(fraud, expires_at=now())
    assert who(fraud, text) is None


def test_a_session_with_another_secret_is_nobodys(fraud: Fraud) -> None:
    text, _, _ = start(fraud)
    assert who(fraud, text[:-1] + ("a" if text[-1] != "a" else "b")) is None


def test_redeeming_gives_a_new_secret_and_ends_the_first(fraud: Fraud) -> None:
    text, ticket, _ = start(fraud)
    fresh = redeem(fraud, ticket)
    assert fresh != text
    assert who(fraud, fresh) is not None
    assert who(fraud, text) is None


def test_what_opens_mlflows_interface_is_no_session_token_and_the_other_way_round(
    fraud: Fraud,
) -> None:
    first, ticket, _ = start(fraud)
    assert at_the_interface(fraud, first) is None, "no browser has taken it over"
    made = fraud.database.write(lambda session: sessions.redeem(session, ticket))
    principal = at_the_interface(fraud, made.interface)
    assert principal is not None
    assert (principal.username, principal.via) == ("alice", Via.SESSION)
    assert who(fraud, made.token) is not None
    assert who(fraud, made.interface.replace("msb_", "mss_")) is None
    assert at_the_interface(fraud, made.token) is None
    fraud.database.write(lambda session: sessions.end(session, principal.credential_id))
    assert at_the_interface(fraud, made.interface) is None


def test_a_ticket_is_good_once(fraud: Fraud) -> None:
    _, ticket, _ = start(fraud)
    fresh = redeem(fraud, ticket)
    with pytest.raises(WrongCredentials):
        redeem(fraud, ticket)
    assert who(fraud, fresh) is not None


def test_a_ticket_is_good_for_half_a_minute(fraud: Fraud) -> None:
    _, ticket, _ = start(fraud)
    kept = select(UserSession.ticket_expires_at)
    ends = fraud.database.read(lambda session: session.scalars(kept).one())
    assert ends is not None
    assert timedelta(seconds=20) < ends - now() <= timedelta(seconds=30)
    set_all(fraud, ticket_expires_at=now())
    with pytest.raises(WrongCredentials):
        redeem(fraud, ticket)


def test_a_ticket_of_a_session_that_is_over_is_refused(fraud: Fraud) -> None:
    _, ticket, _ = start(fraud)
    set_all(fraud, expires_at=now())
    with pytest.raises(WrongCredentials):
        redeem(fraud, ticket)


def test_a_ticket_of_a_disabled_person_is_refused(fraud: Fraud) -> None:
    _, ticket, _ = start(fraud)
    off = update(User).where(User.username == "alice").values(disabled=True)
    fraud.database.write(lambda session: session.execute(off))
    with pytest.raises(WrongCredentials):
        redeem(fraud, ticket)


def test_a_ticket_with_another_secret_is_refused_and_leaves_the_right_one(fraud: Fraud) -> None:
    _, ticket, _ = start(fraud)
    with pytest.raises(WrongCredentials):
        redeem(fraud, ticket + "x")
    assert redeem(fraud, ticket)


def test_of_many_who_redeem_one_ticket_at_once_one_wins(fraud: Fraud) -> None:
    _, ticket, _ = start(fraud)
    gate = threading.Barrier(6)

    def attempt() -> str | None:
        gate.wait(timeout=10)
        try:
            return redeem(fraud, ticket)
        except WrongCredentials:
            return None

    with ThreadPoolExecutor(6) as pool:
        outcomes = [one.result() for one in [pool.submit(attempt) for _ in range(6)]]
    won = [text for text in outcomes if text is not None]
    assert len(won) == 1
    assert who(fraud, won[0]) is not None


def test_sessions_that_are_over_are_swept_out_by_the_next_sign_in(fraud: Fraud) -> None:
    start(fraud)
    set_all(fraud, expires_at=now() - timedelta(seconds=1))
    start(fraud, "bob")
    rows = select(func.count()).select_from(UserSession)
    assert fraud.database.read(lambda session: session.scalar(rows)) == 1


def test_ending_a_session_leaves_the_others(fraud: Fraud) -> None:
    one, other = start(fraud)[0], start(fraud)[0]
    parts = split(one, "mss")
    assert parts is not None
    fraud.database.write(lambda session: sessions.end(session, parts[0]))
    assert who(fraud, one) is None
    assert who(fraud, other) is not None

"""Passwords that everybody tries first."""

from __future__ import annotations

import secrets

import pytest

from uac_api.access.credentials.passwords import is_common

COMMON = [
    "passwordpassword",
    "Password123456",
    "P@ssw0rd2026!",
    "Welcome2026!!",
    "qwertyuiop123",
    "qwertyuiop[]",
    "123456789012",
    "987654321098",
    "iloveyou123456",
    "1qaz2wsx3edc",
    "!QAZ2wsx3edc",
    "Summer2026!!!!",
    "monkey-dragon-12",
    "correct horse battery staple",
    "xxxxxxxxxxxx",
    "abababababab",
    "alice2026alice",
    "Alice.Liddell1",
    "x" * 1024,
]
FIT = [
    "correct horse battery",
    "a much better pass-phrase",
    "trombone kettle ladder",
    "alice in a fine yellow boat",
    "x7Kp93mmQ2z8",
    "839201746352",
    "ä:ö:ü:🦊:pass:word",
]


@pytest.mark.parametrize("password", COMMON)
def test_it_is_refused(password: str) -> None:
    assert is_common(password, "alice.liddell")


@pytest.mark.parametrize("password", FIT)
def test_it_is_accepted(password: str) -> None:
    assert not is_common(password, "alice.liddell")


def test_what_was_drawn_by_lot_is_never_common() -> None:
    assert not any(is_common(secrets.token_urlsafe(9)) for _ in range(2000))


@pytest.mark.parametrize("username", ["", "a", "1234", "...."])
def test_a_username_without_words_changes_nothing(username: str) -> None:
    assert is_common("password1234", username)
    assert not is_common("trombone kettle ladder", username)

"""Secrets and passwords."""

from __future__ import annotations

import hashlib
import re

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.profiles import RFC_9106_LOW_MEMORY
from hypothesis import given
from hypothesis import strategies as st

from uac_api.access.credentials import secrets
from uac_api.access.credentials.secrets import PasswordCheck, hash_password, issue, matches, split


def test_a_secret_is_written_kind_id_secret() -> None:
    issued = issue("mls")
    assert re.fullmatch(r"mls_[a-km-np-z2-9]{12}_[A-Za-z0-9_-]{43}", issued.text)
    assert issued.text.split("_", 2)[1] == issued.id


def test_only_a_hash_of_the_secret_is_to_be_kept() -> None:
    issued = issue("mls")
    secret = issued.text.split("_", 2)[2]
    assert issued.digest == hashlib.sha256(secret.encode()).hexdigest()
    assert secret not in issued.digest


def test_no_two_secrets_are_alike() -> None:
    made = [issue("mls") for _ in range(200)]
    assert len({one.id for one in made}) == len({one.text for one in made}) == 200


def test_a_secret_may_hold_the_mark_between_the_parts() -> None:
    assert split("mls_" + "a" * 12 + "_x_y_z", "mls") == ("a" * 12, "x_y_z")


@given(st.text(max_size=40))
def test_other_texts_have_no_parts(text: str) -> None:
    parts = split(text, "mls")
    assert parts is None or f"mls_{parts[0]}_{parts[1]}" == text


@pytest.mark.parametrize("kind", ["mss", "mst"])
def test_a_secret_of_one_kind_is_none_of_another(kind: str) -> None:
    assert split(issue("mls").text, kind) is None


def test_a_secret_matches_its_own_hash_only() -> None:
    issued = issue("mls")
    secret = issued.text.split("_", 2)[2]
    assert matches(secret, issued.digest)
    assert not matches(secret + "x", issued.digest)
    assert not matches(secret, issue("mls").digest)
    assert not matches(secret, None)
    assert not matches("", "")


def test_a_password_is_kept_as_argon2id_with_a_salt_of_its_own() -> None:
    one, other = hash_password("correct horse"), hash_password("correct horse")
    assert one.startswith("$argon2id$")
    assert one != other
    assert len(one) <= 200


@pytest.mark.usefixtures("real_passwords")
def test_in_production_a_hash_costs_what_rfc_9106_asks_for() -> None:
    kept = hash_password("correct horse")
    assert extract_parameters(kept) == RFC_9106_LOW_MEMORY
    check = PasswordCheck()
    assert check("correct horse", kept)
    assert not check("correct horsE", kept)


@pytest.fixture
def verifications(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every slow check that is made, by the hash it is made against."""
    made: list[str] = []
    slow = secrets._passwords

    class Counting:
        def verify(self, kept: str, password: str) -> bool:
            made.append(kept)
            return slow.verify(kept, password)

    monkeypatch.setattr(secrets, "_passwords", Counting())
    return made


def test_a_right_password_is_checked_once_and_a_wrong_one_each_time(
    verifications: list[str],
) -> None:
    check, kept = PasswordCheck(), quick_hash("right")
    assert check("right", kept)
    assert check("right", kept)
    assert len(verifications) == 1
    assert not check("wrong", kept)
    assert not check("wrong", kept)
    assert len(verifications) == 3


def test_a_changed_password_is_forgotten_at_once(verifications: list[str]) -> None:
    check = PasswordCheck()
    before, after = quick_hash("old one"), quick_hash("new one")
    assert check("old one", before)
    assert not check("old one", after)
    assert check("new one", after)
    assert len(verifications) == 3


def test_a_hash_that_is_none_is_a_wrong_password() -> None:
    assert not PasswordCheck()("", "")
    assert not PasswordCheck()("right", "right")


def test_nothing_remembered_is_a_password(verifications: list[str]) -> None:
    check = PasswordCheck()
    assert check("right", quick_hash("right"))
    assert "right" not in repr(vars(check))
    assert len(verifications) == 1


def test_only_so_many_passwords_are_remembered(
    verifications: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secrets, "VERIFIED_MAX", 1)
    check = PasswordCheck()
    one, other = quick_hash("one"), quick_hash("other")
    assert check("one", one)
    assert check("other", other)
    assert check("one", one)
    assert len(verifications) == 3


def quick_hash(password: str) -> str:
    """A real argon2id hash with the least cost, which every check accepts."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(password)

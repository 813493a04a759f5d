"""What people may type."""

from __future__ import annotations

import string
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from uac_api.access import validation
from uac_api.access.credentials import passwords
from uac_api.access.errors import Invalid

ENDS = set(string.ascii_lowercase + string.digits)
RESERVED = ("workspaces", "api", "ajax-api", "static-files", "default")

near_slugs = st.text("ab09-_.A \n\0é", max_size=66) | st.text(max_size=66)


def accepted(rule: Callable[[str], str], value: str) -> bool:
    """Whether a rule takes a value; what it takes it gives back unchanged."""
    try:
        return rule(value) == value
    except Invalid:
        return False


@given(near_slugs)
@example("fraud\n")
@example("\uff41\uff42")
@example("١٢")
@example("a" * 64)
def test_a_slug_is_accepted_exactly_by_the_rule(value: str) -> None:
    form = (
        2 <= len(value) <= 63
        and set(value) <= ENDS | {"-"}
        and {value[0], value[-1]} <= ENDS
        and value not in RESERVED
    )
    assert accepted(validation.slug, value) == form


@pytest.mark.parametrize("value", RESERVED)
def test_mlflows_own_names_are_reserved(value: str) -> None:
    with pytest.raises(Invalid) as refusal:
        validation.slug(value)
    assert refusal.value.reason == "reserved_slug"


@given(st.text("ab09-_.@+A \n\0é", max_size=66) | st.text(max_size=66))
@example("alice\n")
@example("a:b")
def test_a_username_is_accepted_exactly_by_the_rule(value: str) -> None:
    form = (
        2 <= len(value) <= 64
        and set(value) <= ENDS | set("._@+-")
        and {value[0], value[-1]} <= ENDS
    )
    assert accepted(validation.username, value) == form


@given(st.text())
def test_a_title_is_one_line_without_control_characters(value: str) -> None:
    try:
        kept = validation.title(value, "It", longest=20)
    except Invalid:
        return
    assert 1 <= len(kept) <= 20
    assert kept == kept.strip()
    assert not set(kept) & {chr(code) for code in (*range(32), *range(127, 160))}
    kept.encode()


@pytest.mark.parametrize("value", ["", "   ", "x" * 21, "a\nb", "a\0b", "a\x7fb", "a\ud800"])
def test_what_is_no_title_is_refused_by_name(value: str) -> None:
    with pytest.raises(Invalid, match=r"^A colour has 1 to 20 characters"):
        validation.title(value, "A colour", longest=20)


def test_two_spellings_of_one_letter_become_one() -> None:
    assert validation.title("e\u0301", "It", longest=20) == "\u00e9"


@pytest.mark.parametrize("value", ["", "a@b", "alice@example.org", "ä@ö.example"])
def test_an_address_is_accepted(value: str) -> None:
    assert validation.email(value) == value


@pytest.mark.parametrize(
    "value", ["a", "@", "a@", "@b", "a b@c", "a@b@c", "a@b\n", "a@" + "b" * 254]
)
def test_what_is_no_address_is_refused(value: str) -> None:
    with pytest.raises(Invalid):
        validation.email(value)


@pytest.mark.parametrize("length", [12, 1024])
def test_a_password_of_a_fit_length_is_accepted(length: int) -> None:
    password = ("vT9 kLm2-pXz," * 100)[:length]
    assert passwords.require_good(password) == password


@pytest.mark.parametrize("length", [0, 11, 1025])
def test_a_password_of_another_length_is_refused_without_repeating_it(length: int) -> None:
    with pytest.raises(Invalid) as refusal:
        passwords.require_good("x" * length)
    assert "xx" not in refusal.value.message


@pytest.mark.parametrize("value", ["password1234", "alice-2026-alice", "x" * 12])
def test_a_common_password_is_refused_with_what_to_do(value: str) -> None:
    with pytest.raises(Invalid, match="several words") as refusal:
        passwords.require_good(value, "alice")
    assert refusal.value.reason == "common_password"
    assert value not in refusal.value.message


def test_a_text_may_have_lines_but_no_nul() -> None:
    assert validation.text(" a\nb ", "It", longest=5) == "a\nb"
    for value in ("a\0", "x" * 6):
        with pytest.raises(Invalid):
            validation.text(value, "It", longest=5)


RULES: dict[str, Callable[[str], str]] = {
    "slug": validation.slug,
    "username": validation.username,
    "group": validation.group,
    "email": validation.email,
    "title": lambda value: validation.title(value, "A name", longest=200),
    "text": lambda value: validation.text(value, "A text", longest=4000),
    "password": passwords.require_good,
}


@pytest.mark.parametrize("rule", RULES)
@given(before=st.text(max_size=40), letter=st.sampled_from("\0\ud800\udbff\udc00\udfff"))
@example(before="somebody@example.org", letter="\udfff")
def test_no_rule_accepts_what_a_database_does_not_store(
    rule: str, before: str, letter: str
) -> None:
    # Beyond the end of each text, where white space would be cut off.
    with pytest.raises(Invalid):
        RULES[rule](f"{before}{letter}.many words of a sentence")


@given(st.lists(st.characters(codec=None) | st.sampled_from("\0\ud800\U0001f600")).map("".join))
def test_what_was_made_storable_has_utf_8_and_fits(value: str) -> None:
    made = validation.storable(value, longest=5)
    assert len(made) == min(len(value), 5)
    assert "\0" not in made
    assert made.encode().decode() == made
    assert made == value[:5] or not validation.is_storable(value)

"""Addresses of projects."""

import pytest

from studio_app.ui.slugs import is_slug, slug_of


@pytest.mark.parametrize("name", ["Fraud detection", "  a--b  ", "Ürümqi 2", "x" * 99, "7 of 9"])
def test_what_is_proposed_for_a_name_is_an_address(name: str) -> None:
    assert is_slug(slug_of(name))


@pytest.mark.parametrize("text", ["", "a", "A1", "-ab", "ab-", "a b", "a/b", "x" * 64, "ab\n"])
def test_what_no_project_can_have_is_none(text: str) -> None:
    assert not is_slug(text)

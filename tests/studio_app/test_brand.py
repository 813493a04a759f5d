"""A brand from one file: what it may say, and that nothing of it is more than a text."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from configuration.settings import SettingsError
from processes import ROOT
from studio_app import brand
from studio_app.brand import Brand, contrast, read

WHOLE = """
name = "Example ML Studio"
logo_light = "light.svg"
logo_dark = "pictures/dark.png"
mark = "mark.svg"
sign_in = "Help: extension 4711."

[colours]
light = "#1d4ed8"
dark = "#93c5fd"

[[links]]
title = "Handbook"
address = "https://wiki.example.com/ml"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pictures").mkdir()
    for name in ("light.svg", "mark.svg", "pictures/dark.png"):
        (tmp_path / name).write_bytes(b"<svg/>")
    return tmp_path


def written(folder: Path, text: str) -> Path:
    """A file with this brand."""
    file = folder / "brand.toml"
    file.write_text(text, "utf-8")
    return file


def test_a_file_says_everything_with_paths_from_its_own_folder(folder: Path) -> None:
    found = read(written(folder, WHOLE))
    assert found.name == "Example ML Studio"
    assert found.logo("light") == folder / "light.svg"
    assert found.logo("dark") == folder / "pictures" / "dark.png"
    assert [link.title for link in found.links] == ["Handbook"]
    assert found.theme == {
        "theme.light.primaryColor": "#1d4ed8",
        "theme.light.linkColor": "#1d4ed8",
        "theme.dark.primaryColor": "#93c5fd",
        "theme.dark.linkColor": "#93c5fd",
    }
    assert "light-dark(#1d4ed8, #93c5fd)" in found.style


def test_what_is_not_said_is_as_it_comes(folder: Path) -> None:
    found = read(written(folder, 'sign_in = "Hello."'))
    assert found == Brand(sign_in="Hello.")
    assert found.name == "ML Studio"
    assert found.logo("dark").name == "logo-dark.svg"
    assert (found.theme, found.style) == ({}, "")


def test_the_colours_that_come_are_those_of_the_theme() -> None:
    theme = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))["theme"]
    assert theme["light"]["primaryColor"] == brand._LIGHT
    assert theme["dark"]["primaryColor"] == brand._DARK
    for tone, others in brand._BESIDE.items():
        assert theme[tone]["backgroundColor"] in others
        assert theme[tone]["secondaryBackgroundColor"] in others


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name = ", "cannot be read"),
        ('nome = "x"', "nome"),
        ('name = ""', "name"),
        ('name = "<b>x</b>"', "name"),
        (f'name = "{"x" * 41}"', "name"),
        ('logo_light = "light.svg"', "name both"),
        ('mark = "gone.svg"', "mark"),
        ('mark = "brand.toml"', "must end in .svg or .png"),
        ('[colours]\nlight = "#2bb5a6"', "choose a darker one"),
        ('[colours]\ndark = "#0f766e"', "choose a lighter one"),
        ('[colours]\nlight = "red; }"', "colours.light"),
        ('[[links]]\ntitle = "x"\naddress = "javascript:alert(1)"', "must begin with https://"),
        ('[[links]]\ntitle = "x"\naddress = "https://x>y) <b>"', "must begin with https://"),
        ('[[links]]\ntitle = "x"', "links.0.address"),
    ],
)
def test_a_mistake_says_where_it_is_and_what_to_do(folder: Path, text: str, said: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read(written(folder, text))
    assert str(refused.value).startswith("STUDIO_BRAND: ")
    assert said in str(refused.value)


def test_all_mistakes_are_told_at_once(folder: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        read(written(folder, 'name = ""\nmark = "gone.svg"\n[colours]\nlight = "#ffffff"'))
    assert len(str(refused.value).splitlines()) == 3


def test_a_file_that_is_not_there_is_named(folder: Path) -> None:
    with pytest.raises(SettingsError, match=r"gone\.toml cannot be read"):
        read(folder / "gone.toml")


def test_a_picture_is_small_as_it_comes_with_every_page(folder: Path) -> None:
    (folder / "mark.svg").write_bytes(b"x" * 200_001)
    with pytest.raises(SettingsError, match="at most 200,000 bytes"):
        read(written(folder, 'mark = "mark.svg"'))


@pytest.mark.parametrize(
    ("one", "other", "ratio"), [("#000000", "#ffffff", 21.0), ("#777777", "#ffffff", 4.48)]
)
def test_contrast_is_that_of_the_standard(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == contrast(other, one) == pytest.approx(ratio, abs=0.01)

"""What an organisation makes its own: name, logo, colours, links, a sentence at the sign-in form.

All of it stands in one TOML file, which `STUDIO_BRAND` names; paths in it go from its folder:

    name = "Example ML Studio"
    logo_light = "logo-light.svg"
    logo_dark = "logo-dark.svg"
    mark = "mark.svg"
    sign_in = "Use the account of your laptop. Help: extension 4711."

    [colours]
    light = "#0f766e"
    dark = "#2bb5a6"

    [[links]]
    title = "Handbook"
    address = "https://wiki.example.com/ml-studio"

What it does not say is as it comes. It is read once, when Studio starts; all mistakes are told at
once then, and Studio does not start with one: half a brand would be taken for a forgery.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    FilePath,
    ValidationError,
    ValidationInfo,
    model_validator,
)

from configuration.settings import SettingsError
from studio_app.settings import settings

_STATIC = Path(__file__).parent / "app" / "static"
# WCAG 2.2, 1.4.3: what a text needs to be read.
LEAST_CONTRAST = 4.5
# As they come (.streamlit/config.toml).
_LIGHT, _DARK = "#0f766e", "#2bb5a6"
# On what a colour is read, or what is read on it (.streamlit/config.toml, studio.css).
_BESIDE = {"light": ("#ffffff", "#f2f6f6"), "dark": ("#0e1516", "#182224", "#06201d")}
# A logo comes with every page.
_LARGEST_PICTURE = 200_000
_PICTURES = (".svg", ".png")


def _is_picture(path: Path) -> Path:
    if path.suffix.lower() not in _PICTURES:
        raise ValueError(f"must end in {' or '.join(_PICTURES)}")
    if path.stat().st_size > _LARGEST_PICTURE:
        raise ValueError(f"must have at most {_LARGEST_PICTURE:,} bytes")
    return path


def _is_readable(colour: str, info: ValidationInfo) -> str:
    least = min(contrast(colour, other) for other in _BESIDE[str(info.field_name)])
    if least < LEAST_CONTRAST:
        raise ValueError(
            f"has a contrast of {least:.1f} to the page, and {LEAST_CONTRAST} is needed: choose a "
            f"{'darker' if info.field_name == 'light' else 'lighter'} one"
        )
    return colour


def _is_web_address(value: str) -> str:
    parts = urlsplit(value)
    # Anything else, such as javascript:, would run in the page, and signs that are none of an
    # address would end the link that it stands in.
    fits = parts.scheme in {"http", "https", "mailto"} and bool(parts.netloc or parts.path)
    if not fits or re.search(r"[\s<>()\[\]\\]", value):
        raise ValueError(
            "must begin with https://, http:// or mailto:, without spaces and brackets"
        )
    return value


Picture = Annotated[FilePath, AfterValidator(_is_picture)]
Colour = Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$"), AfterValidator(_is_readable)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Colours(_Part):
    """The colour of what is chosen, of main buttons and of links, in each theme."""

    light: Colour | None = None
    dark: Colour | None = None


class Link(_Part):
    """Somewhere else in the organisation: a handbook, the way to get help."""

    title: str = Field(min_length=1, max_length=40)
    address: Annotated[str, AfterValidator(_is_web_address)]


class Brand(_Part):
    """One brand; every field as it comes where the file says nothing of it."""

    name: str = Field(
        default="ML Studio", min_length=1, max_length=40, pattern=r"^[^\x00-\x1f<>]+$"
    )
    logo_light: Picture = _STATIC / "logo-light.svg"
    logo_dark: Picture = _STATIC / "logo-dark.svg"
    mark: Picture = _STATIC / "mark.svg"
    sign_in: str = Field(default="", max_length=300)
    colours: Colours = Colours()
    links: tuple[Link, ...] = Field(default=(), max_length=6)

    @model_validator(mode="after")
    def _has_both_logos(self) -> Self:
        own = {"logo_light", "logo_dark"} & self.model_fields_set
        if len(own) == 1:
            raise ValueError("logo_light and logo_dark belong together: name both")
        return self

    def logo(self, theme: str | None) -> Path:
        """The logo for a theme of the browser, "light" or "dark"."""
        return self.logo_dark if theme == "dark" else self.logo_light

    @property
    def style(self) -> str:
        """The same colours for studio.css; empty where they are as they come."""
        light, dark = self.colours.light or _LIGHT, self.colours.dark or _DARK
        if (light, dark) == (_LIGHT, _DARK):
            return ""
        return f"<style>.stApp {{ --brand: light-dark({light}, {dark}) }}</style>"

    @property
    def theme(self) -> Mapping[str, str]:
        """What Streamlit's theme is told instead of `.streamlit/config.toml`."""
        chosen = {"light": self.colours.light, "dark": self.colours.dark}
        return {
            f"theme.{tone}.{option}": colour
            for tone, colour in chosen.items()
            if colour
            for option in ("primaryColor", "linkColor")
        }


@cache
def brand() -> Brand:
    """The brand of this Studio. Raises SettingsError."""
    file = settings().brand
    return read(Path(file)) if file else Brand()


def read(file: Path) -> Brand:
    """The brand in a file. Raises SettingsError with a line for each mistake."""
    try:
        written = tomllib.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"STUDIO_BRAND: {file} cannot be read: {error}") from None
    for name in ("logo_light", "logo_dark", "mark"):
        if isinstance(written.get(name), str):
            written[name] = file.parent / written[name]
    try:
        return Brand.model_validate(written)
    except ValidationError as error:
        raise SettingsError("\n".join(_lines(file, error))) from None


def _lines(file: Path, error: ValidationError) -> list[str]:
    return [
        " ".join(
            [
                f"STUDIO_BRAND: {file.name}:",
                ".".join(str(part) for part in mistake["loc"]),
                re.sub(r"^Value error, ", "", mistake["msg"]),
            ]
        )
        for mistake in error.errors()
    ]


def contrast(one: str, other: str) -> float:
    """The contrast of two colours such as `#0f766e`, from 1 to 21 (WCAG 2.2)."""
    darker, lighter = sorted(map(_luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue

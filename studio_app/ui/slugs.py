"""A project's address is made of its name, once, when the project is created."""

import re
import unicodedata

_SLUG = re.compile(r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])")
SLUG_RULE = "2 to 63 small letters, digits and hyphens, with no hyphen at either end."


def slug_of(name: str) -> str:
    """An address made of a name: small letters, digits and single hyphens."""
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", letters)[:63].strip("-")


def is_slug(text: str) -> bool:
    """Whether a project could have this address."""
    return _SLUG.fullmatch(text) is not None

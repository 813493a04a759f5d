"""The rules of form for what people type; each refusal says what is allowed."""

from __future__ import annotations

import re
import unicodedata

from . import invisible
from .errors import Invalid

SLUG = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
# MLflow's reserved workspace names (mlflow.utils.workspace_utils), `default` among them.
RESERVED_SLUGS = frozenset({"workspaces", "api", "ajax-api", "static-files", "default"})
USERNAME = re.compile(r"[a-z0-9]([a-z0-9._@+-]*[a-z0-9])?")
# Usernames of service accounts begin so; no person's may, or one could pass for the other.
SERVICE_PREFIX = "svc-"
EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
# PostgreSQL keeps no NUL, and half of a surrogate pair, which JSON can spell, has no UTF-8: no
# driver can send it. Everything else fits the columns of all three kinds of database (utf8mb4).
UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def is_storable(value: str) -> bool:
    """Whether every kind of database can store these letters."""
    return UNSTORABLE.search(value) is None


def storable(value: str, *, longest: int) -> str:
    """The text as far as a column of that length takes it; U+FFFD stands for what none takes.

    For texts that are written down as they came, such as those of a refused call. What people
    name things is refused instead: see the rules below.
    """
    return UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", value[:longest])


def slug(value: str) -> str:
    """A project's slug as MLflow accepts it for a workspace; raises Invalid."""
    if not 2 <= len(value) <= 63 or not SLUG.fullmatch(value):
        raise Invalid(
            "A slug has 2 to 63 characters: small letters, digits and hyphens, "
            "with a letter or digit at both ends.",
            reason="invalid_slug",
        )
    if value in RESERVED_SLUGS:
        raise Invalid(f"The slug '{value}' is reserved. Choose another.", reason="reserved_slug")
    return value


def username(value: str) -> str:
    """A person's sign-in name, in whatever way the person comes; raises Invalid."""
    if not 2 <= len(value) <= 64 or not USERNAME.fullmatch(value):
        raise Invalid(
            "A username has 2 to 64 characters: small letters, digits and . _ @ + -, "
            "with a letter or digit at both ends.",
            reason="invalid_username",
        )
    if value.startswith(SERVICE_PREFIX):
        raise Invalid(
            f"Usernames that begin with '{SERVICE_PREFIX}' are for service accounts. "
            "Choose another.",
            reason="invalid_username",
        )
    return value


def group(value: str) -> str:
    """A group's name; raises Invalid."""
    if not 2 <= len(value) <= 64 or not USERNAME.fullmatch(value):
        raise Invalid(
            "A group's name has 2 to 64 characters: small letters, digits and . _ @ + -, "
            "with a letter or digit at both ends.",
            reason="invalid_group",
        )
    return value


def is_email(value: str) -> bool:
    """Whether this looks like an e-mail address that can be stored."""
    plain = len(value) <= 254 and EMAIL.fullmatch(value) is not None and is_storable(value)
    return plain and not invisible.objection(value)


def email(value: str) -> str:
    """An e-mail address, or an empty text; raises Invalid."""
    if value and not is_email(value):
        raise Invalid("An e-mail address looks like name@example.org.", reason="invalid_email")
    return value


def title(value: str, what: str, *, longest: int, optional: bool = False) -> str:
    """A line for people to read, all of whose letters they see; raises Invalid naming `what`."""
    value = unicodedata.normalize("NFC", value).strip()
    if len(value) > longest or _has_control(value) or not (value or optional):
        least = 0 if optional else 1
        raise Invalid(
            f"{what} has {least} to {longest} characters on one line.", reason="invalid_text"
        )
    if wrong := invisible.objection(value):
        raise Invalid(
            f"{what} holds a letter that nobody sees: {wrong}. Type it again without.",
            reason="invisible_letter",
        )
    return value


def cleaned(value: str, *, longest: int) -> str:
    """What `title` takes of a line that somebody else wrote, such as a provider; it may be empty.

    A person must not be shut out for how their name is spelled elsewhere.
    """
    spaced = "".join(" " if _has_control(letter) else letter for letter in value)
    line = " ".join(unicodedata.normalize("NFC", spaced).split())
    return invisible.without(line[:longest]).strip()


def _has_control(value: str) -> bool:
    return any(unicodedata.category(letter) in ("Cc", "Cs") for letter in value)


def text(value: str, what: str, *, longest: int) -> str:
    """A longer text, line breaks allowed; raises Invalid naming `what`."""
    if len(value) > longest:
        raise Invalid(f"{what} has at most {longest} characters.", reason="invalid_text")
    if not is_storable(value):
        raise Invalid(f"{what} holds a NUL or half a character.", reason="invalid_text")
    return value.strip()


def number(value: str) -> int:
    """The number of an entry as an address names it; 0, which no entry has, for anything else."""
    return int(value) if value.isascii() and value.isdecimal() and len(value) <= 9 else 0

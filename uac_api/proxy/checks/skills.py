"""What a call says of a skill: its name, where its files are, the status of a version."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from ...errors import BadRequest
from ..request import fields
from ..request.call import Call
from . import webhook_urls

# The last segment of an address that is no skill: MLflow and the table read it as itself.
NOT_A_NAME = "bulk-register"
SCHEMES = ("https", "http", "git", "ssh", "oci")
# git's own short form, git@host.example:team/skills, and an image of a registry without a scheme.
_SCP_LIKE = re.compile(r"([\w.-]+@)?[\w-]+(\.[\w-]+)+:[\w./~-]+")
_IMAGE = re.compile(r"[a-z0-9][\w.-]*(:\d+)?(/[\w.-]+)*(:[\w.-]+)?(@sha256:[0-9a-f]{64})?")
# In each place where a body of the skill registry may name a source.
SOURCES = ("source", "skills.*.source")
NAMES = ("name", "skills.*.name")
DELETED = "deleted"
MOST_ICONS = 10
# The folder of a project's artifacts in which MLflow keeps the files that were uploaded.
FOLDER = "skills"


def check_names(call: Call) -> None:
    """Raise BadRequest for a name under which the skill could never be asked for."""
    for path in NAMES:
        if NOT_A_NAME in fields.body_texts(call, path):
            raise BadRequest(
                f"A skill cannot be called '{NOT_A_NAME}': that is an address of MLflow. "
                "Choose another name."
            )


def check_sources(call: Call) -> None:
    """Raise BadRequest for a source that only looks as if it were elsewhere.

    MLflow itself never opens a source, but who pulls the skill does, with rights of their own: a
    path, a file:// address, an option of git or a password in it would be used on their machine.
    """
    for path in SOURCES:
        for source in fields.body_texts(call, path):
            if not _is_elsewhere(source):
                raise BadRequest(
                    "That is no source for a skill. Name an https, ssh, git or oci address "
                    "without a password in it, or upload the files.",
                    reason="foreign_source",
                )


def check_icons(call: Call) -> None:
    """Raise BadRequest for an icon that MLflow would look for in our own network.

    It resolves the host of each, and says which has no address and which a private one.
    """
    icons = fields.body_texts(call, "icons.*.src")
    if len(icons) > MOST_ICONS:
        raise BadRequest(f"A skill has at most {MOST_ICONS} icons.")
    if not all(webhook_urls.is_public(icon) for icon in icons):
        raise BadRequest(
            "An icon lies at an address of the public internet: https://<host>/..., without a "
            "user name in it, whose host resolves to public addresses only. Name such a one.",
            reason="icon_target",
        )


def check_status(call: Call) -> None:
    """Raise BadRequest for a status that deletes: *promote* is not *delete*."""
    if any(fields.folded(one) == DELETED for one in fields.body_texts(call, "status")):
        raise BadRequest(
            "A version is not deleted by its status. Send DELETE for it.", reason="invalid"
        )


def check_file(path: str) -> None:
    """Raise BadRequest for a file among those of registered skills.

    A version's files never change: its digest was taken of them. MLflow 3.18 refuses this itself,
    an older one would let files lie in wait for it.
    """
    parts = path.strip("/").split("/")
    if parts[0] == "workspaces":
        parts = parts[2:]
    # A store may take SKILLS for the same folder.
    if parts and fields.folded(parts[0]) == FOLDER:
        raise BadRequest(
            f"The folder '{FOLDER}' holds the files of registered skills and is reserved. Write "
            "to another path, or register a version of a skill.",
            reason="reserved_path",
        )


def identity(call: Call) -> str:
    """The skill of a call's address, as people and MLflow's client write it."""
    name, organization = call.path_fields["name"], call.path_fields.get("organization")
    return name if organization is None else f"@{organization}/{name}"


def _is_elsewhere(source: str) -> bool:
    if source.startswith("-") or any(c.isspace() or not c.isprintable() for c in source):
        return False
    if "://" not in source:
        return any(form.fullmatch(source) for form in (_SCP_LIKE, _IMAGE))
    try:
        address = urlsplit(source)
    except ValueError:
        return False
    login = address.username is not None and address.scheme != "ssh"
    return (
        address.scheme in SCHEMES
        and bool(address.netloc)
        and address.password is None
        and not login
    )

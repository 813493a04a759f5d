"""The skill registry of MLflow 3.18: skills, their versions, aliases and tags.

A skill is called by its name, or by its organization and name. What decides which version readers
get is a promotion, as it is for models: aliases, the status of a version, its tags.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...access.decisions.roles import Action
from .row import Check, Family, Rule, Stamp, Trashed, Use

READ, REGISTER = Action.READ, Action.REGISTER
PROMOTE, DELETE = Action.PROMOTE, Action.DELETE

SINCE = "3.18.0"
_ROOT = "/api/3.0/mlflow/skills"

_skills = Family(_ROOT, SINCE)
_new = (Check.SKILL_NAME, Check.SKILL_ICONS)
_many = (Check.SKILL_NAME, Check.SKILL_SOURCE)
_source = (Check.PATH_ID_IN_BODY, Check.SKILL_SOURCE)
_status = (Check.SKILL_STATUS,)
_filter = (Check.FILTER,)


def _of_one(skill: str) -> Iterator[Rule]:
    """The rows of one skill, and of its versions, by an address of it."""
    one = Family(f"{_ROOT}/{skill}", SINCE)
    version = "/versions/{version}"
    yield one("GET", "", READ)
    yield one("PATCH", "", REGISTER, checks=(Check.SKILL_ICONS,), uses=Use.TEXT)
    yield one("DELETE", "", DELETE, trashed=Trashed.SKILL)
    yield one("POST", "/tags", REGISTER, stamp=Stamp.TAGS, uses=Use.TEXT)
    yield one("DELETE", "/tags/{key:path}", REGISTER, stamp=Stamp.KEEP)
    yield one("GET", "/aliases/{alias}", READ)
    yield one("POST", "/aliases", PROMOTE)
    yield one("DELETE", "/aliases/{alias}", PROMOTE)
    yield one("GET", "/versions", READ, checks=_filter)
    # The files come in a form; what is registered from elsewhere comes as JSON.
    yield one("POST", "/versions", REGISTER, checks=_source, form=True, uses=Use.BYTES)
    yield one("GET", version, READ)
    yield one("PATCH", version, PROMOTE, checks=_status, uses=Use.TEXT)
    yield one("DELETE", version, DELETE, trashed=Trashed.SKILL_VERSION)
    yield one("POST", f"{version}/tags", PROMOTE, stamp=Stamp.TAGS, uses=Use.TEXT)
    yield one("DELETE", f"{version}/tags/{{key:path}}", PROMOTE, stamp=Stamp.KEEP)


SKILLS = (
    _skills("GET", "", READ, checks=_filter),
    _skills("POST", "", REGISTER, checks=_new, uses=Use.TEXT),
    _skills("POST", "/bulk-register", REGISTER, checks=_many, uses=Use.TEXT),
    *_of_one("{name}"),
    *_of_one("@{organization}/{name}"),
)

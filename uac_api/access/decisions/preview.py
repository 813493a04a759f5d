"""What a change would do: the change itself, carried out and taken back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from . import explain
from .roles import Action

Actions = tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose access a change can touch: that of some people, in one project or in all.

    None stands for everybody, or for every project.
    """

    user_ids: frozenset[int] | None = None
    project_id: int | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """These people gain and lose these actions in that project."""

    project: str
    gains: Actions
    loses: Actions
    people: tuple[str, ...]


def rehearsed(
    session: Session, scope: Callable[[Session], Scope], work: Callable[[Session], object]
) -> list[Difference]:
    """What `work` changes within the scope, by project; the caller takes it all back.

    The scope is found before the change, so it takes the same locks first. Raises what the
    change raises.
    """
    within = scope(session)
    before = _access(session, within)
    work(session)
    session.flush()
    return _differences(before, _access(session, within))


_Access = dict[tuple[str, str], frozenset[Action]]


def _access(session: Session, within: Scope) -> _Access:
    return explain.everywhere(session, project_id=within.project_id, user_ids=within.user_ids)


def _differences(before: _Access, after: _Access) -> list[Difference]:
    alike: dict[tuple[str, Actions, Actions], list[str]] = defaultdict(list)
    for username, slug in sorted(before.keys() | after.keys()):
        had, has = (side.get((username, slug), frozenset()) for side in (before, after))
        if had != has:
            alike[slug, _ordered(has - had), _ordered(had - has)].append(username)
    return sorted(
        (Difference(*what, tuple(people)) for what, people in alike.items()),
        key=lambda one: (one.project, one.people),
    )


def _ordered(actions: Iterable[Action]) -> Actions:
    found = set(actions)
    return tuple(action for action in Action if action in found)

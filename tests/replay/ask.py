"""One request as data, which can be changed before it is sent."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, unquote, urlencode

from people import Person, Reply

from .estate import Estate

VARIABLE = re.compile(r"\{(\w+)(?::path)?\}")
SAFE = "/:@!$&'()*+,;=-._~"


@dataclass(frozen=True)
class Ask:
    """A request without a project in its address; `path` is as it goes over the wire."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: dict[str, Any] | None = None
    raw: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def target(self) -> str:
        """Path and query."""
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path

    @property
    def text(self) -> str:
        """All that the request says, for a look at what the answer only repeats."""
        # An artifact's path says the last part of it as well as the whole.
        return f"{unquote(self.target)} {self.query} {self.body} {self.raw!r} {self.headers}"

    def by(self, person: Person, slug: str) -> Reply:
        """The answer to the person, in a project that is named in the address."""
        return replace(self, path=f"/projects/{slug}{self.path}").sent(person)

    def sent(self, person: Person) -> Reply:
        """The answer to the person for the address as it is."""
        return person.ask(self.method, self.target, self.body, raw=self.raw, headers=self.headers)


@dataclass(frozen=True)
class Way:
    """One way to use a row: its fields, and those variables of its path that no thing has."""

    query: dict[str, Any] = field(default_factory=dict)
    body: dict[str, Any] | None = None
    raw: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)

    def at(self, method: str, path: str, estate: Estate) -> Ask:
        """The request of the row with this method and path."""
        known = {**estate.variables, **self.variables}
        filled = VARIABLE.sub(lambda found: quote(known[found[1]], safe=SAFE), path)
        query = tuple(
            (name, str(one))
            for name, value in self.query.items()
            for one in (value if isinstance(value, list) else [value])
        )
        return Ask(method, filled, query, self.body, self.raw, self.headers)


Ways = dict[str, Callable[[Estate], list[Way]]]


def asked(**fields: Any) -> Way:
    """A way that says everything in the query."""
    return Way(query=fields)


def told(**fields: Any) -> Way:
    """A way that says everything in a JSON body."""
    return Way(body=fields)


def swaps(own: Ask, foreign: Ask) -> Iterator[Ask]:
    """The own request with one thing at a time named as in the foreign one."""
    places = [*_differing(_document(own), _document(foreign))]
    for place, theirs in places if len(places) > 1 else []:
        document = json.loads(json.dumps(_document(own)))
        inner = document
        for step in place[:-1]:
            inner = inner[step]
        inner[place[-1]] = theirs
        yield replace(
            own,
            path="/".join(document["path"]),
            query=tuple((name, value) for name, value in document["query"]),
            body=document["body"],
            headers=document["headers"],
        )


def _document(ask: Ask) -> dict[str, Any]:
    query = [list(pair) for pair in ask.query]
    return {"path": ask.path.split("/"), "query": query, "body": ask.body, "headers": ask.headers}


def _differing(one: Any, other: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, Any]]:
    if isinstance(one, dict) and isinstance(other, dict):
        for name in one:
            yield from _differing(one[name], other[name], (*place, name))
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for index, (mine, theirs) in enumerate(zip(one, other, strict=True)):
            yield from _differing(mine, theirs, (*place, index))
    elif one != other:
        yield place, other

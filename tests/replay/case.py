"""What a spelling works on: one request for alice's things, one for the caller's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from .ask import Ask


@dataclass(frozen=True)
class Case:
    """What a trick works on."""

    hers: Ask
    own: Ask
    her_slug: str
    own_slug: str

    @property
    def here(self) -> str:
        """The address of the caller's own project."""
        return f"/projects/{self.own_slug}"

    @property
    def there(self) -> str:
        """The address of alice's project."""
        return f"/projects/{self.her_slug}"

    def at(self, path: str, **more: Any) -> Ask:
        """Alice's request at another address."""
        return replace(self.hers, path=path, **more)

    def headed(self, path: str, **headers: str) -> Ask:
        """Alice's request at another address, with more headers."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.at(path, headers={**self.hers.headers, **named})


Trick = Callable[[Case], Ask]


def at_home(write: Callable[[Case], Ask]) -> Trick:
    """A trick with fields, within the caller's own project."""

    def write_it(case: Case) -> Ask:
        ask = write(case)
        return replace(ask, path=case.here + ask.path)

    return write_it

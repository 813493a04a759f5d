"""A trail under seals, for tests: written, sealed, broken by hand and verified."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import text

from uac_api.access.audit import events
from uac_api.access.audit import verify as verification
from uac_api.access.audit.report import Report
from uac_api.access.audit.seals import Sealer
from uac_api.access.audit.signatures import Signer
from uac_api.access.database import Database

KEY = "a-key-for-the-marks-of-the-trail-in-tests"


@dataclass
class Sealed:
    """A database whose events are marked, and its sealer."""

    database: Database
    marks: Signer
    sealer: Sealer

    def write(self, *targets: str, **more: Any) -> None:
        """Events, one after the other."""
        for target in targets:
            entry = events.Entry("runs.create", events.ALLOWED, user="alice", target=target, **more)
            self.database.write(partial(events.write, entries=[entry]))

    def written(self, *targets: str) -> Sealed:
        """The same with events, sealed two by two."""
        for begin in range(0, len(targets), 2):
            self.write(*targets[begin : begin + 2])
            self.sealer.once()
        return self

    def by_hand(self, statement: str, **values: object) -> None:
        """What somebody with the database's password does."""
        # Each of the three has its own way to quote a name that is also a word of SQL.
        quoted = statement.replace('"', "`") if self.database.kind == "mysql" else statement
        self.database.write(lambda session: session.execute(text(quoted), values))

    def verify(self, **how: Any) -> Report:
        """What a look at the trail finds."""
        return verification.verify(self.database, self.marks, **how)

    def findings(self, **how: Any) -> list[tuple[str, int]]:
        """What is wrong, and its id."""
        return [(one.what, one.id) for one in self.verify(**how).findings]

    def ids(self) -> list[int]:
        """The ids of all events."""
        found = self.database.read(
            lambda s: events.onward(s, events.Filter(), after=0, limit=100_000)
        )
        return [event.id for event in found]


def sealed(database: Database, key: str = KEY, *before: str) -> Sealed:
    """A sealed trail in a database of a test."""
    marks = Signer(key, *before)
    own = Database(database.url.render_as_string(hide_password=False), marks)
    made = Sealed(own, marks, Sealer(own, marks))
    made.sealer.once()
    return made

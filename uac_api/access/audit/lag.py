"""How far the seals are behind the trail, and whether the newest of them hold together.

It is cheap, for looks every few seconds; `verification` is the whole proof.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..models import Event, Seal, now
from .seals import SEAL_COLUMNS
from .signatures import Signer

NEWEST = 20


@dataclass(frozen=True, slots=True)
class SealLag:
    """The newest seal, and the events after it; `waiting_since` is when the oldest was written.

    `whole` says of the newest 20 seals that each is ours and follows the one before it.
    """

    seal: int
    sealed_at: datetime | None
    whole: bool
    waiting: int
    waiting_since: datetime | None

    @property
    def seconds(self) -> float:
        """The age of the oldest event that no seal covers; 0 when none waits."""
        return (now() - self.waiting_since).total_seconds() if self.waiting_since else 0.0


def read(session: Session, marks: Signer) -> SealLag:
    """The state of now, in two statements."""
    statement = select(*SEAL_COLUMNS).order_by(Seal.id.desc()).limit(NEWEST)
    seals = [dict(row._mapping) for row in session.execute(statement)]
    top = seals[0]["top"] if seals else 0
    after = select(func.count(), func.min(Event.at)).where(Event.id > top)
    waiting, since = session.execute(after).one()
    return SealLag(
        seal=seals[0]["id"] if seals else 0,
        sealed_at=seals[0]["at"] if seals else None,
        whole=_whole(seals, marks),
        waiting=waiting,
        waiting_since=since,
    )


def _whole(seals: Sequence[dict[str, Any]], marks: Signer) -> bool:
    follow = all(
        (newer["id"], newer["previous"]) == (older["id"] + 1, older["mark"])
        for newer, older in pairwise(seals)
    )
    return follow and all(marks.fits_seal(seal) for seal in seals)

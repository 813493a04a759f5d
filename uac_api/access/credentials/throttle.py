"""Wrong passwords make the next try wait, on every replica and at both interfaces.

Each wrong password is counted three times. Beyond its free ones a count makes wait:

| count | of | who waits |
|---|---|---|
| pair | the account at this address | the account at this address |
| account | the account, wherever | the account, where it has not signed in lately |
| address | this address, whatever account | slowed: who fails here, from the first failure on |
| | | flooded: each account that has not signed in here lately |

While an account waits, its right password is refused as well: otherwise a guesser would learn it.
Nobody waits for others' failures at an address that is only slowed, nor where they sign in
usually: a guesser elsewhere cannot lock anybody out of there.

A refused try is not looked at and not counted. A name that belongs to nobody is counted as one
that belongs to somebody, under a keyed hash: people type passwords there.
"""

from __future__ import annotations

import hashlib
import hmac
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, bindparam, delete, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from telemetry.addresses import address_key

from ..database import ATTEMPTS, Database
from ..errors import TooManyAttempts
from ..models import SignInDelay, now

PAIR, ACCOUNT, ADDRESS = "pair", "account", "address"
# No count: the account has signed in from this address, when `last_failed_at` says.
USUAL = "usual"
# Stands before the hash of a name that belongs to nobody; no username begins with it.
NOBODY = "?"
USUAL_IS_FRESH = timedelta(days=1)
SWEEP_SECONDS = 3600.0
ZERO = timedelta()


@dataclass(frozen=True, slots=True)
class Pace:
    """So many free failures, then a wait of `first` seconds that doubles up to `longest`."""

    free: int
    first: float
    longest: float

    def wait(self, failures: int) -> timedelta | None:
        """How long to wait after so many failures, None for not at all."""
        over = failures - self.free
        if over < 1:
            return None
        return timedelta(seconds=min(self.longest, self.first * 2 ** min(over - 1, 20)))


@dataclass(frozen=True, slots=True)
class Paces:
    """The paces of all counts; a count falls away when `quiet` has passed since its last one."""

    pair: Pace = Pace(5, 10, 900)
    account: Pace = Pace(50, 10, 900)
    slowed: Pace = Pace(100, 10, 60)
    flooded: Pace = Pace(1000, 1, 60)
    quiet: timedelta = timedelta(days=1)
    usual: timedelta = timedelta(days=30)


DEFAULT_PACES = Paces()


@dataclass(frozen=True, slots=True)
class Place:
    """An account at an address, as the counts are named; `username` is empty for nobody's."""

    account: str
    address: str
    username: str = ""

    @property
    def pair(self) -> str:
        """The name of the count of both; neither part has a space in it."""
        return f"{self.account} {self.address}"


@dataclass(frozen=True, slots=True)
class Standing:
    """What was known of a place before a try."""

    failed: bool
    usual: bool


def _named(*kinds: str) -> ColumnElement[bool]:
    """The rows of one place; usual addresses are named as pairs are."""
    names = {PAIR: "pair", USUAL: "pair", ACCOUNT: "named", ADDRESS: "address"}
    return or_(
        *(
            and_(SignInDelay.kind == kind, SignInDelay.name == bindparam(names[kind]))
            for kind in kinds
        )
    )


# The latest end of a delay that may concern a place, as a part of another statement.
LATEST_END = (
    select(func.max(SignInDelay.until)).where(_named(PAIR, ACCOUNT, ADDRESS)).scalar_subquery()
)
_ROWS = select(
    SignInDelay.kind, SignInDelay.failures, SignInDelay.last_failed_at, SignInDelay.until
).where(_named(PAIR, ACCOUNT, ADDRESS, USUAL))


class Throttle:
    """Says whether a password may be looked at now, and counts the wrong ones."""

    def __init__(self, database: Database, secret_key: str, paces: Paces = DEFAULT_PACES) -> None:
        self._database = database
        self._paces = paces
        self._sweep_at = 0.0
        self._key = hashlib.blake2b(
            secret_key.encode(), digest_size=32, person=b"sign-in-delays"
        ).digest()

    def place(self, typed: str, username: str, address: str) -> Place:
        """Where a try is counted; `username` is empty if what was typed is nobody's name."""
        hashed = hmac.digest(self._key, typed.encode(), "sha256").hex()[:32]
        return Place(username or NOBODY + hashed, address_key(address), username)

    def check(self, place: Place) -> Standing:
        """What is known of a place; raises TooManyAttempts while it waits."""
        moment = now()
        rows = self._database.rows(
            _ROWS, pair=place.pair, named=place.account, address=place.address
        )
        found = {row.kind: row for row in rows}
        usual = _age(found.get(USUAL), moment) < self._paces.usual
        kinds = (PAIR,) if usual else (PAIR, ACCOUNT, ADDRESS)
        ends = [row.until for kind in kinds if (row := found.get(kind)) and row.until]
        if ends and (end := max(ends)) > moment:
            seconds = math.ceil((end - moment).total_seconds())
            raise TooManyAttempts(seconds, target=place.username)
        fresh = _age(found.get(USUAL), moment) < USUAL_IS_FRESH
        return Standing(failed=PAIR in found, usual=fresh)

    def failed(self, place: Place) -> None:
        """Count a wrong password."""
        self._write(lambda session: self._count(session, place))

    def succeeded(self, place: Place, moment: datetime) -> None:
        """Forget what was wrong at this place before a right password at `moment`.

        The place is remembered as usual from then on. What failed after `moment` still counts: this
        is written after the answer, and a guesser at the same address may have been at work since.
        """
        before = and_(_named(PAIR), SignInDelay.last_failed_at <= moment)

        def work(session: Session) -> None:
            session.execute(delete(SignInDelay).where(before), {"pair": place.pair})
            session.merge(SignInDelay(kind=USUAL, name=place.pair, last_failed_at=moment))

        self._write(work)

    def sweep(self) -> None:
        """Delete what has fallen away, once an hour at most."""
        if time.monotonic() < self._sweep_at:
            return
        self._sweep_at = time.monotonic() + SWEEP_SECONDS
        moment, paces = now(), self._paces
        counts = and_(SignInDelay.kind != USUAL, SignInDelay.last_failed_at < moment - paces.quiet)
        usual = and_(SignInDelay.kind == USUAL, SignInDelay.last_failed_at < moment - paces.usual)
        self._write(lambda session: session.execute(delete(SignInDelay).where(or_(counts, usual))))

    def _write(self, work: Callable[[Session], object]) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                self._database.write(work)
            except IntegrityError:
                # Somebody else made the same row meanwhile; now it is there.
                if attempt == ATTEMPTS:
                    raise
            else:
                return

    def _count(self, session: Session, place: Place) -> None:
        # Always in this order, so that two who count at once wait for each other in one direction.
        paces, moment = self._paces, now()
        pair = self._one_more(session, PAIR, place.pair, moment)
        account = self._one_more(session, ACCOUNT, place.account, moment)
        address = self._one_more(session, ADDRESS, place.address, moment)
        own, slowed = paces.pair.wait(pair.failures), paces.slowed.wait(address.failures)
        pair.until = _after(moment, max(own or ZERO, slowed or ZERO))
        account.until = _after(moment, paces.account.wait(account.failures))
        address.until = _after(moment, paces.flooded.wait(address.failures))

    def _one_more(self, session: Session, kind: str, name: str, moment: datetime) -> SignInDelay:
        row = session.get(SignInDelay, (kind, name), with_for_update=True)
        if row is None:
            row = SignInDelay(kind=kind, name=name, failures=0)
            session.add(row)
        elif row.last_failed_at < moment - self._paces.quiet:
            row.failures = 0
        row.failures += 1
        row.last_failed_at = moment
        return row


def _age(row: Row[Any] | None, moment: datetime) -> timedelta:
    return timedelta.max if row is None else moment - row.last_failed_at


def _after(moment: datetime, wait: timedelta | None) -> datetime | None:
    return moment + wait if wait else None

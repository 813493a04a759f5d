"""How much of Studio a visitor may use: sockets open at once, and messages on them.

A message makes Streamlit run a page. Who is signed in has the share of their session. Who is not
has the share of their address, inside one that all of them have together, so that a crowd at the
sign-in form leaves the processor to those who work. A message over the share waits for its turn;
one that would wait too long is refused, together with its socket. Each process counts for itself.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache
from itertools import islice

from studio_app.app.token_bucket import TokenBucket
from studio_app.settings import Share, settings
from telemetry.addresses import address_key

# What so many seconds allow may come at once, after as long a pause.
BURST_SECONDS = 10
# Nobody waits longer for their turn.
LONGEST_WAIT_SECONDS = 5.0
# How many sessions and addresses are remembered after their last socket, and sessions that ended.
MOST_REMEMBERED = 4096


class TooMany(Exception):
    """The share is used up; `seconds` is when to come again."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"come again in {seconds:.0f} s")
        self.seconds = seconds


@dataclass(frozen=True)
class Visitor:
    """Who opens a socket or sends a request: the id of a session, or None, and an address."""

    session: str | None
    address: str


@dataclass
class Account:
    """What one session, one address, or all who are signed out use of their share now."""

    share: Share
    bucket: TokenBucket
    # The oldest first.
    places: "dict[Place, None]" = field(default_factory=dict)

    @property
    def is_taken(self) -> bool:
        """Whether no more sockets may be opened."""
        return len(self.places) >= self.share.sockets


@dataclass(eq=False)
class Place:
    """The place of one open socket; `evict` ends the socket."""

    accounts: list[Account]
    evict: Callable[[], None]

    def leave(self) -> None:
        """Give the place back."""
        for account in self.accounts:
            account.places.pop(self, None)


class Shares:
    """Counts what visitors use. For the thread of the event loop, but for `end_session`."""

    def __init__(
        self,
        session: Share,
        address: Share,
        signed_out: Share,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._session, self._address = session, address
        self._accounts: OrderedDict[tuple[str, str], Account] = OrderedDict()
        self._signed_out = self._new_account(signed_out)
        self._ended: OrderedDict[str, None] = OrderedDict()

    def enter(self, visitor: Visitor, evict: Callable[[], None]) -> Place:
        """The place of a new socket. Raises TooMany.

        Where all places of the signed out are taken, the address that has the most of them loses
        its oldest to one that has fewer: a few addresses keep nobody else from signing in.
        """
        accounts = self._accounts_of(visitor)
        own = accounts[0]
        if own.is_taken:
            raise TooMany(LONGEST_WAIT_SECONDS)
        if self._signed_out in accounts:
            # Opening a socket costs about as much as a run of the form.
            self._spend(accounts, longest=0.0)
            if self._signed_out.is_taken:
                self._make_room(own)
        place = Place(accounts, evict)
        for account in accounts:
            account.places[place] = None
        return place

    def wait(self, visitor: Visitor) -> float:
        """Seconds until it is the turn of a visitor's message, which is counted. Raises TooMany."""
        return self._spend(self._accounts_of(visitor), longest=LONGEST_WAIT_SECONDS)

    def end_session(self, session: str) -> None:
        """Take who shows this session for signed out from now on: the API says it is over."""
        self._ended[session] = None
        if len(self._ended) > MOST_REMEMBERED:
            self._ended.popitem(last=False)

    def _accounts_of(self, visitor: Visitor) -> list[Account]:
        if visitor.session is not None and visitor.session not in self._ended:
            return [self._account(("session", visitor.session), self._session)]
        address = ("address", address_key(visitor.address))
        return [self._account(address, self._address), self._signed_out]

    def _account(self, key: tuple[str, str], share: Share) -> Account:
        found = self._accounts.pop(key, None)
        if found is None:
            self._forget_the_idle()
            found = self._new_account(share)
        # At the end of the queue for being forgotten.
        self._accounts[key] = found
        return found

    def _new_account(self, share: Share) -> Account:
        bucket = TokenBucket(share.per_second, share.per_second * BURST_SECONDS, self._clock())
        return Account(share, bucket)

    def _forget_the_idle(self) -> None:
        """Drop some that were used longest ago; one that has a socket, or owes something, stays."""
        now = self._clock()
        excess = len(self._accounts) - MOST_REMEMBERED
        for key, account in list(islice(self._accounts.items(), max(0, min(excess, 8)))):
            if account.places or not account.bucket.is_full(now):
                self._accounts.move_to_end(key)
            else:
                del self._accounts[key]

    def _spend(self, accounts: Iterable[Account], *, longest: float) -> float:
        now = self._clock()
        buckets = [account.bucket for account in accounts]
        seconds = max(bucket.seconds_until(now) for bucket in buckets)
        if seconds > longest:
            raise TooMany(seconds)
        for bucket in buckets:
            bucket.take(now)
        return seconds

    def _make_room(self, own: Account) -> None:
        addresses = (account for (kind, _), account in self._accounts.items() if kind == "address")
        largest = max(addresses, key=lambda account: len(account.places))
        if len(largest.places) <= len(own.places) + 1:
            raise TooMany(LONGEST_WAIT_SECONDS)
        oldest = next(iter(largest.places))
        oldest.leave()
        oldest.evict()


@cache
def shares() -> Shares:
    """The shares of this process, by its settings."""
    found = settings()
    return Shares(found.session_share, found.address_share, found.signed_out_share)

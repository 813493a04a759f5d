"""The kinds of traffic to MLflow, and shares of each: no kind takes another's, no person all.

A call that waits for MLflow holds a thread of the process, and so does one that waits for a
place. Places and those who may wait for them are therefore shares of `UAC_THREADS`, less
SPARE_THREADS: the probes, signing in and what asks only the UAC database are answered whatever
MLflow does.

Nor does one kind of work take all the places of its kind of traffic: searches that a database
answers slowly, or files that slow clients fetch, leave places for a script that logs a metric, and
the other way round. And no person takes all: of calls, and of what slow clients send and fetch.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from .access.decisions.principals import Principal, Via
from .concurrency import (
    ConcurrencyLimit,
    PersonalLimit,
    SlowLimit,
    too_many_transfers,
)
from .errors import StudioError, TooMany, Unsent
from .request_body import when_slow
from .settings import Settings

# Passwords under check and those that wait for that (identity.py), and four for the rest.
SPARE_THREADS = 12
# How long a call waits for a place when its kind has as many under way as may be.
PLACE_SECONDS = 5.0
# How long somebody reads one at a time whose question the database had to end.
RESTRAINED_SECONDS = 60.0
# How many lists of one person wait for a place of theirs: a page of Studio asks for some at once.
WAITING_LISTS = 4
# So many bodies for the management API are read at once that did not come with their heads.
BODIES = 2


class Traffic(StrEnum):
    """Who waits: a script; a person at a page; a list over projects; who asks the reading room."""

    SCRIPTS = "scripts"
    PAGES = "pages"
    LISTS = "lists"
    READINGS = "readings"


class Work(StrEnum):
    """What a call makes MLflow do: search many rows, move a file, or one small thing."""

    SEARCHES = "searches"
    FILES = "files"
    CALLS = "calls"


# Each work leaves one place in so many to the others. Small things are over soon, and leave few.
LEAVES_ONE_IN = {Work.SEARCHES: 2, Work.FILES: 2, Work.CALLS: 12}


def part_of(most: int, work: Work) -> int:
    """How many of the `most` places of a kind of traffic a work may take."""
    return most - most // LEAVES_ONE_IN[work]


def most_of_one(most: int) -> int:
    """How many of `most` one person may have: a quarter is left to everybody else."""
    return max(1, most * 3 // 4)


@dataclass(frozen=True, slots=True)
class Places:
    """How much of each kind may be under way at once in one process."""

    scripts: int
    pages: int
    lists: int
    readings: int = 1

    def limit(self, kind: Traffic) -> ConcurrencyLimit:
        """The limit of a kind: half as many more as it has places may wait for one."""
        most = {
            Traffic.SCRIPTS: self.scripts,
            Traffic.PAGES: self.pages,
            Traffic.LISTS: self.lists,
            Traffic.READINGS: self.readings,
        }[kind]
        return ConcurrencyLimit(most, queue=most // 2, seconds=PLACE_SECONDS, refusal=_too_busy)

    def limits(self, kind: Traffic) -> dict[Work, ConcurrencyLimit]:
        """The limits of each work within a kind."""
        whole = self.limit(kind)
        found = {}
        for work in LEAVES_ONE_IN:
            most = part_of(whole.most, work)
            # Who waits holds a thread as well: all together no more than may wait for the whole.
            found[work] = whole.part(most, queue=max(1, most // 4))
        return found


def places(settings: Settings) -> Places:
    """The places that the settings give, or where they say 0 those that UAC_THREADS has room for.

    Five of eleven threads are for those who wait: for a place of all, or for one of their own.
    """
    room = max(3, (settings.threads - SPARE_THREADS) * 6 // 11)
    lists, readings, pages = max(1, room // 11), max(1, room // 4), max(1, room // 4)
    return Places(
        scripts=settings.max_script_calls or max(1, room - pages - lists - readings),
        pages=settings.max_page_calls or pages,
        lists=settings.max_lists or lists,
        readings=settings.max_readings or readings,
    )


def questions(settings: Settings) -> ConcurrencyLimit:
    """The places of what looks through the UAC database: the audit trail, everybody's tokens.

    Others ask for a row by its key, and wait for none of these.
    """
    most = max(1, settings.threads // 16)
    return ConcurrencyLimit(most, queue=most, seconds=PLACE_SECONDS, refusal=_too_many_questions)


class PersonShares:
    """What one person may have under way in a process, by kind: calls, files, slow transfers."""

    def __init__(self, calls: int, places: Places) -> None:
        # The kinds are apart, so that somebody whose scripts are busy can still look at them.
        kinds = {Traffic.SCRIPTS: places.scripts, Traffic.PAGES: places.pages}
        self._calls = {kind: _call_limit(calls, most) for kind, most in kinds.items()}
        self._slow = {kind: _slow_limit(most) for kind, most in kinds.items()}
        self._files = {kind: _file_limit(most) for kind, most in kinds.items()}
        refusal = partial(too_many_transfers, "Too many large requests are under way.")
        self._bodies = ConcurrencyLimit(
            BODIES, queue=BODIES, seconds=PLACE_SECONDS, refusal=refusal
        )

    @contextmanager
    def hold(self, principal: Principal, environ: Mapping[str, object]) -> Iterator[None]:
        """Hold one of the person's calls, and a slow transfer once its client turns out to be slow.

        Raises TooMany when the person's calls are all taken and none ends in PLACE_SECONDS, or too
        many wait for that. When the slow transfers are taken, reading the body raises it, or the
        answer breaks off.
        """
        kind, username = kind_of(principal), principal.username
        slow = self._slow[kind]
        with self._calls[kind].hold(username), ExitStack() as held:

            def begin() -> None:
                slow.begin(username)
                held.callback(slow.end, username)

            when_slow(environ, begin)
            try:
                yield
            finally:
                when_slow(environ, None)

    def hold_file(self, principal: Principal) -> AbstractContextManager[None]:
        """Hold one of the person's files under way, fast or not yet known to be slow.

        Raises TooMany when none ends in PLACE_SECONDS, or too many wait for that.
        """
        return self._files[kind_of(principal)].hold(principal.username)

    def check_slow(self, principal: Principal) -> None:
        """Raise TooMany while the person has as many slow transfers as may be, or all have."""
        self._slow[kind_of(principal)].check(principal.username)

    def hold_body(self) -> AbstractContextManager[None]:
        """Hold one of the large bodies for the management API, of all. Raises TooMany."""
        return self._bodies.hold()


class ReadingShares:
    """The places of questions to the reading room: of all in a process, and of each person.

    What sends all rows may take as long as its client takes to read them, so such answers have half
    of the places at most, and one of a person.
    """

    def __init__(self, places: Places) -> None:
        whole = places.limit(Traffic.READINGS)
        exports = max(1, whole.most // 2)
        queue = personal_queue(whole.most)
        self._all = {False: whole, True: whole.part(exports, queue=queue)}
        self._own = {
            is_export: PersonalLimit(
                most,
                queue=queue,
                seconds=PLACE_SECONDS,
                refusal=_too_many_readings,
                restrained=RESTRAINED_SECONDS,
            )
            for is_export, most in ((False, most_of_one(whole.most)), (True, 1))
        }
        self._lists = PersonalLimit(
            most_of_one(places.lists),
            queue=WAITING_LISTS,
            seconds=PLACE_SECONDS,
            refusal=_too_many_readings,
            restrained=RESTRAINED_SECONDS,
        )

    @contextmanager
    def hold(self, username: str, *, is_export: bool) -> Iterator[None]:
        """Hold a place. Raises TooMany for the person's own, Unsent for those of all."""
        with self._own[is_export].hold(username), self._all[is_export].hold():
            yield

    def hold_list(self, username: str) -> AbstractContextManager[None]:
        """Hold one of the person's places for lists over projects. Raises TooMany."""
        return self._lists.hold(username)

    def restrain(self, username: str) -> None:
        """Let the person have one at a time for a while: the database had to end theirs."""
        for limit in (*self._own.values(), self._lists):
            limit.restrain(username)


def personal_queue(most: int) -> int:
    """How many calls may wait for a place of their own person, where a kind has `most` places."""
    return max(1, most // 4)


def _call_limit(most: int, places: int) -> PersonalLimit:
    """So many calls of one person, all their tokens or all their sessions together.

    A few more wait, so that a team of scripts a little larger than the limit meets no refusal: a
    client of 3.18 ends after seven of them.
    """

    def refusal() -> StudioError:
        return TooMany(f"{most} calls of yours are under way already. Wait for one to end.")

    return PersonalLimit(most, queue=personal_queue(places), seconds=PLACE_SECONDS, refusal=refusal)


def _slow_limit(most: int) -> SlowLimit:
    most = max(1, most // 2)
    return SlowLimit(most, most_of_one(most))


def _file_limit(most: int) -> PersonalLimit:
    files = part_of(most, Work.FILES)
    return PersonalLimit(
        most_of_one(files),
        queue=max(1, files // 2),
        seconds=PLACE_SECONDS,
        refusal=partial(too_many_transfers, "Too many files of yours are under way."),
    )


def kind_of(principal: Principal) -> Traffic:
    """A session is a person's, at Studio or at MLflow's own pages; everything else a script."""
    return Traffic.PAGES if principal.via is Via.SESSION else Traffic.SCRIPTS


def _too_many_readings() -> StudioError:
    return TooMany(
        "Other questions of yours about runs and metrics are still under way. Wait for them, or "
        "ask for less."
    )


def _too_many_questions() -> StudioError:
    return TooMany(
        "Too many people look through the audit trail or another long list just now. Try again in "
        "a moment."
    )


def _too_busy() -> StudioError:
    # Each time that the clients come again they wait here, so that a second is enough.
    return Unsent("MLflow has too much to do. Try again in a moment.", retry_after=1)

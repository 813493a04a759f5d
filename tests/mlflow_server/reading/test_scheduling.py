"""Questions that wait together are answered together, with nothing older than the question."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Awaitable, Callable

import pytest

import loops
from mlflow_server.reading.scheduling import AT_A_TIME, NICE, Scheduler
from mlflow_server.reading.session import Cancellation


class Counter:
    """What was logged; an answer is how much of it there was when the answer was begun."""

    def __init__(self) -> None:
        self.logged = 0
        self.begun = 0
        self.cancelled = 0
        self.go_on = threading.Event()

    def read(self, cancellation: Cancellation) -> int:
        """Begin, and end when the test says so or nobody waits."""
        self.begun += 1
        there = self.logged
        while not self.go_on.wait(0.01):
            if cancellation.is_cancelled:
                self.cancelled += 1
                break
        return there


async def until(condition: Callable[[], bool]) -> None:
    """Wait, with the loop free for others."""
    while not condition():
        await asyncio.sleep(0.005)


def played(scene: Callable[[Scheduler[int], Counter], Awaitable[None]]) -> Counter:
    """A counter after a scene with a scheduler of its own."""
    counter = Counter()

    async def whole() -> None:
        await scene(Scheduler(), counter)

    loops.run(whole())
    return counter


def test_who_asks_what_is_waiting_already_shares_one_answer() -> None:
    async def scene(scheduler: Scheduler[int], counter: Counter) -> None:
        first = asyncio.create_task(scheduler.share("runs", counter.read))
        await until(lambda: counter.begun == 1)
        others = [asyncio.create_task(scheduler.share("runs", counter.read)) for _ in range(30)]
        await asyncio.sleep(0.05)
        assert counter.begun == 1
        counter.go_on.set()
        assert [await first, *await asyncio.gather(*others)] == [0] * 31

    assert played(scene).begun == 2


def test_nobody_is_told_less_than_was_there_when_they_asked() -> None:
    async def scene(scheduler: Scheduler[int], counter: Counter) -> None:
        before = asyncio.create_task(scheduler.share("runs", counter.read))
        await until(lambda: counter.begun == 1)
        counter.logged = 1
        afterwards = asyncio.create_task(scheduler.share("runs", counter.read))
        await asyncio.sleep(0.02)
        counter.go_on.set()
        assert (await before, await afterwards) == (0, 1)

    played(scene)


def test_other_questions_are_not_waited_for() -> None:
    async def scene(scheduler: Scheduler[int], counter: Counter) -> None:
        keys = [f"workspace {number}" for number in range(AT_A_TIME)]
        asked = [asyncio.create_task(scheduler.share(key, counter.read)) for key in keys]
        await until(lambda: counter.begun == AT_A_TIME)
        more = asyncio.create_task(scheduler.share("one more", counter.read))
        await asyncio.sleep(0.05)
        assert counter.begun == AT_A_TIME
        counter.go_on.set()
        await asyncio.gather(*asked, more)

    assert played(scene).begun == AT_A_TIME + 1


def test_work_ends_when_the_last_who_waited_has_gone() -> None:
    async def scene(scheduler: Scheduler[int], counter: Counter) -> None:
        blocking = asyncio.create_task(scheduler.share("runs", counter.read))
        await until(lambda: counter.begun == 1)
        two = [asyncio.create_task(scheduler.share("runs", counter.read)) for _ in range(2)]
        await asyncio.sleep(0.02)
        blocking.cancel()
        await until(lambda: counter.begun == 2)
        two[0].cancel()
        await asyncio.sleep(0.05)
        assert counter.cancelled == 1
        two[1].cancel()
        await asyncio.wait(two)
        assert counter.cancelled == 2
        # Whoever asks now is not given what was broken off.
        counter.go_on.set()
        counter.logged = 7
        assert await scheduler.share("runs", counter.read) == 7

    played(scene)


def test_what_has_not_begun_never_begins_when_nobody_waits_for_it() -> None:
    async def scene(scheduler: Scheduler[int], counter: Counter) -> None:
        first = asyncio.create_task(scheduler.share("runs", counter.read))
        await until(lambda: counter.begun == 1)
        second = asyncio.create_task(scheduler.share("runs", counter.read))
        await asyncio.sleep(0.02)
        second.cancel()
        await asyncio.wait({second})
        counter.go_on.set()
        await first
        await asyncio.sleep(0.02)

    assert played(scene).begun == 1


def test_an_error_reaches_everybody_and_nobody_later() -> None:
    answers: list[int | Exception] = [ValueError("away"), 3]

    def read(_cancellation: Cancellation) -> int:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def scene(scheduler: Scheduler[int], _counter: Counter) -> None:
        both = [asyncio.create_task(scheduler.share("runs", read)) for _ in range(2)]
        found = await asyncio.gather(*both, return_exceptions=True)
        assert [str(one) for one in found] == ["away", "away"]
        assert await scheduler.share("runs", read) == 3

    played(scene)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a priority for a thread")
def test_readings_give_way_to_changes() -> None:
    own = os.getpriority(os.PRIO_PROCESS, 0)

    def nice(_cancellation: Cancellation) -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    async def scene(scheduler: Scheduler[int], _counter: Counter) -> None:
        assert await scheduler.share("nice", nice) == NICE
        assert await scheduler.run(lambda: nice(Cancellation())) == NICE

    played(scene)
    assert os.getpriority(os.PRIO_PROCESS, 0) == own

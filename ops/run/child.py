"""One process of the Procfile: it leads its own group, and its lines come through one pipe."""

import asyncio
import contextlib
import errno
import os
import shlex
import shutil
import signal
import string
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

BOUND = Path(__file__).with_name("bound.py")


@dataclass(frozen=True)
class Service:
    """One line of the Procfile with its environment.

    Who serves has an address that tells its health.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    health_url: str | None


def read_procfile(path: Path) -> dict[str, str]:
    """The commands of a Procfile by their names, in its order."""
    lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    pairs = [line.split(":", 1) for line in lines if line and not line.startswith("#")]
    return {name.strip(): command.strip() for name, command in pairs}


def command_words(command: str, environment: Mapping[str, str]) -> tuple[str, ...]:
    """The command split as a shell would, with its $VARIABLES filled in; no shell runs it."""
    return tuple(string.Template(word).substitute(environment) for word in shlex.split(command))


def ending(code: int) -> str:
    """How a process ended, in words."""
    return f"exit code {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"


class Child:
    """A running process and everything it started."""

    def __init__(self, process: asyncio.subprocess.Process, output: asyncio.StreamReader) -> None:
        self._process = process
        self._output = output

    @property
    def process_id(self) -> int:
        """The process id, which is the id of its group too."""
        return self._process.pid

    def ask_to_end(self) -> None:
        """Send SIGTERM to the process; it ends the others of its group in its own way."""
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()

    def kill(self) -> None:
        """Kill the whole group, as far as anything of it is left."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    async def ended(self) -> int:
        """Wait for the process itself, then kill what is left of its group; its exit code."""
        code = await self._process.wait()
        self.kill()
        return code

    async def lines(self) -> AsyncIterator[str]:
        """Its lines, until the last of the group has closed its output."""
        rest = b""
        while chunk := await self._output.read(65536):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                yield line.decode(errors="replace").rstrip()
        if rest:
            yield rest.decode(errors="replace").rstrip()


async def start_child(service: Service, root: Path) -> Child:
    """Start the process. Raises OSError if there is no such program."""
    # The pipe is ours and not asyncio's, whose `wait` would wait for orphans that hold it open.
    reading, writing = os.pipe()
    output = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(output), os.fdopen(reading, "rb")
    )
    try:
        process = await asyncio.create_subprocess_exec(
            *bound(service.command, service.environment),
            cwd=root,
            env=dict(service.environment),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=writing,
            stderr=writing,
            start_new_session=True,
        )
    finally:
        os.close(writing)
    return Child(process, output)


def bound(words: Sequence[str], environment: Mapping[str, str]) -> list[str]:
    """The command, such that it ends in the proper way if this process is killed outright.

    Raises FileNotFoundError if there is no such program.
    """
    name, *rest = words
    program = shutil.which(name, path=environment.get("PATH"))
    if program is None:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name)
    if sys.platform != "linux":
        return [program, *rest]
    # Without site and the environment's settings of Python: it starts in a few milliseconds.
    return [sys.executable, "-I", "-S", str(BOUND), str(os.getpid()), program, *rest]

"""Programs of the tests, begun where importing MLflow and uac_api has already been done.

Importing MLflow takes four seconds of a processor, its server as much again, uac_api three, what
Studio stands on two and a half, and the tests start some three hundred programs that do nothing
else at first. Here they are forked from a process that has imported it all and done nothing with
it. From there on each is what it is when it is started: it has its arguments, its environment, its
output and a process group of its own, and ends by the same signals. What MLflow decides by its
environment while `mlflow.server` is imported it still decides then: that package is imported by
each server itself. In the usual way programs are started by tests/mlflow_server/test_start.py,
tests/ops/test_run.py and tests/ops/test_restore_drill.py.
"""

from __future__ import annotations

import atexit
import os
import runpy
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from multiprocessing import get_context
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory, gettempdir, mkdtemp
from types import ModuleType
from typing import NoReturn

import pytest

from mlflow_server.environment import with_defaults

ROOT = Path(__file__).parent.parent
# A test may have another one, and look whether anything is left there.
TEMPORARY = gettempdir()
# All that takes long, and nothing that looks at the settings of a server, or that gives each logger
# of the process a voice: Streamlit does.
IMPORTED = (
    "mlflow.store.tracking.sqlalchemy_store",
    "mlflow.store.model_registry.sqlalchemy_store",
    "mlflow.store.db_migrations",
    "mlflow.genai",
    "mlflow.gateway.budget",
    "mlflow.artifacts",
    "mlflow.tracking",
    "fastapi",
    "graphene",
    "uvicorn",
    "uvloop",
    "httptools",
    "pymysql",
    "psycopg",
    "boto3",
    "typer",
    "rich",
    "gunicorn.app.wsgiapp",
    "uac_api",
    "pandas",
    "plotly.graph_objects",
    "bcrypt",
    "captcha.image",
    "jwt",
)
_OURS = ("MLFLOW_", "STUDIO_")
# Where the processes of one gunicorn keep their numbers.
METRICS = "PROMETHEUS_MULTIPROC_DIR"
# Tests begin programs from threads, too.
_one_at_a_time = threading.Lock()


class _Become(BaseException):
    """A program would turn into another one, or start it and wait."""

    def __init__(self, words: Sequence[str], environment: Mapping[str, str]) -> None:
        super().__init__()
        self.words = list(words)
        self.environment = dict(environment)


class Forked:
    """A program under way, as `subprocess.Popen` shows one.

    `output` has all that it says, without its complaints where these have a file of their own.
    """

    def __init__(
        self, process: ForkServerProcess, output: Path, complaints: Path | None = None
    ) -> None:
        self._process = process
        self._output = output
        self._complaints = complaints
        self.pid = int(process.pid or 0)

    @property
    def returncode(self) -> int | None:
        """Its exit code, less than 0 for the signal that ended it; None while it runs."""
        return self._process.exitcode

    def poll(self) -> int | None:
        """The same."""
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, once it has ended; raises subprocess.TimeoutExpired."""
        self._process.join(timeout)
        if self.returncode is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it is still there."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """What it said and what it complained of, once it has ended."""
        self.wait(timeout)
        complaints = self._complaints.read_text() if self._complaints else ""
        return self._output.read_text(), complaints


def start_mlflow(environment: Mapping[str, str], log: Path) -> Forked:
    """`python -m mlflow_server.start`; it becomes MLflow."""
    return _start(_be_mlflow, (), environment, log)


def start_uac(words: Sequence[str], environment: Mapping[str, str], log: Path) -> Forked:
    """`python -m gunicorn` with these words; it serves uac_api."""
    # gunicorn's configuration makes this folder, and refuses to after the library of metrics was
    # imported. The library looks again where to write when it finds itself in another process.
    folder = mkdtemp(prefix="mlstudio-metrics-", dir=TEMPORARY)
    return _start(_be_gunicorn, words, {**environment, METRICS: folder}, log)


def start_studio(words: Sequence[str], environment: Mapping[str, str]) -> Forked:
    """The command `studio`."""
    return _start(_be_studio, words, environment, _new_file())


def start_uvicorn(words: Sequence[str], environment: Mapping[str, str], log: Path) -> Forked:
    """`python -m uvicorn` with these words; it serves Studio."""
    return _start(_be_uvicorn, words, environment, log)


def start_python(
    words: Sequence[str | Path], environment: Mapping[str, str], folder: Path = ROOT
) -> Forked:
    """`python -c`, `python -m` or `python` with the path of a script, and with their arguments.

    It works in the folder, and its complaints are by themselves.
    """
    texts = [str(word) for word in words]
    return _start(_be_python, texts, environment, _new_file(), _new_file(), folder)


def run_python(
    words: Sequence[str | Path],
    environment: Mapping[str, str],
    folder: Path = ROOT,
    timeout: float | None = None,
) -> subprocess.CompletedProcess[str]:
    """The same, and its end is waited for; raises subprocess.TimeoutExpired."""
    process = start_python(words, environment, folder)
    try:
        said, complained = process.communicate(timeout)
    finally:
        process.kill()
    return subprocess.CompletedProcess(words, process.wait(), said, complained)


def _new_file() -> Path:
    with NamedTemporaryFile(prefix="ml-studio-tests-", dir=TEMPORARY, delete=False) as file:
        return Path(file.name)


def _start(
    be: Callable[[Sequence[str]], NoReturn],
    words: Sequence[str],
    environment: Mapping[str, str],
    output: Path,
    complaints: Path | None = None,
    folder: Path = ROOT,
) -> Forked:
    files = (str(output), str(complaints or output))
    given = (be, tuple(words), dict(environment), files, str(folder))
    with _one_at_a_time, pytest.MonkeyPatch.context() as patch:
        # A new process runs the main module of this one again, unless it has no file. After a page
        # of Studio was run by AppTest it is that page.
        patch.setitem(sys.modules, "__main__", ModuleType("__main__"))
        process = _context().Process(target=_run, args=given, daemon=True)
        process.start()
    return Forked(process, output, complaints)


@cache
def _context() -> ForkServerContext:
    context = get_context("forkserver")
    context.set_forkserver_preload(list(IMPORTED))
    with pytest.MonkeyPatch.context() as patch, TemporaryDirectory() as numbers:
        for name in [name for name in os.environ if name.startswith(_OURS)]:
            patch.delenv(name)
        # As gunicorn's configuration has it before uac_api is imported.
        patch.setenv(METRICS, numbers)
        # As every MLflow of ours has it; most of all no telemetry, which would start a thread.
        for name, value in with_defaults({}).items():
            patch.setenv(name, value)
        process = context.Process(target=int)
        process.start()
        process.join()
    return context


def _run(
    be: Callable[[Sequence[str]], NoReturn],
    words: Sequence[str],
    environment: dict[str, str],
    files: tuple[str, str],
    folder: str,
) -> None:
    """In the new process: take the program's environment and output, and never come back."""
    os.setsid()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    os.environ.clear()
    os.environ.update(environment)
    tempfile.tempdir = None  # it is looked up once
    os.chdir(folder)
    nothing = os.open(os.devnull, os.O_RDONLY)
    said, complained = (
        os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600) for file in files
    )
    for target, source in ((0, nothing), (1, said), (2, complained)):
        os.dup2(source, target)
    sys.stdin, sys.stdout, sys.stderr = (
        os.fdopen(descriptor, mode, buffering=1)
        for descriptor, mode in ((0, "r"), (1, "w"), (2, "w"))
    )
    code = 1
    try:
        be(words)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    with suppress(OSError, ValueError):
        sys.stdout.flush()
    os._exit(code)


def _be_studio(words: Sequence[str]) -> NoReturn:
    from ops.studio import app

    sys.argv = ["studio", *words]
    app(prog_name="studio")
    raise SystemExit(0)


def _be_gunicorn(words: Sequence[str]) -> NoReturn:
    sys.argv = ["gunicorn", *words]
    runpy.run_module("gunicorn", run_name="__main__", alter_sys=True)
    raise SystemExit(0)


def _be_uvicorn(words: Sequence[str]) -> NoReturn:
    sys.argv = ["uvicorn", *words]
    runpy.run_module("uvicorn", run_name="__main__", alter_sys=True)
    raise SystemExit(0)


def _be_python(words: Sequence[str]) -> NoReturn:
    try:
        _python(words)
    finally:
        # What a program leaves to its end: a client of MLflow sends then what it still holds.
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
    raise SystemExit(0)


def _python(words: Sequence[str]) -> None:
    option, *rest = words
    if option == "-c":
        code, *arguments = rest
        sys.argv = ["-c", *arguments]
        main = ModuleType("__main__")
        sys.modules["__main__"] = main
        exec(compile(code, "<string>", "exec"), main.__dict__)  # noqa: S102 - as python -c does
    elif option == "-m":
        sys.argv = rest
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    else:
        sys.argv = list(words)
        sys.path.insert(0, str(Path(option).parent))
        runpy.run_path(option, run_name="__main__")


def _be_mlflow(_words: Sequence[str]) -> NoReturn:
    command, environment = _becomes(_prepare)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = command[2:]
    command, environment = _becomes(_serve)
    # What was imported to find the command is imported anew, by the environment of the server; so
    # is the library of metrics, which writes to files or not by the environment.
    anew = ("mlflow.server.", "prometheus_client.")
    for name in [name for name in sys.modules if f"{name}.".startswith(anew)]:
        del sys.modules[name]
    os.environ.update(environment)
    sys.argv = command[2:]
    runpy.run_module("uvicorn", run_name="__main__", alter_sys=True)
    raise SystemExit(0)


def _becomes(work: Callable[[], object]) -> tuple[list[str], dict[str, str]]:
    try:
        work()
    except _Become as next_:
        return next_.words, next_.environment
    raise SystemExit(1)


def _prepare() -> None:
    from mlflow_server import start

    def become(_path: str, words: Sequence[str], environment: Mapping[str, str]) -> NoReturn:
        raise _Become(words, environment)

    os.execve = become  # type: ignore[assignment]
    raise SystemExit(start.main())


def _serve() -> None:
    import mlflow.server
    from mlflow.cli import cli

    def become(words: Sequence[str], *, extra_env: Mapping[str, str], **_: object) -> NoReturn:
        raise _Become(words, extra_env)

    mlflow.server._exec_cmd = become
    cli(sys.argv[1:], prog_name="mlflow", standalone_mode=False)

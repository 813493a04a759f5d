"""Database servers for tests: those running on this machine, else our own of Debian's."""

from __future__ import annotations

import atexit
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from functools import cache
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from processes import free_port

USUAL = {
    "mysql": "mysql+pymysql://root@127.0.0.1:3306/mysql",
    "postgresql": "postgresql+psycopg://postgres@127.0.0.1:5432/postgres",
}
SETTINGS = {"mysql": "TEST_MYSQL_URL", "postgresql": "TEST_POSTGRESQL_URL"}
START_SECONDS = 60


@cache
def server(kind: str) -> str | None:
    """The URL of a server of that kind on which databases may be made; None if there is none."""
    named = os.environ.get(SETTINGS[kind])
    if named is not None:
        return named if answers(named) else None
    if answers(USUAL[kind]):
        return USUAL[kind]
    return _own_mysql() if kind == "mysql" else _own_postgresql()


def answers(url: str) -> bool:
    """Whether a server accepts a connection."""
    parsed = make_url(url)
    engine = create_engine(parsed, connect_args={"connect_timeout": 3})
    try:
        engine.connect().close()
    except OperationalError:
        return False
    finally:
        engine.dispose()
    return True


def _own_mysql() -> str | None:
    install, serve = shutil.which("mariadb-install-db"), shutil.which("mariadbd", path=_path())
    if install is None or serve is None:
        return None
    folder, account = _folder("mysql")
    data = f"--datadir={folder}/data"
    authentication = "--auth-root-authentication-method=normal"
    _run([install, "--no-defaults", f"--user={account}", data, authentication])
    port = free_port()
    where = [f"--port={port}", "--bind-address=127.0.0.1", f"--socket={folder}/socket"]
    _serve([serve, "--no-defaults", f"--user={account}", data, *where])
    return _when_up(USUAL["mysql"], port)


def _own_postgresql() -> str | None:
    initdb, serve = shutil.which("initdb", path=_path()), shutil.which("postgres", path=_path())
    if initdb is None or serve is None:
        return None
    folder, account = _folder("postgres")
    # PostgreSQL refuses to run as root, so the account changes before the program does.
    before = ["setpriv", f"--reuid={account}", f"--regid={account}", "--init-groups"]
    before = before if os.geteuid() == 0 else []
    data = ["-D", f"{folder}/data"]
    _run([*before, initdb, *data, "-U", "postgres", "--auth=trust"])
    port = free_port()
    where = ["-c", f"unix_socket_directories={folder}", "-c", "listen_addresses=127.0.0.1"]
    _serve([*before, serve, *data, "-p", str(port), *where])
    return _when_up(USUAL["postgresql"], port)


def _path() -> str:
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", *map(str, folders)])


def _folder(account: str) -> tuple[Path, str]:
    folder = Path(tempfile.mkdtemp(prefix=f"mlstudio-{account}-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    if os.geteuid() != 0:
        return folder, pwd.getpwuid(os.geteuid()).pw_name
    shutil.chown(folder, account, account)
    return folder, account


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _serve(command: list[str]) -> None:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def end() -> None:
        process.terminate()
        process.wait(timeout=30)

    atexit.register(end)


def _when_up(usual: str, port: int) -> str:
    url = make_url(usual).set(port=port).render_as_string(hide_password=False)
    until = time.monotonic() + START_SECONDS
    while not answers(url):
        if time.monotonic() > until:
            raise AssertionError(f"our own server at port {port} did not start")
        time.sleep(0.2)
    return url

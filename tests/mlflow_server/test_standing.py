"""MLflow's server says whether its database would let it in anew."""

from __future__ import annotations

import json
import uuid
from pathlib import Path

import pytest
import urllib3
from sqlalchemy import create_engine
from sqlalchemy.engine import URL, make_url

import loops
from databases import drop_database, needed_database
from mlflow_server.standing import PATH, Standing
from processes import SECRET, Program
from telemetry.asgi import Message, Receive, Scope, Send


def standing(url: URL, path: str = PATH, method: str = "GET") -> list[Message]:
    sent: list[Message] = []

    async def behind(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 404, "headers": []})

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "path": path, "method": method, "headers": []}
    loops.run(Standing(behind, lambda: url)(scope, receive, send))
    return sent


def said(url: URL) -> str:
    return str(json.loads(standing(url)[1]["body"])["database"])


def test_a_password_that_was_changed_is_told(tmp_path: Path) -> None:
    root = make_url(needed_database("mysql", tmp_path))
    engine = create_engine(root, isolation_level="AUTOCOMMIT")
    account = f"t_{uuid.uuid4().hex[:10]}"
    url = root.set(username=account, password="first")
    try:
        with engine.connect() as connection:
            say = connection.exec_driver_sql
            say(f"CREATE USER '{account}'@'%%' IDENTIFIED BY 'first'")
            say(f"GRANT ALL ON {root.database}.* TO '{account}'@'%%'")
            assert said(url) == ""
            say(f"ALTER USER '{account}'@'%%' IDENTIFIED BY 'second'")
            assert "1045" in said(url)
            assert "first" not in said(url)
            say(f"DROP USER '{account}'@'%%'")
    finally:
        engine.dispose()
        drop_database(root.render_as_string(hide_password=False))


def test_a_database_that_is_away_is_told() -> None:
    assert said(make_url("mysql+pymysql://mlflow:pw@127.0.0.1:9/mlflow")) != ""


@pytest.mark.parametrize(("path", "method"), [(f"{PATH}/", "GET"), (PATH, "POST"), ("/", "GET")])
def test_everything_else_is_mlflows(path: str, method: str) -> None:
    (start,) = standing(make_url("sqlite://"), path, method)
    assert start["status"] == 404


def test_the_real_server_answers_us_and_no_stranger(mlflow: Program) -> None:
    refused = urllib3.request("GET", f"{mlflow.url}{PATH}")
    assert refused.status == 401
    ours = urllib3.request("GET", f"{mlflow.url}{PATH}", headers={"X-MLStudio-Upstream": SECRET})
    assert ours.json() == {"database": ""}

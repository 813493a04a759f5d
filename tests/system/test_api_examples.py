"""Every curl of docs/reference/api.md does what the page says, in its order, on the real stack."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from people import PASSWORD, add_people, session_of
from processes import Program, uac_program
from tools.documents.operations import API
from uac_api.access.database import Database
from uac_api.access.people import users
from uac_api.migrations import upgrade

INDENT = "    "
# curl as it is, with the status on a line of its own after the answer.
SHELL = "curl() { command curl --silent --show-error --write-out '\\n%{http_code}' \"$@\"; }\n"
STATUS = re.compile(r"#\s*([1-5]\d\d)\b")


@dataclass
class Example:
    """One command of the document, and what the comments beside and below it promise."""

    line: int
    command: str
    comments: list[str] = field(default_factory=list)

    @property
    def status(self) -> int:
        """The promised status; 200 where none is named."""
        named = STATUS.match(self.comments[0]) if self.comments else None
        return int(named[1]) if named else 200

    @property
    def fields(self) -> set[str]:
        """The fields that the promised answer has at its top."""
        text, depth, found = " ".join(self.comments), 0, set()
        for match in re.finditer(r'[{[]|[}\]]|"(\w+)"\s*:', text):
            if match[1] is None:
                depth += 1 if match[0] in "{[" else -1
            elif depth == 1:
                found.add(match[1])
        return found

    @property
    def refusal(self) -> dict[str, str]:
        """The promised words of a refusal that programs read."""
        return dict(re.findall(r'"(error_code|reason)": "(\w+)"', " ".join(self.comments)))


def examples(text: str) -> list[Example]:
    """The commands of the indented blocks, in their order."""
    found: list[Example] = []
    open_command: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        inside = line.startswith(INDENT)
        code = line.removeprefix(INDENT) if inside else ""
        if open_command:
            open_command.append(line.strip() if inside else line)
        elif code.startswith("curl "):
            open_command = [code]
        elif code.startswith("#") and found:
            found[-1].comments.append(code)
            continue
        else:
            continue
        whole = "\n".join(open_command)
        if _is_whole(whole):
            command, comment = _without_comment(whole)
            found.append(Example(number, command, [comment] if comment else []))
            open_command = []
    assert not open_command, f"a command never ends: {open_command[0]}"
    return found


def _is_whole(command: str) -> bool:
    if command.endswith("\\"):
        return False
    try:
        shlex.split(command, comments=True)
    except ValueError:
        return False
    return True


def _without_comment(command: str) -> tuple[str, str]:
    match = re.search(r"\s{2,}(#.*)$", command)
    return (command[: match.start()], match[1]) if match else (command, "")


@dataclass
class Narrator:
    """Alice, who tries the examples; she remembers the token that she was shown."""

    uac: Program
    database: Database
    token: str = "mls_none_yet"

    def run(self, example: Example) -> tuple[int, Any]:
        """The status and the document of an example."""
        session = session_of(self.database, "alice", self.uac.url).credential.split()[1]
        told = example.command.replace('"password": "..."', f'"password": "{PASSWORD}"')
        environment = {"PATH": os.environ["PATH"], "API": self.uac.url}
        ended = subprocess.run(
            ["bash", "-euc", SHELL + told],
            env={**environment, "SESSION": session, "TOKEN": self.token},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert ended.returncode == 0, (told, ended.stderr)
        body, _, status = ended.stdout.rpartition("\n")
        document = json.loads(body) if body else {}
        if str(document.get("token", "")).startswith("mls_"):
            self.token = document["token"]
        return int(status), document


@pytest.fixture
def narrator(mlflow: Program, tmp_path: Path) -> Iterator[Narrator]:
    """A uac_api of its own, where alice administers and nothing is there yet."""
    url = f"sqlite:///{tmp_path}/uac.db"
    database = Database(url)
    upgrade(database)
    add_people(database, ("alice",))

    def promote(session: Any) -> None:
        users.get(session, "alice").administrator = True

    database.write(promote)
    uac = uac_program(tmp_path, url, mlflow.url, UAC_WORKERS="1")
    uac.start()
    yield Narrator(uac, database)
    uac.stop()
    database.close()


def test_no_example_is_overlooked() -> None:
    text = API.read_text()
    written = [line for line in text.splitlines() if re.match(r"\s*(\$ )?curl\b", line)]
    assert len(examples(text)) == len(written) >= 10


def test_every_example_does_what_the_document_says(narrator: Narrator) -> None:
    wrong = []
    for example in examples(API.read_text()):
        status, document = narrator.run(example)
        if status != example.status:
            wrong.append(f"line {example.line}: {status} {document}, not {example.status}")
        elif missing := example.fields - set(document):
            wrong.append(f"line {example.line}: the answer has no {sorted(missing)}")
        elif not example.refusal.items() <= document.items():
            wrong.append(f"line {example.line}: {document}, not {example.refusal}")
    assert wrong == []


def test_a_command_over_several_lines_is_one_example() -> None:
    text = (
        "    curl -X POST $API/a -H 'b' \\\n"
        '         -d \'{"c": 1,\n'
        '              "d": 2}\'     # 201\n'
        '    # {"id": 1, "inner": {"not": 2}, ...}\n'
        "Then, `curl` in a sentence.\n"
        "    curl $API/b\n"
    )
    first, second = examples(text)
    assert first.command.endswith('"d": 2}\'')
    assert (first.status, first.fields) == (201, {"id", "inner"})
    assert (second.command, second.status, second.fields) == ("curl $API/b", 200, set())

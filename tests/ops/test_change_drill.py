"""The drill of changes runs the commands that stand in docs/, for every secret that is rotated."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops.server.secret_rotation import IRREPLACEABLE, PASSING
from ops.server.secrets import MADE
from processes import ROOT
from tools.change_drill import shell
from tools.change_drill.runbook import ROTATED, VERIFY, Change, blocks, changes, script

# Grafana reads its password at its first start only.
AT_ITS_FIRST_START = {"grafana-password"}


def test_every_change_is_a_block_of_the_documents(tmp_path: Path) -> None:
    known = blocks(ROOT)
    asked = changes(tmp_path, "v1", "v2")
    assert {change.block for change in asked.values()} | {VERIFY} == set(known)
    for name, change in asked.items():
        text = script(change, known)
        assert "studio.example.org" not in text, name
        assert "v0." not in text, name


def test_every_secret_that_can_be_rotated_is() -> None:
    assert set(ROTATED) == set(MADE) - IRREPLACEABLE - PASSING - AT_ITS_FIRST_START
    known = blocks(ROOT)
    for name in ROTATED:
        change = changes(Path("/x"))[f"rotate-{name}"]
        assert script(change, known) == f"rm secrets/{name}\nmake up\n"


def test_what_a_block_does_not_say_cannot_be_replaced() -> None:
    with pytest.raises(ValueError, match="does not say nonsense"):
        script(Change(VERIFY, {"nonsense": "x"}), blocks(ROOT))


def test_a_block_that_stands_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    for page in ("install.md", "upgrade.md"):
        (tmp_path / "docs" / page).write_text("<!-- drill: one -->\n```bash\ntrue\n```\n")
    with pytest.raises(ValueError, match="one stands twice"):
        blocks(tmp_path)


def test_commands_run_at_a_terminal_until_one_fails(tmp_path: Path) -> None:
    ended = shell.run("test -t 0 && echo first\nfalse\necho second\n", tmp_path)
    assert (ended.code, ended.said) == (1, "first\n")
    assert shell.run("pwd", tmp_path).said.strip() == str(tmp_path)


def test_the_way_back_finds_the_last_migration_of_the_version_before(tmp_path: Path) -> None:
    shell.run(
        "git init -q . && mkdir -p uac_api/migrations/versions && cd uac_api/migrations/versions"
        " && touch 0001_start.py 0002_people.py __init__.py && git add . &&"
        " git -c user.name=a -c user.email=a@b commit -qm one && git tag v1",
        tmp_path,
    )
    text = script(changes(tmp_path, "v1", "v2")["rollback"], blocks(ROOT))
    first, found, *_ = text.splitlines()
    assert found.startswith("last=")
    assert shell.run(f'{first}\n{found}\necho "$last"\n', tmp_path).said.strip() == "0002"

"""The drill of changes runs the commands that stand in docs/, for every secret that is rotated."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops.change_drill import runbook, shell
from ops.change_drill.runbook import ROTATED, VERIFY, Change, blocks, changes, script
from ops.secret_rotation import IRREPLACEABLE, PASSING
from ops.server_secrets import MADE
from processes import ROOT

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
    for page in runbook.PAGES:
        (tmp_path / page).write_text("<!-- drill: one -->\n```bash\ntrue\n```\n")
    with pytest.raises(ValueError, match="one stands twice"):
        blocks(tmp_path)


def test_commands_run_at_a_terminal_until_one_fails(tmp_path: Path) -> None:
    ended = shell.run("test -t 0 && echo first\nfalse\necho second\n", tmp_path)
    assert (ended.code, ended.said) == (1, "first\n")
    assert shell.run("pwd", tmp_path).said.strip() == str(tmp_path)

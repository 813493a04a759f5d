"""What a run came from, on its page: its data, its code, the run before it, its traces."""

from __future__ import annotations

import json
from typing import Any

import pytest

from laboratory import Lab, Open, links, log_run, put_file, said
from studio_app.runs.run_page import run_code, run_data
from studio_app.ui import formats
from traced import log_trace

pytest_plugins = ("laboratory",)

SHA, OLDER = "a" * 40, "b" * 40
REPOSITORY = "https://git.example.org/fraud/models"


def _log_input(lab: Lab, run_id: str, name: str, digest: str, **fields: str) -> None:
    dataset = {"name": name, "digest": digest, "source_type": "local", "source": "{}", **fields}
    tags = [{"key": "mlflow.data.context", "value": "training"}]
    body = {"run_id": run_id, "datasets": [{"dataset": dataset, "tags": tags}]}
    _ask(lab, "runs/log-inputs", body)


def _tag(lab: Lab, run_id: str, **tags: str) -> None:
    for name, value in tags.items():
        key = f"mlflow.source.git.{name}"
        _ask(lab, "runs/set-tag", {"run_id": run_id, "key": key, "value": value})


def _ask(lab: Lab, path: str, body: dict[str, Any]) -> None:
    reply = lab.stack.person("bob").mlflow(lab.project, "POST", path, body)
    assert reply.status == 200, reply.body


def _open(lab: Lab, open_page: Open, tab: str, who: str = "carol", **address: str) -> Any:
    at = open_page("run", who, project=lab.project, run_id=lab.best, tab=tab, **address)
    assert not at.exception
    return at


# Data


def test_the_data_of_a_run_are_shown_with_where_they_lie_and_their_columns(
    lab: Lab, open_page: Open
) -> None:
    schema = json.dumps({"mlflow_colspec": [{"name": "age", "type": "long"}]})
    source = json.dumps({"uri": "s3://lake/sales.parquet"})
    profile = json.dumps({"num_rows": 12345})
    _log_input(lab, lab.best, "sales", "1f", schema=schema, source=source, profile=profile)
    at = _open(lab, open_page, "Data")
    assert "**sales** :gray-badge[training]" in said(at)
    assert f"{formats.grouped(12345)} rows" in said(at)
    assert "s3://lake/sales.parquet" in said(at)
    assert at.dataframe[0].value.to_dict("records") == [{"Column": "age", "Type": "long"}]
    assert "No other run of this project read it." in said(at)
    assert [tab.label for tab in at.tabs if tab.label.startswith("Data")] == ["Data · 1"]


def test_other_runs_that_read_the_same_data_are_named_and_no_others(
    lab: Lab, open_page: Open
) -> None:
    _log_input(lab, lab.best, "sales", "1f")
    _log_input(lab, lab.child, "sales", "1f")
    _log_input(lab, lab.diverged, "sales", "2e")
    at = _open(lab, open_page, "Data")
    assert ("run", f"project={lab.project}&run_id={lab.child}") in links(at)
    assert lab.diverged not in str(links(at))


def test_of_many_runs_a_link_leads_to_all(lab: Lab, open_page: Open) -> None:
    _log_input(lab, lab.best, "sales", "1f")
    bob = lab.stack.person("bob")
    for number in range(6):
        _log_input(lab, log_run(bob, lab, f"more-{number}", metrics={}, params={}), "sales", "1f")
    at = _open(lab, open_page, "Data")
    assert "All 7 runs that read it" in said(at)
    [where] = [query for page, query in links(at) if page == "runs" and "filter=" in query]
    assert "experiment_id=all" in where


def test_a_run_without_data_says_how_to_keep_them(lab: Lab, open_page: Open) -> None:
    assert "No data logged" in said(_open(lab, open_page, "Data"))


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ('{"uri": "s3://lake/a"}', "s3://lake/a"),
        ('{"path": "a", "revision": "b"}', '{"path": "a", "revision": "b"}'),
        ('{"tags": {"mlflow.user": "bob"}}', ""),
        ("{}", ""),
        ("[1]", "[1]"),
        ("/data/<b>", "/data/<b>"),
        ("[" * 5000, "[" * 5000),
    ],
)
def test_where_data_lie_is_told_in_one_value_or_as_it_was_logged(told: str, shown: str) -> None:
    assert run_data.source({"source": told}) == shown


# Code


def test_the_commit_is_a_link_to_its_repository(lab: Lab, open_page: Open) -> None:
    _tag(lab, lab.best, commit=SHA, repoURL=f"{REPOSITORY}.git", branch="main")
    text = said(_open(lab, open_page, "Code"))
    assert f"[{SHA}]({REPOSITORY}/commit/{SHA})" in text
    assert "main" in text


def test_a_repository_that_is_no_address_stays_text(lab: Lab, open_page: Open) -> None:
    evil = "javascript:alert(1)"
    _tag(lab, lab.best, commit=SHA, repoURL=evil)
    text = said(_open(lab, open_page, "Code"))
    assert f"]({evil}" not in text
    assert SHA in text


@pytest.mark.parametrize(
    ("told", "address"),
    [
        ("https://github.com/a/b.git", "https://github.com/a/b"),
        ("git@github.com:a/b.git", "https://github.com/a/b"),
        ("ssh://git@git.example.org/group/sub/b", "https://git.example.org/group/sub/b"),
        ("https://user:secret@github.com/a/b", ""),
        ("http://github.com/a/b", ""),
        ("https://github.com/a/b)[x](https://evil.example", ""),
        ("https://github.com", ""),
        ("/home/bob/repository", ""),
    ],
)
def test_only_a_plain_address_of_the_web_becomes_a_link(told: str, address: str) -> None:
    assert run_code.address({run_code.REPOSITORY: told}) == address


def test_what_was_not_committed_is_shown(lab: Lab, open_page: Open) -> None:
    _tag(lab, lab.best, diff="-lr = 1\n+lr = 2\n")
    at = _open(lab, open_page, "Code")
    assert "-lr = 1\n+lr = 2" in [one.value for one in at.code]
    assert "What was not committed · 2 lines" in [one.label for one in at.expander]


def test_the_run_before_is_what_a_run_is_compared_with(lab: Lab, open_page: Open) -> None:
    _tag(lab, lab.best, commit=SHA, repoURL=REPOSITORY)
    _tag(lab, lab.diverged, commit=OLDER, repoURL=REPOSITORY)
    at = _open(lab, open_page, "Code", against=lab.diverged)
    text = said(at)
    assert f"[What was committed]({REPOSITORY}/compare/{OLDER}...{SHA})" in text
    [changed] = [one.value for one in at.dataframe]
    assert changed.to_dict("records") == [
        {"Parameter": "lr", "sgd": "0.3", "diverged (before)": "30"}
    ]


def test_packages_are_compared_line_by_line(lab: Lab, open_page: Open) -> None:
    bob = lab.stack.person("bob")
    for run_id, text in (
        (lab.best, b"mlflow==3\nnumpy==2\n"),
        (lab.child, b"mlflow==3\nnumpy==1\n"),
    ):
        where = f"{lab.experiment_id}/{run_id}/artifacts/requirements.txt"
        put_file(bob, lab.project, where, text)
    at = _open(lab, open_page, "Code", against=lab.child)
    codes = [one.value for one in at.code]
    assert any("-numpy==1\n+numpy==2" in text for text in codes)
    assert "mlflow==3\nnumpy==2" in codes


def test_who_wants_no_comparison_gets_none(lab: Lab, open_page: Open) -> None:
    _tag(lab, lab.best, commit=SHA)
    at = _open(lab, open_page, "Code", against="-")
    assert "What changed" not in said(at)


def test_a_run_of_unknown_code_says_so(lab: Lab, open_page: Open) -> None:
    assert "Nothing is known of its code" in said(_open(lab, open_page, "Code"))


def test_a_run_of_another_project_is_nothing_to_compare_with(lab: Lab, open_page: Open) -> None:
    _tag(lab, lab.best, commit=SHA)
    foreign = lab.stack.new_project()
    admin = lab.stack.person("alice")
    made = admin.mlflow(foreign, "POST", "experiments/create", {"name": "secret"}).json
    body = {"experiment_id": made["experiment_id"], "run_name": "secret-run"}
    run = admin.mlflow(foreign, "POST", "runs/create", body).json["run"]["info"]["run_id"]
    at = _open(lab, open_page, "Code", against=run)
    assert "secret-run" not in said(at)
    assert run not in at.selectbox(key="run-against").options


# Traces


def test_the_traces_of_a_run_are_listed_and_no_others(lab: Lab, open_page: Open) -> None:
    bob = lab.stack.person("bob")
    own = log_trace(bob, lab, metadata={"mlflow.sourceRun": lab.best})
    other = log_trace(bob, lab, metadata={"mlflow.sourceRun": lab.child})
    found = links(_open(lab, open_page, "Traces"))
    assert ("trace", f"project={lab.project}&trace_id={own}") in found
    assert other not in str(found)
    assert ("traces", f"project={lab.project}&run_id={lab.best}") in found


def test_a_run_without_traces_says_how_to_get_them(lab: Lab, open_page: Open) -> None:
    assert "No trace in this run" in said(_open(lab, open_page, "Traces"))


# Who may not


@pytest.mark.parametrize("tab", ["Data", "Code", "Traces"])
def test_a_stranger_sees_nothing_of_it(lab: Lab, open_page: Open, tab: str) -> None:
    _log_input(lab, lab.best, "sales", "1f")
    _tag(lab, lab.best, commit=SHA)
    at = _open(lab, open_page, tab, "mallory")
    assert "sales" not in said(at)
    assert SHA not in said(at)
    assert lab.best not in said(at)

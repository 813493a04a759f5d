"""The page of one run."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

import components
from components import drawn
from laboratory import FILES, HOSTILE, T0, Lab, Open, links, mlflow_links, put_file, said
from ml_studio import file_tree, run_values
from odd_files import NOTE, odd_files
from studio_app.api.client import Client, Json
from studio_app.api.errors import TooSlow
from studio_app.artifacts import downloads
from studio_app.artifacts.artifacts import Entry
from studio_app.runs import tracking
from studio_app.runs.run_page import live_run

pytest_plugins = ("laboratory",)

OfKind = Callable[[str], dict[str, Any]]


@pytest.fixture
def of_kind(monkeypatch: pytest.MonkeyPatch) -> OfKind:
    """What was drawn last of parameters, tags or metrics, which are drawn by one component."""
    sent: dict[str, dict[str, Any]] = {}

    def mount(name: str, *, key: str, data: dict[str, Any], **callbacks: Any) -> None:
        sent[data["kind"]] = data
        components.mount(name, key=key, data=data, **callbacks)

    monkeypatch.setattr(run_values, "mount", mount)
    return sent.__getitem__


def test_the_overview_shows_what_was_logged(lab: Lab, open_page: Open) -> None:
    at = open_page("run", "carol", project=lab.project, run_id=lab.best)
    assert not at.exception
    shown = said(at)
    assert "sgd" in shown
    assert "Finished" in shown
    assert "bob" in shown
    assert "took 12 s" in shown
    texts = {text["name"]: text["value"] for text in drawn["run_values"]["texts"]}
    assert texts["Run id"] == lab.best
    assert ("runs", f"project={lab.project}&experiment_id={lab.experiment_id}") in links(at)


def test_a_diverged_run_shows_nan_and_failed(lab: Lab, open_page: Open, of_kind: OfKind) -> None:
    at = open_page("run", "carol", project=lab.project, run_id=lab.diverged)
    assert "Failed" in said(at)
    (loss,) = of_kind("Metric")["metrics"]
    assert (loss["name"], loss["last"], loss["step"]) == ("loss", "NaN", "step 0")


def test_metrics_have_their_last_and_best_values_as_logged_once_the_browser_draws_them(
    lab: Lab, open_page: Open, of_kind: OfKind, asked: list[str]
) -> None:
    at = open_page("run", "carol", project=lab.project, run_id=lab.best)
    assert of_kind("Parameter")["texts"] == [{"name": "lr", "value": "0.3"}]
    assert "metrics/curves" not in asked, "the values wait for no curve"
    assert [one["line"] for one in of_kind("Metric")["metrics"]] == [[], [], []]
    at.session_state[f"run-metrics-{lab.best}"] = {"drawn": True}
    at.run()
    assert not at.exception
    assert asked.count("metrics/curves") == 1
    acc, loss, _ = of_kind("Metric")["metrics"]
    assert acc["line"] == [0.0, 0.2, 0.4, 0.6, 0.8]
    assert (acc["last"], acc["step"]) == ("0.8", "step 4")
    assert (acc["low"], acc["low_step"], acc["high"], acc["high_step"]) == (
        "0",
        "step 0",
        "0.8",
        "step 4",
    )
    assert (loss["last"], loss["line"]) == ("0.1", [0.1])


def test_a_parent_lists_its_children_and_a_child_leads_to_its_parent(
    lab: Lab, open_page: Open
) -> None:
    parent = open_page("run", "carol", project=lab.project, run_id=lab.parent)
    assert "Nested runs" in said(parent)
    child = open_page("run", "carol", project=lab.project, run_id=lab.child)
    assert ("run", f"project={lab.project}&run_id={lab.parent}") in links(child)
    name = tracking.run(lab.client("carol"), lab.project, lab.parent).name
    assert f"Part of {name}" in said(child)


@pytest.mark.parametrize("username", ["mallory", None])
def test_who_is_no_member_sees_nothing_of_it(
    lab: Lab, open_page: Open, username: str | None
) -> None:
    at = open_page("run", username, project=lab.project, run_id=lab.best)
    assert "sgd" not in said(at)
    assert not drawn


def test_a_run_is_not_found_through_another_project(lab: Lab, open_page: Open) -> None:
    other = lab.stack.new_project()
    at = open_page("run", "carol", project=other, run_id=lab.best)
    assert "No such run" in said(at)
    assert "sgd" not in said(at)


def test_the_charts_of_a_run_are_panels_whose_first_curves_come_with_them(
    lab: Lab, open_page: Open
) -> None:
    at = open_page("run", "carol", project=lab.project, run_id=lab.best, tab="Charts")
    assert not at.exception
    sent = drawn["run_charts"]
    assert sent["metrics"] == sent["read"] == ["acc", "loss", "test/auc"]
    assert sent["rows"].to_pylist() == [{"run_id": lab.best, "run_name": "sgd"}]
    curve = [row for row in sent["curves"].to_pylist() if row["metric"] == "acc"]
    assert [row["last"] for row in curve] == [0.0, 0.2, 0.4, 0.6, 0.8]
    assert {row["series"] for row in curve} == {lab.best}
    assert sent["columns"] == [], "panels of other kinds compare runs"


def test_how_charts_are_arranged_is_in_the_address_and_comes_from_it(
    lab: Lab, open_page: Open
) -> None:
    where = {"project": lab.project, "run_id": lab.best}
    at = open_page("run", "carol", **where, tab="Charts", charts="x~time,smooth~0.6")
    sent = drawn["run_charts"]
    assert (sent["charts"], sent["read"]) == ("x~time,smooth~0.6", []), "the axis is not known yet"
    at.session_state[f"run-charts-{lab.best}"] = {
        "wanted": {"axis": "time", "metrics": ["acc", "nobody's"], "columns": []},
        "view": {"charts": "x~time,hide~loss", "split": 50},
    }
    at.run()
    assert not at.exception
    assert (drawn["run_charts"]["axis"], drawn["run_charts"]["read"]) == ("time", ["acc"])
    assert at.query_params["charts"] == "x~time,hide~loss"
    assert at.query_params["tab"] == "Charts"


def test_a_run_without_metrics_says_how_to_log_one(lab: Lab, open_page: Open) -> None:
    at = open_page("run", "carol", project=lab.project, run_id=lab.parent, tab="Charts")
    assert "No metric yet" in said(at)


def _file(lab: Lab, open_page: Open, path: str) -> AppTest:
    where = {"project": lab.project, "run_id": lab.best}
    at = open_page("run", "carol", **where, tab="Artifacts", path=path)
    assert not at.exception
    return at


def _listed(at: AppTest) -> list[str]:
    """The lines of the tree that are files or folders."""
    assert not at.exception
    rows = drawn["file_tree"]["rows"]
    return [row["path"] for row in rows if row["kind"] in {"folder", "file"}]


def test_the_files_of_a_run_are_listed(lab: Lab, open_page: Open) -> None:
    listed = _listed(_file(lab, open_page, ""))
    assert listed == ["config", "plots", "reports", "tables", "train.log", "weights.bin"]
    details = {row["path"]: row["detail"] for row in drawn["file_tree"]["rows"]}
    assert details["weights.bin"] == "2.0 kB"


def test_a_folder_opens_in_place_and_the_chosen_file_is_in_the_address(
    lab: Lab, open_page: Open
) -> None:
    at = _file(lab, open_page, "")
    at.button(key="folder-reports").click().run()
    assert _listed(at)[2:5] == ["reports", "reports/notes.md", "reports/report.html"]
    assert not at.query_params["path"]
    at.button(key="file-reports/notes.md").click().run()
    assert at.query_params["path"] == "reports/notes.md"
    assert "All *well*." in said(at)
    assert drawn["file_tree"]["chosen"] == "reports/notes.md"
    # A link opens the folders that lead to its file.
    _file(lab, open_page, "tables/history.csv")
    assert "tables/history.csv" in drawn["file_tree"]["chosen"]


def test_looking_at_another_file_lists_nothing_again(
    lab: Lab, open_page: Open, asked: list[str]
) -> None:
    at = _file(lab, open_page, "")
    before = [path for path in asked if path.endswith("artifacts/list")]
    assert len(before) == 1
    at.button(key="file-train.log").click().run()
    assert FILES["train.log"].decode() in said(at)
    assert [path for path in asked if path.endswith("artifacts/list")] == before


def test_a_new_file_of_a_run_that_goes_on_is_found_by_its_link(lab: Lab, open_page: Open) -> None:
    bob = lab.stack.person("bob")
    going = {"run_id": lab.best, "status": "RUNNING"}
    assert bob.mlflow(lab.project, "POST", "runs/update", going).status == 200
    at = _file(lab, open_page, "")
    _put(lab, "late.txt", b"here now")
    at.query_params["path"] = "late.txt"
    at.run()
    assert "here now" in said(at)
    at.query_params["path"] = "never.txt"
    at.run()
    assert "There is no file" in said(at)


def test_a_run_without_files_says_how_to_log_one(lab: Lab, open_page: Open) -> None:
    at = open_page("run", "carol", project=lab.project, run_id=lab.parent, tab="Artifacts")
    assert "No file yet" in said(at)
    assert "file_tree" not in drawn


def test_letters_are_searched_in_what_is_listed(lab: Lab, open_page: Open) -> None:
    at = _file(lab, open_page, "plots/")
    at.text_input(key="files-search").set_value("PIX").run()
    assert _listed(at) == ["plots/pixel.png"]
    at.text_input(key="files-search").set_value("nothing").run()
    assert _listed(at) == []
    assert "No listed name" in drawn["file_tree"]["status"]


def test_an_image_a_table_a_text_and_json_are_shown(lab: Lab, open_page: Open) -> None:
    assert _file(lab, open_page, "plots/pixel.png").get("image")
    table = _file(lab, open_page, "tables/history.csv").dataframe[0].value
    # As they stand in the file: 00123 would be another text as a number.
    assert table["loss"].tolist() == ["1.0", "0.5"]
    table = _file(lab, open_page, "tables/eval.json").dataframe[0].value
    assert table.columns.tolist() == ["q", "ok"]
    assert "64" in _file(lab, open_page, "config/net.json").json[0].value
    assert FILES["train.log"].decode() in said(_file(lab, open_page, "train.log"))
    assert "no preview" in said(_file(lab, open_page, "weights.bin"))


# Streamlit's elements in which a file is drawn.
_SHOWN = ("image", "audio", "video", "iframe", "dataframe", "json", "code", "plotly_chart")


def test_no_odd_file_takes_the_tab_down_and_each_is_shown_as_what_it_is(
    lab: Lab, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_tree, "mount", _noted)
    files = odd_files()
    for name, (content, _) in files.items():
        _put(lab, f"odd/{name}", content)
    at = _file(lab, open_page, "odd/")
    assert len(_listed(at)) == 7 + len(files)
    wrong = {}
    for name, (_, wanted) in files.items():
        path = f"odd/{name}"
        at.query_params["path"] = path
        at.run()
        assert path in _listed(at), name
        assert parse_qs(urlsplit(_download(at)).query)["path"] == [path]
        commands = [one for one in at.code if one.value.startswith("mlflow artifacts download ")]
        assert len(commands) == 1, name
        besides = {"code": len(at.code) > 1}
        shown = [kind for kind in _SHOWN if besides.get(kind, at.main.get(kind))] or [NOTE]
        # What says "too unusual" is an error that nobody thought of.
        if shown != [wanted] or "This file is too unusual" in said(at):
            wrong[name] = (shown, wanted)
    assert wrong == {}


def test_a_parser_that_fails_leaves_the_list_and_the_download(
    lab: Lab, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio_app.artifacts.artifacts.text", lambda _content: 1 / 0)
    at = _file(lab, open_page, "train.log")
    assert "too unusual to show" in said(at)
    assert "train.log" in _listed(at)


def test_of_100_000_files_a_part_is_drawn_and_any_can_be_found(
    lab: Lab, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = [Entry(f"part-{number:06}.bin", False, 1) for number in range(100_000)]
    monkeypatch.setattr("studio_app.artifacts.artifacts.listing", lambda *_given: many)
    monkeypatch.setattr(file_tree, "mount", _noted)
    at = _file(lab, open_page, "")
    assert _listed(at) == [entry.path for entry in many[:500]]
    assert "100\u202f000 listed" in drawn["file_tree"]["status"]
    # A link to a file draws as much of the list as has it.
    assert "part-004321.bin" in _listed(_file(lab, open_page, "part-004321.bin"))


def _download(at: AppTest) -> str:
    """Where the link *Download* leads."""
    (url,) = [one.proto.url for one in at.get("link_button") if one.proto.label == "Download"]
    return str(url)


def _noted(name: str, *, data: dict[str, Any], **_rest: Any) -> None:
    drawn[name] = data


def _put(lab: Lab, path: str, content: bytes) -> None:
    where = f"{lab.experiment_id}/{lab.best}/artifacts/{quote(path)}"
    put_file(lab.stack.person("bob"), lab.project, where, content)


def test_the_logs_of_a_run_are_chosen_from_a_list_and_their_colours_are_the_browsers(
    lab: Lab, open_page: Open
) -> None:
    _put(lab, "logs/worker.err", b"\x1b[31mfailed\x1b[0m\r\n<b>x</b>\n")
    at = open_page("run", "carol", project=lab.project, run_id=lab.best, tab="Logs")
    assert not at.exception
    assert at.selectbox(key="run-log").options == ["train.log", "logs/worker.err"]
    sent = drawn["log_view"]
    assert sent["text"] == FILES["train.log"].decode()
    assert (sent["before"], sent["more"], sent["live"]) == (0, False, False)
    at.selectbox(key="run-log").set_value("logs/worker.err").run()
    assert at.query_params["log"] == "logs/worker.err"
    assert drawn["log_view"]["text"] == "\x1b[31mfailed\x1b[0m\r\n<b>x</b>\n"
    assert drawn["log_view"]["file"] != sent["file"]
    assert urlsplit(_download(at)).path == downloads.FILE_PATH


def test_no_odd_log_takes_the_tab_down(lab: Lab, open_page: Open) -> None:
    odd = {
        "line.log": b"x" * 10_000_000,
        "empty.log": b"",
        "blob.log": bytes(range(256)) * 2000,
        "half.log": "€".encode() * 100_000,
        "<b>*x*`$.log": b"<script>alert(1)</script>",
    }
    for path, content in odd.items():
        _put(lab, f"logs/{path}", content)
    where = {"project": lab.project, "run_id": lab.best, "tab": "Logs"}
    for path in odd:
        at = open_page("run", "carol", **where, log=f"logs/{path}")
        assert not at.exception, path
        assert drawn["log_view"]["file"].endswith(path)
        assert len(drawn["log_view"]["text"]) <= 256_000
    assert drawn["log_view"]["text"] == "<script>alert(1)</script>"


def test_a_log_of_a_run_that_goes_on_is_read_on(
    lab: Lab, open_page: Open, monkeypatch: pytest.MonkeyPatch, asked: list[str]
) -> None:
    monkeypatch.setattr(live_run, "_SHARED_SECONDS", -1.0)
    bob = lab.stack.person("bob")
    going = {"run_id": lab.best, "status": "RUNNING"}
    assert bob.mlflow(lab.project, "POST", "runs/update", going).status == 200
    at = open_page("run", "carol", project=lab.project, run_id=lab.best, tab="Logs")
    version = drawn["log_view"]["version"]
    at.run()
    assert drawn["log_view"]["version"] == version
    _put(lab, "train.log", FILES["train.log"] + b"step 3 ok\n")
    at.run()
    assert drawn["log_view"]["text"].endswith("step 2 ok\nstep 3 ok\n")
    assert drawn["log_view"]["live"]
    _put(lab, "train.log", FILES["train.log"] + b"step 3 ok\ndone\n")
    done = {"run_id": lab.best, "status": "FINISHED", "end_time": T0 + 20_000}
    assert bob.mlflow(lab.project, "POST", "runs/update", done).status == 200
    at.run()
    assert drawn["log_view"]["text"].endswith("done\n"), "what was written last is read"
    asked.clear()
    at.run()
    assert not [url for url in asked if "artifacts" in url]


def test_a_run_without_logs_says_how_to_keep_one(lab: Lab, open_page: Open) -> None:
    at = open_page("run", "carol", project=lab.project, run_id=lab.parent, tab="Logs")
    assert "No log yet" in said(at)


def test_a_stranger_sees_no_log(lab: Lab, open_page: Open) -> None:
    open_page("run", "mallory", project=lab.project, run_id=lab.best, tab="Logs")
    assert "log_view" not in drawn


def test_a_path_that_is_not_there_is_said_to_be_so(lab: Lab, open_page: Open) -> None:
    assert "There is no file nothing.txt here" in said(_file(lab, open_page, "nothing.txt"))
    assert "There is no folder nowhere/ here" in said(_file(lab, open_page, "nowhere/"))


def _files(at: AppTest) -> list[str]:
    keys = [str(button.key) for button in at.main.button]
    return [key.removeprefix("file-") for key in keys if key.startswith("file-")]


def test_a_foreign_page_is_only_shown_inside_a_sandbox(lab: Lab, open_page: Open) -> None:
    at = _file(lab, open_page, "reports/report.html")
    frames = at.get("iframe")
    assert len(frames) == 1
    document = frames[0].proto.srcdoc
    assert 'sandbox=""' in document
    assert "<script" not in document
    assert HOSTILE not in said(at)


def test_a_contributor_writes_a_note_and_a_viewer_is_not_offered_it(
    lab: Lab, open_page: Open
) -> None:
    where = {"project": lab.project, "run_id": lab.best}
    at = open_page("run", "bob", **where)
    at.button(key="note").click().run()
    assert at.text_area(key="note-text").value == ""
    note = "Worth **keeping**. ![spy](https://spy.example/x.png)"
    tracking.set_tag(lab.client("bob"), lab.project, lab.best, tracking.NOTE, note)
    assert "Worth **keeping**. !\\[spy]" in said(at.button(key="run-refresh").click().run())
    viewer = open_page("run", "carol", **where)
    assert "Worth **keeping**." in said(viewer)
    assert "note" not in [button.key for button in viewer.main.button]
    assert "tags-edit" not in [button.key for button in viewer.main.button]


def test_a_run_without_models_says_how_to_log_one(lab: Lab, open_page: Open) -> None:
    at = open_page("run", "carol", project=lab.project, run_id=lab.best, tab="Models")
    assert "No model logged" in said(at)


def test_the_page_leads_to_the_same_place_in_mlflows_interface(lab: Lab, open_page: Open) -> None:
    at = open_page("run", "carol", project=lab.project, run_id=lab.best)
    start = f"{lab.stack.uac.url}/projects/{lab.project}/#/"
    assert mlflow_links(at) == [f"{start}experiments/{lab.experiment_id}/runs/{lab.best}"]
    assert mlflow_links(open_page("run", "mallory", project=lab.project, run_id=lab.best)) == []


def test_who_may_log_makes_a_token_for_this_run_alone(lab: Lab, open_page: Open) -> None:
    carol = open_page("run", "carol", project=lab.project, run_id=lab.best)
    assert not carol.menu_button
    at = open_page("run", "bob", project=lab.project, run_id=lab.best)

    def opened() -> AppTest:
        at.menu_button(key="run-menu").click("Token for this run")
        return at

    opened().run()
    next(field for field in at.text_input if field.label == "Name").input("Job")
    opened()
    next(button for button in at.button if button.label == "Create token").click().run()
    assert not at.exception
    assert f'MLFLOW_RUN_ID="{lab.best}"' in said(at)
    token = next(str(code.value) for code in at.code if str(code.value).startswith("mls_"))
    job = replace(lab.stack.person("bob"), credential=f"Bearer {token}")
    assert job.mlflow(lab.project, "GET", f"runs/get?run_id={lab.best}").status == 200
    assert job.mlflow(lab.project, "GET", f"runs/get?run_id={lab.parent}").status == 403
    at.run()
    assert token not in said(at)


def test_all_histories_of_a_run_are_read_in_one_call_and_once(
    lab: Lab, open_page: Open, asked: list[str]
) -> None:
    at = open_page("run", "carol", project=lab.project, run_id=lab.best, tab="Charts")
    assert not at.exception
    assert asked.count("metrics/curves") == 1
    for axis, calls in (("step", 1), ("time", 2), ("relative", 3), ("step", 3), ("time", 3)):
        wanted = {"axis": axis, "metrics": ["acc", "loss", "test/auc"], "columns": []}
        at.session_state[f"run-charts-{lab.best}"] = {"wanted": wanted}
        at.run()
        assert asked.count("metrics/curves") == calls
    assert not [url for url in asked if "get-history" in url]


def test_a_question_that_takes_too_long_is_said_to_be_too_long_and_not_that_mlflow_is_away(
    lab: Lab, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ended(_client: Client, _question: Json) -> None:
        raise TooSlow(504, "DEADLINE_EXCEEDED", "It was ended: name fewer runs.", "too_slow")

    monkeypatch.setattr(Client, "metric_curves", ended)
    at = open_page("run", "carol", project=lab.project, run_id=lab.best, tab="Charts")
    assert "This took too long" in said(at)
    assert "name fewer runs" in said(at)
    assert not at.warning


def test_a_run_that_has_ended_is_read_once_whatever_tab_is_open(
    lab: Lab, open_page: Open, asked: list[str]
) -> None:
    at = open_page("run", "carol", project=lab.project, run_id=lab.parent)
    asked.clear()
    for tab in ("Charts", "Models", "Overview", "Charts"):
        at.query_params["tab"] = tab
        at.run()
        assert not at.exception
    assert asked == []
    at.button(key="run-refresh").click().run()
    assert len(asked) > 1


def test_a_run_that_goes_on_is_read_as_it_is_now_and_its_new_points_alone(
    lab: Lab, open_page: Open, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_run, "_SHARED_SECONDS", -1.0)
    bob = lab.stack.person("bob")
    going = {"run_id": lab.best, "status": "RUNNING"}
    assert bob.mlflow(lab.project, "POST", "runs/update", going).status == 200
    at = open_page("run", "carol", project=lab.project, run_id=lab.best, tab="Charts")
    assert "Live" in said(at)
    version = drawn["run_charts"]["version"]
    asked.clear()
    at.run()
    assert "metrics/curves" not in asked
    assert drawn["run_charts"]["version"] == version, "nothing new, nothing sent"
    point = {"run_id": lab.best, "key": "loss", "value": 0.05, "timestamp": T0 + 9, "step": 1}
    assert bob.mlflow(lab.project, "POST", "runs/log-metric", point).status == 200
    at.run()
    rows = drawn["run_charts"]["curves"].to_pylist()
    assert [row["last"] for row in rows if row["metric"] == "loss"] == [0.1, 0.05]
    assert len([row for row in rows if row["metric"] == "acc"]) == 5
    done = {"run_id": lab.best, "status": "FINISHED", "end_time": T0 + 20_000}
    assert bob.mlflow(lab.project, "POST", "runs/update", done).status == 200
    at.run()
    assert "Finished" in said(at)
    assert "Live" not in said(at)

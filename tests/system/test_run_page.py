"""The page of a run in a real browser: what goes on comes by itself, and logs are text."""

from __future__ import annotations

import io
import zipfile
from urllib.parse import quote

from playwright.sync_api import expect

from laboratory import T0, Lab, lab, put_file
from processes import Program
from system.conftest import PATIENT, Visit
from system.test_every_page import objections, settled

__all__ = ["lab"]

HOSTILE = "<img src=x onerror=alert(1)>"
LINES = "".join(f"step {number} loss ok\n" for number in range(400))


def test_a_run_that_goes_on_shows_its_values_without_a_click_and_ends_by_itself(
    visit: Visit, lab: Lab
) -> None:
    bob = lab.stack.person("bob")
    going = {"run_id": lab.best, "status": "RUNNING"}
    assert bob.mlflow(lab.project, "POST", "runs/update", going).status == 200
    page = visit("carol", f"/run?project={lab.project}&run_id={lab.best}")
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(str(error)))
    metrics = page.get_by_role("table", name="Metrics")
    expect(page.get_by_text("Live")).to_be_visible(timeout=PATIENT)
    expect(metrics.get_by_role("row", name="loss")).to_contain_text("0.1")
    # The course comes once the values are drawn.
    expect(metrics.get_by_role("row", name="acc").locator(".sparkline")).to_be_visible(
        timeout=PATIENT
    )
    point = {"run_id": lab.best, "key": "loss", "value": 0.0625, "timestamp": T0 + 9, "step": 7}
    assert bob.mlflow(lab.project, "POST", "runs/log-metric", point).status == 200
    expect(metrics.get_by_role("row", name="loss")).to_contain_text("0.0625", timeout=PATIENT)
    expect(metrics.get_by_role("row", name="loss")).to_contain_text("step 7")
    done = {"run_id": lab.best, "status": "FINISHED", "end_time": T0 + 20_000}
    assert bob.mlflow(lab.project, "POST", "runs/update", done).status == 200
    expect(page.get_by_text("Finished").first).to_be_visible(timeout=PATIENT)
    expect(page.get_by_text("Live")).to_have_count(0)
    settled(page)
    assert objections(page) == []
    assert said == []


def test_a_log_is_followed_searched_and_only_text(visit: Visit, lab: Lab) -> None:
    bob = lab.stack.person("bob")
    going = {"run_id": lab.best, "status": "RUNNING"}
    assert bob.mlflow(lab.project, "POST", "runs/update", going).status == 200
    where = f"{lab.experiment_id}/{lab.best}/artifacts/train.log"
    content = f"{HOSTILE}\n{LINES}\x1b[31mfailed\x1b[0m\r\n"
    put_file(bob, lab.project, where, content.encode())
    page = visit("carol", f"/run?project={lab.project}&run_id={lab.best}&tab=Logs")
    log = page.get_by_role("region", name="train.log")
    # The newest lines are in sight.
    expect(log.get_by_text("failed", exact=True)).to_be_in_viewport(timeout=PATIENT)
    expect(log.locator("span.red")).to_have_text("failed")
    expect(log).to_contain_text(HOSTILE)
    expect(log.locator("img")).to_have_count(0)
    put_file(bob, lab.project, where, f"{content}went on\n".encode())
    expect(log.get_by_text("went on")).to_be_in_viewport(timeout=PATIENT)

    search = page.get_by_role("searchbox", name="Search the log")
    search.fill("step 1 LOSS")
    expect(page.get_by_text("1 of 1")).to_be_visible(timeout=PATIENT)
    expect(log.locator("mark.current")).to_be_in_viewport()
    expect(page.get_by_role("checkbox", name="Follow")).not_to_be_checked()
    put_file(bob, lab.project, where, f"{content}went on\nand on\n".encode())
    expect(log.get_by_text("and on")).to_have_count(1, timeout=PATIENT)
    # Who reads elsewhere stays there, and what was typed stays.
    expect(log.locator("mark.current")).to_be_in_viewport()
    expect(search).to_have_value("step 1 LOSS")
    settled(page)
    assert objections(page) == []


def test_the_charts_of_a_run_are_drawn_and_their_arrangement_is_in_the_address(
    visit: Visit, lab: Lab
) -> None:
    page = visit("carol", f"/run?project={lab.project}&run_id={lab.best}&tab=Charts")
    expect(page.get_by_role("group", name="acc").locator("canvas")).to_be_visible(timeout=PATIENT)
    expect(page.get_by_role("group", name="loss")).to_contain_text("0.1")
    expect(page.get_by_role("button", name="Add a panel")).to_have_count(0)
    page.get_by_role("checkbox", name="Log y").check()
    page.wait_for_url("**charts=logy**", timeout=PATIENT)
    page.reload()
    expect(page.get_by_role("checkbox", name="Log y")).to_be_checked(timeout=PATIENT)
    settled(page)
    assert objections(page) == []


def test_the_tree_of_files_is_used_by_keyboard_and_a_hostile_name_is_text(
    visit: Visit, lab: Lab, studio: Program
) -> None:
    bob = lab.stack.person("bob")
    where = f"{lab.experiment_id}/{lab.best}/artifacts"
    put_file(bob, lab.project, f"{where}/reports/{quote(HOSTILE)}.txt", b"only text")
    page = visit("carol", f"/run?project={lab.project}&run_id={lab.best}&tab=Artifacts")
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(str(error)))
    tree = page.get_by_role("tree")
    folder = tree.get_by_role("treeitem", name="reports")
    expect(folder).to_have_attribute("aria-expanded", "false", timeout=PATIENT)
    tree.focus()
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(folder).to_have_attribute("aria-expanded", "true", timeout=PATIENT)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.get_by_text("only text")).to_be_visible(timeout=PATIENT)
    page.wait_for_url("**path=reports*", timeout=PATIENT)
    expect(tree.get_by_role("treeitem", selected=True)).to_contain_text(HOSTILE)
    expect(tree.locator("img")).to_have_count(0)
    page.keyboard.press("Space")
    link = page.get_by_role("link", name="Download 1 as zip").get_attribute("href")
    answer = page.request.get(f"{studio.url}{link}")
    assert answer.status == 200
    with zipfile.ZipFile(io.BytesIO(answer.body())) as archive:
        assert archive.namelist() == [f"{HOSTILE}.txt"]
    page.reload()
    expect(page.get_by_text("only text")).to_be_visible(timeout=PATIENT)
    page.get_by_role("searchbox", name="Search the listed names").fill("notes")
    expect(tree.get_by_role("treeitem")).to_have_count(1, timeout=PATIENT)
    settled(page)
    assert objections(page) == []
    assert said == []

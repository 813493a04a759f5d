"""The whole line in a real browser: from the sign-in form to a run, and nothing for a stranger."""

from __future__ import annotations

import signal

from playwright.sync_api import Browser, expect

from conftest import Stack
from laboratory import T0, Lab, lab, log_run
from system.conftest import PATIENT, Visit

__all__ = ["lab"]


def test_carol_walks_from_sign_in_to_a_run_and_its_files(visit: Visit, lab: Lab) -> None:
    page = visit("carol", f"/experiments?project={lab.project}")
    page.get_by_role("link", name="Grid").click(timeout=PATIENT)
    expect(page.get_by_role("heading", name="Grid")).to_be_visible(timeout=PATIENT)
    expect(page.get_by_text("4 runs").first).to_be_visible(timeout=PATIENT)

    page.get_by_role("link", name="sgd").click(timeout=PATIENT)
    page.wait_for_url(f"**/run?*run_id={lab.best}*", timeout=PATIENT)
    expect(page.get_by_role("heading", name="sgd")).to_be_visible(timeout=PATIENT)
    expect(page.get_by_text("Finished").first).to_be_visible(timeout=PATIENT)
    page.get_by_role("tab", name="Charts").click()
    expect(page.locator(".run-charts canvas").first).to_be_visible(timeout=PATIENT)
    page.get_by_role("tab", name="Artifacts").click()
    expect(page.get_by_text("report").first).to_be_visible(timeout=PATIENT)


def test_the_table_of_runs_shows_each_number_with_all_its_digits(visit: Visit, lab: Lab) -> None:
    logged = {"seed": 1234561.0, "tiny": 1.2345678901234567e-07, "third": 1 / 3, "big": 2.0**60}
    log_run(lab.stack.person("bob"), lab, "odd", metrics=dict(logged), params={"id": "00120"})
    # The table alone: beside charts it has no room for all of these columns.
    here = f"/runs?project={lab.project}&experiment_id={lab.experiment_id}&name=odd&show=table"
    page = visit("carol", here)
    page.set_viewport_size({"width": 1900, "height": 900})
    cell = page.locator('.ag-cell[col-id="params.id"]')
    expect(cell).to_have_text("00120", timeout=PATIENT)
    for name, value in logged.items():
        cell = page.locator(f'.ag-cell[col-id="metrics.{name}"] .number')
        whole = str(cell.get_attribute("title"))
        assert float(whole) == value
        # What there is room for are the first of its digits, and no others.
        digits = cell.locator(".digits").inner_text().strip("\u2007\u2008 ").split("…")[0]
        assert whole.startswith(digits)


def test_a_click_opens_the_run_that_was_seen_though_another_began_meanwhile(
    visit: Visit, lab: Lab
) -> None:
    bob = lab.stack.person("bob")
    seen = log_run(bob, lab, "seen-1", metrics={"loss": 1.0}, params={})
    here = f"/runs?project={lab.project}&experiment_id={lab.experiment_id}&name=seen"
    page = visit("carol", here)
    expect(page.get_by_role("link", name="seen-1")).to_be_visible(timeout=PATIENT)
    # The same start: the newer run comes first by its name, so give it a later one.
    begun = {"experiment_id": lab.experiment_id, "run_name": "seen-2", "start_time": T0 + 60_000}
    assert bob.mlflow(lab.project, "POST", "runs/create", begun).status == 200
    page.get_by_role("link", name="seen-1").click()
    page.wait_for_url(f"**/run?*run_id={seen}*", timeout=PATIENT)
    expect(page.get_by_role("heading", name="seen-1")).to_be_visible(timeout=PATIENT)


def test_a_stored_html_report_cannot_act_as_its_reader(visit: Visit, lab: Lab) -> None:
    where = f"/run?project={lab.project}&run_id={lab.best}&tab=Artifacts&path=reports/report.html"
    page = visit("carol", where)
    ours = page.frame_locator("iframe")
    expect(ours.locator("iframe")).to_have_attribute("sandbox", "", timeout=PATIENT)
    stored = ours.frame_locator("iframe")
    expect(stored.get_by_role("heading", name="Report")).to_be_visible(timeout=PATIENT)
    assert page.title() != "taken"
    assert "taken" not in page.inner_text("body")


def test_mallory_sees_nothing_of_a_run_whose_address_she_knows(visit: Visit, lab: Lab) -> None:
    page = visit("mallory", f"/run?project={lab.project}&run_id={lab.best}")
    page.wait_for_timeout(3000)
    for secret in ("sgd", "Grid", "test/auc", "reports", lab.experiment_id + "/" + lab.best):
        assert secret not in page.inner_text("body")
    for path in (f"/experiments?project={lab.project}", f"/members?project={lab.project}"):
        page.goto(f"{page.url.split('/run')[0]}{path}")
        page.wait_for_timeout(3000)
        said = page.inner_text("body")
        assert "Grid" not in said
        assert "carol" not in said.lower()


def test_the_link_that_the_client_prints_leads_to_the_run(
    browser: Browser, stack: Stack, lab: Lab
) -> None:
    uac = stack.uac
    # The uac_api of these tests does not know where this Studio is; only the address is looked at.
    page = browser.new_page()
    page.route("**/run?**", lambda route: route.fulfill(body="arrived"))
    page.goto(f"{uac.url}/projects/{lab.project}/#/experiments/1/runs/{lab.best}")
    page.wait_for_url(f"**/run?project={lab.project}&run_id={lab.best}")
    page.goto("about:blank")
    page.goto(f"{uac.url}/#/experiments/1/runs/{lab.best}?workspace={lab.project}")
    page.wait_for_url(f"**/run?project={lab.project}&run_id={lab.best}")
    page.close()


def test_studio_says_when_mlflow_is_down_and_goes_on_by_itself(
    visit: Visit, lab: Lab, stack: Stack
) -> None:
    address = f"/run?project={lab.project}&run_id={lab.best}"
    page = visit("carol", address)
    expect(page.get_by_role("heading", name="sgd")).to_be_visible(timeout=PATIENT)
    stack.mlflow.stop(signal.SIGKILL)
    try:
        page.reload()
        expect(page.get_by_text("MLflow").first).to_be_visible(timeout=PATIENT)
        expect(page.get_by_role("heading", name="sgd")).to_be_hidden()
    finally:
        stack.mlflow.start()
    expect(page.get_by_role("heading", name="sgd")).to_be_visible(timeout=PATIENT)

"""The table of runs and its charts in a real browser, as a person uses them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, ViewportSize, expect

from laboratory import Lab, lab, log_run
from system.conftest import PATIENT, Visit
from system.test_every_page import objections, settled

__all__ = ["lab"]

HOSTILE = "<img src=x onerror=document.title='taken'><script>document.title='taken'</script>"


# Of a table beside its charts all columns can be seen: AG Grid draws no others.
WIDE: ViewportSize = {"width": 2600, "height": 1000}


def here(lab: Lab, **more: str) -> str:
    query = "".join(f"&{name}={value}" for name, value in more.items())
    return f"/runs?project={lab.project}&experiment_id={lab.experiment_id}{query}"


@pytest.fixture
def at_runs(visit: Visit, lab: Lab) -> Iterator[Page]:
    """The page of the lab's runs, as bob; what its browser complains about fails the test."""
    page = visit("bob", here(lab))
    page.set_viewport_size(WIDE)
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on(
        "console",
        lambda line: said.append(line.text) if "Content Security Policy" in line.text else None,
    )
    expect(row(page, lab.best)).to_be_visible(timeout=PATIENT)
    yield page
    assert said == []


def row(page: Page, run_id: str) -> Locator:
    """The name of a run in the table."""
    return page.locator(f'.ag-row[row-id="{run_id}"] a.name')


def tick(page: Page, run_id: str) -> Locator:
    """The tick of a run."""
    return page.locator(f'.ag-row input.tick[data-run="{run_id}"]')


def header(page: Page, column: str) -> Locator:
    """The header of a column."""
    return page.locator(f'.ag-header-cell[col-id="{column}"]')


def names(page: Page) -> list[str]:
    """The names from the top; AG Grid keeps rows in the page in that order."""
    return page.locator(".ag-row a.name").all_inner_texts()


def test_a_name_is_a_link_and_back_has_the_table_as_it_was(at_runs: Page, lab: Lab) -> None:
    page = at_runs
    link = row(page, lab.best)
    assert link.get_attribute("href") == f"run?project={lab.project}&run_id={lab.best}"
    tick(page, lab.child).click()
    header(page, "metrics.loss").locator(".label").click()
    page.wait_for_url("**sort=metrics.loss*", timeout=PATIENT)
    page.evaluate("window.stayed = true")
    link.click()
    expect(page.get_by_role("heading", name="sgd")).to_be_visible(timeout=PATIENT)
    assert page.evaluate("window.stayed"), "the page was loaded anew"
    page.go_back()
    expect(row(page, lab.best)).to_be_visible(timeout=PATIENT)
    expect(tick(page, lab.child)).to_be_checked(timeout=PATIENT)
    expect(header(page, "metrics.loss")).to_have_attribute("aria-sort", "ascending")
    assert names(page) == ["sgd", "forest", "diverged", "search"]
    with page.context.expect_page() as opened:
        row(page, lab.best).click(modifiers=["Control"])
    assert f"run_id={lab.best}" in opened.value.url
    assert "/runs" in page.url


def test_who_goes_back_while_a_page_is_drawn_finds_the_table_each_time(
    at_runs: Page, lab: Lab
) -> None:
    page = at_runs
    # What is drawn on the page of the run says so to Studio in these moments.
    for milliseconds in (0, 0, 50, 100, 150, 200, 300):
        row(page, lab.best).click()
        expect(page.get_by_role("heading", name="sgd")).to_be_visible()
        page.wait_for_timeout(milliseconds)
        page.go_back()
        expect(row(page, lab.best)).to_be_visible()


def test_back_after_an_arrangement_takes_it_back(at_runs: Page) -> None:
    page = at_runs
    header(page, "metrics.loss").locator(".label").click()
    page.wait_for_url("**sort=metrics.loss*", timeout=PATIENT)
    settled(page)
    page.go_back()
    expect(header(page, "metrics.loss")).to_have_attribute("aria-sort", "none", timeout=PATIENT)
    page.reload()
    expect(header(page, "metrics.loss")).to_have_attribute("aria-sort", "none", timeout=PATIENT)


def test_no_tick_moves_the_table_and_shift_takes_what_is_between(at_runs: Page, lab: Lab) -> None:
    page = at_runs
    before = row(page, lab.best).bounding_box()
    ticks = page.locator(".ag-row input.tick")
    ticks.first.click()
    # While the page is drawn anew, what it was before may stand there too.
    expect(page.get_by_role("button", name="Delete").first).to_be_enabled(timeout=PATIENT)
    assert row(page, lab.best).bounding_box() == before
    ticks.last.click(modifiers=["Shift"])
    compare = page.get_by_role("button", name="Compare").first
    expect(compare).to_have_text(re.compile(r"Compare 4 runs"), timeout=PATIENT)
    assert row(page, lab.best).bounding_box() == before


def test_columns_are_chosen_hidden_and_sorted_and_the_address_opens_the_same(
    at_runs: Page, lab: Lab, visit: Visit
) -> None:
    page = at_runs
    header(page, "metrics.loss").locator(".label").click()
    header(page, "start").locator(".label").click(modifiers=["Shift"])
    page.wait_for_url("**sort=metrics.loss+asc%2Cstart+desc*", timeout=PATIENT)
    page.get_by_role("button", name="Columns", exact=True).click()
    chooser = page.get_by_role("dialog", name="Columns")
    expect(header(page, "user")).to_have_count(1)
    page.get_by_label("Search columns").fill("User")
    chooser.get_by_label("User").uncheck()
    expect(header(page, "user")).to_have_count(0)
    page.get_by_label("Search columns").fill("run id")
    chooser.get_by_label("Run id").check()
    # It comes into view, however far to the right it stands.
    expect(header(page, "run_id")).to_have_count(1)
    page.keyboard.press("Escape")
    page.wait_for_url("**run_id*", timeout=PATIENT)
    other = visit("carol", f"/runs?{urlsplit(page.url).query}")
    expect(row(other, lab.best)).to_be_visible(timeout=PATIENT)
    expect(header(other, "user")).to_have_count(0)
    expect(header(other, "metrics.loss")).to_have_attribute("aria-sort", "ascending")
    assert names(other) == names(page)


def test_keys_walk_tick_pin_and_open(at_runs: Page, lab: Lab) -> None:
    page = at_runs
    cell = page.locator(f'.ag-row[row-id="{lab.best}"] .ag-cell[col-id="metrics.loss"]')
    cell.click()
    expect(page.locator("output.value")).to_have_text("loss: 0.1")
    page.keyboard.press("r")
    expect(cell).to_be_focused()
    page.keyboard.press(" ")
    expect(tick(page, lab.best)).to_be_checked()
    page.keyboard.press("p")
    expect(page.locator(".ag-grid-pinned-top-rows a.name")).to_have_text("sgd")
    delta = page.locator(f'.ag-row[row-id="{lab.child}"] .delta')
    expect(delta.first).to_have_text("+0.3")
    name = page.locator(f'.ag-row[row-id="{lab.child}"] .ag-cell[col-id="name"]')
    name.click(position={"x": 3, "y": 3})
    expect(name).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/run?*run_id={lab.child}*", timeout=PATIENT)


def test_a_value_becomes_a_filter(at_runs: Page, lab: Lab) -> None:
    page = at_runs
    value = page.locator(f'.ag-row[row-id="{lab.diverged}"] .ag-cell[col-id="status"]')
    value.click(button="right")
    page.get_by_role("menuitem", name="Without Failed").click()
    expect(row(page, lab.diverged)).to_have_count(0, timeout=PATIENT)
    expect(row(page, lab.best)).to_be_visible()
    assert "filter=status+%21%3D+%27FAILED%27" in page.url


def line(page: Page) -> Locator:
    """The line of the filter."""
    return page.get_by_role("combobox", name="Filter")


def test_a_filter_is_written_by_keyboard_alone_and_back_takes_it_back(
    at_runs: Page, lab: Lab
) -> None:
    page = at_runs
    line(page).focus()
    page.keyboard.type("los")
    expect(line(page)).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Tab")
    expect(line(page)).to_have_value("metrics.loss ")
    page.keyboard.press("ArrowDown")
    active = line(page).get_attribute("aria-activedescendant")
    expect(page.locator(f"#{active}")).to_have_text("<")
    page.keyboard.press("Enter")
    page.keyboard.type("0.3 AND par")
    page.keyboard.press("Tab")
    page.keyboard.type("= '0.3")
    expect(page.get_by_role("option", name="'0.3' 1 run")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(line(page)).to_have_value("metrics.loss < 0.3 AND params.lr = '0.3' ")
    assert "filter" not in page.url, "nothing is sent while somebody types"
    assert objections(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    expect(row(page, lab.child)).to_have_count(0, timeout=PATIENT)
    expect(row(page, lab.best)).to_be_visible()
    assert "filter=metrics.loss+%3C+0.3+AND+params.lr+%3D+%270.3%27" in page.url
    page.get_by_role("button", name="Remove metrics.loss < 0.3").click()
    page.wait_for_url("**filter=params.lr+%3D+%270.3%27*", timeout=PATIENT)
    expect(line(page)).to_have_value("params.lr = '0.3'")
    settled(page)
    page.go_back()
    expect(line(page)).to_have_value("metrics.loss < 0.3 AND params.lr = '0.3'", timeout=PATIENT)
    page.get_by_role("button", name="Clear the filter").click()
    expect(row(page, lab.child)).to_be_visible(timeout=PATIENT)
    expect(page.get_by_role("list", name="Conditions of the filter")).to_have_count(0)


def test_a_mistake_is_shown_at_its_place_and_facets_write_into_the_line(
    at_runs: Page, lab: Lab
) -> None:
    page = at_runs
    line(page).fill("metrics.los < 0.3")
    page.keyboard.press("Enter")
    expect(page.locator(".mistaken")).to_have_text("metrics.los", timeout=PATIENT)
    expect(page.get_by_text("The table shows all runs.", exact=True)).to_be_visible()
    expect(row(page, lab.diverged)).to_be_visible()
    assert objections(page) == []
    page.get_by_role("button", name="Use loss").click()
    expect(row(page, lab.diverged)).to_have_count(0, timeout=PATIENT)
    expect(row(page, lab.best)).to_be_visible()
    page.get_by_role("button", name="Facets").click()
    panel = page.get_by_role("region", name="Facets")
    # Counted without the filter.
    expect(panel.get_by_role("group", name="Status")).to_contain_text("Finished3Failed1")
    panel.get_by_label("Failed").check()
    page.wait_for_url("**+AND+status+%3D+%27FAILED%27*", timeout=PATIENT)
    settled(page)
    expect(panel.get_by_label("Failed")).to_be_focused()
    page.get_by_role("button", name="Remove metrics.loss < 0.3").click()
    expect(row(page, lab.diverged)).to_be_visible(timeout=PATIENT)
    expect(line(page)).to_have_value("status = 'FAILED'")
    assert objections(page) == []
    line(page).fill("status = 'FAILED' OR half a sen")
    panel.get_by_label("Failed").uncheck()
    expect(row(page, lab.best)).to_be_visible(timeout=PATIENT)
    page.get_by_role("button", name="Put it back").click()
    expect(line(page)).to_have_value("status = 'FAILED' OR half a sen")


def test_parents_close_and_open(at_runs: Page, lab: Lab) -> None:
    page = at_runs
    parent = page.locator(f'.ag-row[row-id="{lab.parent}"]').first
    expect(parent).to_have_attribute("aria-expanded", "true")
    page.get_by_role("button", name="Hide 1 nested").click()
    expect(row(page, lab.child)).to_have_count(0)
    expect(parent).to_have_attribute("aria-expanded", "false")
    page.get_by_role("button", name="Show 1 nested").click()
    expect(row(page, lab.child)).to_be_visible()


def test_groups_are_made_unfolded_ticked_and_left_for_a_comparison(at_runs: Page, lab: Lab) -> None:
    page = at_runs
    bob = lab.stack.person("bob")
    again = log_run(bob, lab, "again", metrics={"loss": 0.3}, params={"lr": "0.3"})
    page.get_by_role("button", name="Group", exact=True).click()
    panel = page.get_by_role("dialog", name="Group runs")
    panel.get_by_label("lr", exact=True).check()
    page.wait_for_url("**group=params.lr*", timeout=PATIENT)
    group = page.locator(".ag-row", has=page.get_by_text("lr = 0.3", exact=True)).first
    expect(group).to_be_visible(timeout=PATIENT)
    expect(panel.get_by_label("lr", exact=True)).to_be_focused()
    page.keyboard.press("Escape")
    made_by, means = (header(page, name).bounding_box() for name in ("count", "metrics.loss"))
    assert made_by
    assert means
    assert made_by["x"] < means["x"], "what makes a group stands before its means"
    expect(page.locator(".mean .digits", has_text="NaN")).to_have_count(1)
    assert objections(page) == []
    page.get_by_role("checkbox", name="Tick the runs of lr = 0.3").click()
    compare = page.get_by_role("button", name="Compare").first
    expect(compare).to_have_text(re.compile("Compare 2 runs"), timeout=PATIENT)
    group.get_by_role("button").first.click()
    expect(row(page, again)).to_be_visible(timeout=PATIENT)
    compare.click()
    how = page.get_by_role("radiogroup", name="How runs are shown")
    how.get_by_text("Runs as rows", exact=True).click()
    expect(row(page, again)).to_be_visible(timeout=PATIENT)
    expect(page.get_by_role("button", name="Columns", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^Group"))).to_have_count(0)
    page.get_by_role("button", name="All runs").click()
    expect(group).to_be_visible(timeout=PATIENT)


def test_charts_follow_ticks_and_the_pointer(at_runs: Page, lab: Lab) -> None:
    page = at_runs
    panel = page.get_by_role("group", name="acc", exact=True)
    expect(panel.locator("canvas")).to_be_visible(timeout=PATIENT)
    loss = page.get_by_role("group", name="loss", exact=True)
    expect(loss.locator(".dot-row")).to_have_count(3, timeout=PATIENT)
    row(page, lab.child).hover()
    expect(loss.locator(f'.dot-row[data-run="{lab.child}"]')).to_have_class("dot-row pointed")
    tick(page, lab.best).click()
    expect(loss.locator(".dot-row")).to_have_count(1)
    tick(page, lab.best).click()
    expect(loss.locator(".dot-row")).to_have_count(3, timeout=PATIENT)


def test_markup_in_names_and_values_is_text(visit: Visit, lab: Lab) -> None:
    run_id = log_run(
        lab.stack.person("bob"), lab, HOSTILE, metrics={"loss": 1.0}, params={"lr": HOSTILE}
    )
    page = visit("carol", here(lab))
    expect(row(page, run_id)).to_be_visible(timeout=PATIENT)
    assert row(page, run_id).get_attribute("title") == HOSTILE
    loss = page.get_by_role("group", name="loss", exact=True)
    expect(loss.locator(".dot-row")).to_have_count(4, timeout=PATIENT)
    assert page.title() != "taken"
    assert page.locator("img[src=x]").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_the_tree_has_names(visit: Visit, lab: Lab, scheme: str) -> None:
    page = visit("carol", here(lab))
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    expect(row(page, lab.best)).to_be_visible(timeout=PATIENT)
    settled(page)
    grid = page.get_by_role("treegrid", name="Runs of Grid")
    expect(grid).to_be_visible()
    expect(grid.get_by_role("row", selected=False).first).to_be_visible()
    assert objections(page) == []


def test_runs_that_go_on_are_told_in_place_and_new_ones_announce_themselves(
    at_runs: Page, lab: Lab
) -> None:
    page, bob = at_runs, lab.stack.person("bob")
    going = {"run_id": lab.best, "status": "RUNNING"}
    assert bob.mlflow(lab.project, "POST", "runs/update", going).status == 200
    page.get_by_role("button", name="Refresh").click()
    expect(page.get_by_text(re.compile("1 running, as of"))).to_be_visible()
    tick(page, lab.child).click()
    before = row(page, lab.child).bounding_box()
    metric = {"run_id": lab.best, "key": "loss", "value": 0.0625, "timestamp": 1, "step": 9}
    assert bob.mlflow(lab.project, "POST", "runs/log-metric", metric).status == 200
    late = log_run(bob, lab, "late", metrics={"loss": 0.3}, params={})
    announced = page.get_by_role("button", name="Show 1 new run")
    expect(announced).to_be_visible()
    cell = page.locator(f'.ag-row[row-id="{lab.best}"] [col-id="metrics.loss"]')
    expect(cell).to_contain_text("0.0625")
    expect(row(page, late)).to_have_count(0)
    assert row(page, lab.child).bounding_box() == before
    announced.click()
    expect(row(page, late)).to_be_visible()
    expect(announced).to_have_count(0)
    expect(tick(page, lab.child)).to_be_checked()

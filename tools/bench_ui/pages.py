"""The two interfaces in one browser, and how each shows that it has drawn what was asked for."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Browser, Page, ViewportSize, expect

from tools.bench.stage import SLUG
from tools.bench.wire import BenchError

SIZE: ViewportSize = {"width": 1440, "height": 1000}
# Milliseconds: a bound for a hang.
PATIENCE = 120_000

# A click, and the second frame after it: the first may have begun before.
_PAINTED = """
element => new Promise(done => {
  const began = performance.now();
  element.click();
  requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - began)));
})
"""


@dataclass(frozen=True)
class Studio:
    """Our interface, with a person signed in."""

    page: Page
    url: str

    def runs(self, experiment: str, more: str = "") -> float:
        """Open the runs of an experiment; seconds until the first name is there."""
        began = time.perf_counter()
        self.page.goto(f"{self.url}/runs?project={SLUG}&experiment_id={experiment}{more}")
        self._first_row()
        return time.perf_counter() - began

    def sort(self, column: str) -> float:
        """Sort by a column that was not sorted; seconds until another run stands first."""
        row = self.page.locator(".ag-row[row-index='0'] a.name").first
        before = row.get_attribute("href")
        header = self.page.locator(f'.ag-header-cell[col-id="{column}"] .label')
        began = time.perf_counter()
        header.click()
        expect(row).not_to_have_attribute("href", str(before), timeout=PATIENCE)
        return time.perf_counter() - began

    def tick(self, place: int) -> float:
        """Tick a run; seconds until the charts that follow are painted."""
        tick = self.page.locator("input.tick[data-run]").nth(place)
        return float(tick.evaluate(_PAINTED)) / 1000

    def charts(self, panels: int) -> None:
        """Wait until so many panels have drawn their curves."""
        drawn = self.page.locator(".run-charts .panel:not(.waiting) canvas")
        expect(drawn.nth(panels - 1)).to_be_visible(timeout=PATIENCE)
        expect(self.page.locator(".run-charts .panel.waiting")).to_have_count(0, timeout=PATIENCE)

    def run_charts(self, run: str) -> float:
        """Open the charts of one run; seconds until the first is there."""
        began = time.perf_counter()
        self.page.goto(f"{self.url}/run?project={SLUG}&run_id={run}&tab=Charts")
        chart = self.page.locator(".run-charts canvas, .js-plotly-plot .scatterlayer path").first
        chart.wait_for(state="attached", timeout=PATIENCE)
        return time.perf_counter() - began

    def _first_row(self) -> None:
        self.page.locator(".ag-row a.name").first.wait_for(state="visible", timeout=PATIENCE)


@dataclass(frozen=True)
class Mlflow:
    """MLflow's own interface, asked directly, behind its gate."""

    page: Page
    url: str

    def runs(self, experiment: str) -> float:
        """Open the runs of an experiment; seconds until the first name is there."""
        link = self.page.locator(f'a[href*="/experiments/{experiment}/runs/"]').first
        return self._opened(
            f"/experiments/{experiment}/runs", lambda: link.wait_for(timeout=PATIENCE)
        )

    def run_charts(self, experiment: str, run: str) -> float:
        """Open the charts of one run; seconds until the first is there."""
        chart = self.page.locator(
            ".js-plotly-plot .scatterlayer path, .js-plotly-plot canvas"
        ).first
        return self._opened(
            f"/experiments/{experiment}/runs/{run}/model-metrics",
            lambda: chart.wait_for(state="attached", timeout=PATIENCE),
        )

    def _opened(self, path: str, there: Callable[[], None]) -> float:
        # Another address than the one before, or only the part after # would change.
        self.page.goto("about:blank")
        began = time.perf_counter()
        self.page.goto(f"{self.url}/?workspace={SLUG}#{path}?workspace={SLUG}")
        there()
        return time.perf_counter() - began


def sign_in(browser: Browser, url: str, username: str, password: str) -> Studio:
    """A tab of our interface; raises BenchError if nobody gets in."""
    page = browser.new_context(viewport=SIZE).new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(url)
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password", exact=True).fill(password)
    page.keyboard.press("Enter")
    try:
        page.get_by_role("heading", name="Hello").wait_for(timeout=PATIENCE)
    except Exception as error:
        raise BenchError(f"Studio let nobody in: {error}") from error
    return Studio(page, url)


def open_mlflow(browser: Browser, url: str, headers: dict[str, str]) -> Mlflow:
    """A tab of MLflow's interface that brings what its gate wants."""
    context = browser.new_context(viewport=SIZE, extra_http_headers=headers)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    return Mlflow(page, url)

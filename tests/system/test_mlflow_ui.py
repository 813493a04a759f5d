"""MLflow's own interface in a real browser: members read it, and nobody can turn it on them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, Response, expect

from conftest import Stack
from content import new_trace, tags
from laboratory import Lab, lab, put_file
from system.conftest import PATIENT, Visit
from system.elsewhere import Elsewhere, elsewhere

__all__ = ["lab"]

# What the page asks although it is closed; it shows everything else without an answer.
CLOSED = (
    "/assistant/",
    "/gateway-proxy",
    "/ui-telemetry",
    "/users/roles/list",
    "/datasets/search",
    "/traces/metrics",
)


@dataclass
class Tab:
    """A tab of a browser that holds somebody's session, and what went on in it."""

    page: Page
    asked: list[str] = field(default_factory=list)
    answers: list[tuple[int, str, str]] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("response", self._note)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda said: self._complain(said.type, said.text))

    def statuses(self, part: str) -> list[int]:
        """The statuses of all answers whose address holds this."""
        return [status for status, _, url in self.answers if part in url]

    def _note(self, response: Response) -> None:
        self.answers.append((response.status, response.request.method, response.url))

    def _complain(self, kind: str, text: str) -> None:
        if kind == "error" and "Failed to load resource" not in text:
            self.complaints.append(text)


Open = Callable[[str], Tab]


@pytest.fixture
def tab(browser: Browser, stack: Stack) -> Iterator[Open]:
    """Opens a tab with the cookie that Studio would have set for a person."""
    contexts: list[BrowserContext] = []

    def opened(username: str) -> Tab:
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        contexts.append(context)
        name, _, value = stack.person(username).cookie.partition("=")
        context.add_cookies(
            [
                {
                    "name": name,
                    "value": value,
                    "domain": "127.0.0.1",
                    "path": "/projects/",
                    "httpOnly": True,
                    "sameSite": "Lax",
                }
            ]
        )
        return Tab(context.new_page())

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def others() -> Iterator[Elsewhere]:
    """Somebody else's web server."""
    with elsewhere() as made:
        yield made


def interface(lab: Lab, place: str = "") -> str:
    """The address of MLflow's interface at one of its places."""
    return f"{lab.stack.uac.url}/projects/{lab.project}/{place}"


def run_page(lab: Lab, part: str = "") -> str:
    return interface(lab, f"#/experiments/{lab.experiment_id}/runs/{lab.best}{part}")


def stolen(lab: Lab) -> bool:
    """Whether somebody's script wrote to the run."""
    return "stolen" in tags(lab.stack.person("alice"), lab.project, lab.best)


def logged(stack: Stack, since: int, part: str) -> list[dict[str, Any]]:
    """What uac_api answered to requests for a path that holds this."""
    lines = stack.uac.log.read_text()[since:].splitlines()
    entries = [json.loads(line) for line in lines if line.startswith("{")]
    return [one for one in entries if one["event"] == "request" and part in one["path"]]


def hostile(lab: Lab) -> str:
    """A stored report that tries to act as its reader, in every way a page has."""
    api = interface(lab, "ajax-api/2.0/mlflow/")
    tag = json.dumps({"run_id": lab.best, "key": "stolen", "value": "yes"})
    return f"""<!doctype html><h1>Report</h1>
<script>
document.title = "taken";
for (const credentials of ["include", "same-origin"]) {{
  fetch("{api}runs/search?from-artifact", {{method: "POST", credentials,
    headers: {{"Content-Type": "application/json"}},
    body: JSON.stringify({{experiment_ids: ["{lab.experiment_id}"]}})}})
    .then((r) => r.text()).then((text) => {{ document.body.dataset.read = text; }});
  fetch("{api}runs/set-tag?from-artifact", {{method: "POST", credentials,
    headers: {{"Content-Type": "application/json"}}, body: JSON.stringify({tag})}});
}}
try {{ parent.document.title = "taken"; }} catch {{}}
</script>
<img src="{api}runs/get?from-artifact&run_id={lab.best}" onerror="document.title = 'taken'">
<form id="f" method="post" enctype="text/plain" action="{api}runs/set-tag?from-artifact">
<input name='{tag[:-1]}, "x": "' value='"}}'></form>
<iframe src="{api}runs/get?from-artifact&run_id={lab.best}"></iframe>
<svg onload="document.getElementById('f').submit()"></svg>"""


@pytest.fixture
def report(lab: Lab) -> str:
    """The path of such a report among the files of the run."""
    where = f"workspaces/{lab.project}/{lab.experiment_id}/{lab.best}/artifacts/evil.html"
    put_file(lab.stack.person("bob"), lab.project, where, hostile(lab).encode())
    return "evil.html"


def test_carol_signs_in_to_studio_and_reads_mlflows_interface(
    visit: Visit, stack: Stack, lab: Lab
) -> None:
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    preview = {"request_preview": "how-is-the-weather"}
    new_trace(stack.person("bob"), lab.project, lab.experiment_id, request_time=now, **preview)
    page = visit("carol", "/")
    # Studio's own page may still be loading: what it asks for is not MLflow's interface's.
    page.goto("about:blank")
    tab = Tab(page)

    def go(address: str) -> None:
        # A new load: otherwise only what follows the # would change.
        page.goto("about:blank")
        page.goto(address)

    runs = interface(lab, f"#/experiments/{lab.experiment_id}/runs")
    sgd = page.get_by_role("link", name="sgd")
    broken = page.get_by_role("heading", name="Something went wrong")
    go(runs)
    expect(sgd.or_(broken).first).to_be_visible(timeout=PATIENT)
    if broken.is_visible():
        # MLflow's page at times throws at its first load on a busy machine, although all that it
        # asked for was answered with 200. People reload it, and so does this.
        assert not [status for status in tab.statuses("/projects/") if status >= 500]
        tab.complaints.clear()
        go(runs)
    expect(sgd).to_be_visible(timeout=PATIENT)
    go(run_page(lab))
    expect(page.get_by_role("heading", name="sgd")).to_be_visible(timeout=PATIENT)
    expect(page.get_by_text("0.3", exact=True)).to_be_visible(timeout=PATIENT)
    go(run_page(lab, "/model-metrics"))
    expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible(timeout=PATIENT)
    go(run_page(lab, "/artifacts/reports/report.html"))
    report = page.frame_locator("iframe").get_by_role("heading", name="Report")
    expect(report).to_be_visible(timeout=PATIENT)
    go(run_page(lab, "/artifacts/plots/pixel.png"))
    expect(page.locator("img[src^='blob:']").first).to_be_attached(timeout=PATIENT)
    go(interface(lab, f"#/experiments/{lab.experiment_id}/traces"))
    expect(page.get_by_text("how-is-the-weather").first).to_be_visible(timeout=PATIENT)
    go(interface(lab, f"#/models/{lab.model}"))
    expect(page.get_by_text("champion")).to_be_visible(timeout=PATIENT)

    ours = (interface(lab), "blob:", "data:")
    assert [url for url in tab.asked if not url.startswith((*ours, "about:"))] == []
    refused = [url for status, _, url in tab.answers if status >= 400]
    assert [url for url in refused if not any(part in url for part in CLOSED)] == []
    scripts = [text for text in tab.complaints if "inline script" not in text]
    assert scripts == []
    assert max(tab.statuses("/graphql")) == 200


def test_a_write_of_a_viewer_is_refused_and_one_of_a_contributor_is_done(
    tab: Open, lab: Lab
) -> None:
    write = """async ([path, body]) => (await fetch(path, {method: "POST",
        headers: {"Content-Type": "application/json"}, body: JSON.stringify(body)})).status"""
    told = ["ajax-api/2.0/mlflow/runs/set-tag"]
    for username, status in (("carol", 403), ("bob", 200)):
        page = tab(username).page
        page.goto(run_page(lab))
        body = {"run_id": lab.best, "key": f"by-{username}", "value": "x"}
        assert page.evaluate(write, [*told, body]) == status
    found = tags(lab.stack.person("alice"), lab.project, lab.best)
    assert "by-carol" not in found
    assert found["by-bob"] == "x"


def test_mallory_sees_nothing_of_it(tab: Open, lab: Lab) -> None:
    hers = tab("mallory")
    for place in (run_page(lab), interface(lab, "static-files/favicon.ico")):
        hers.page.goto("about:blank")
        hers.page.goto(place)
        said = hers.page.inner_text("body")
        for secret in ("sgd", "Grid", "alice", "bob"):
            assert secret not in said
    assert set(hers.statuses("/projects/")) == {404}


def test_who_is_not_signed_in_is_led_to_the_same_run_in_studio(browser: Browser, lab: Lab) -> None:
    page = browser.new_page()
    page.route("**/run?**", lambda route: route.fulfill(body="arrived"))
    page.goto(run_page(lab))
    page.wait_for_url(f"**/run?project={lab.project}&run_id={lab.best}")
    page.close()


def test_a_stored_report_does_not_act_inside_the_interface(
    tab: Open, lab: Lab, report: str
) -> None:
    his = tab("alice")
    since = len(lab.stack.uac.log.read_text())
    his.page.goto(run_page(lab, f"/artifacts/{report}"))
    shown = his.page.frame_locator("iframe.mlflow-html-iframe")
    expect(shown.get_by_role("heading", name="Report")).to_be_visible(timeout=PATIENT)
    his.page.wait_for_timeout(1500)
    assert "taken" not in (his.page.title(), shown.locator("html").evaluate("() => document.title"))
    assert not stolen(lab)
    assert [url for _, method, url in his.answers if "from-artifact" in url] == []
    assert logged(lab.stack, since, "runs/set-tag") == []


def as_download(page: Page, act: Callable[[], object]) -> str:
    """The name of the file that the browser saves in place of showing it."""
    # Playwright's error says "Download is starting": there is no page to go to.
    with page.expect_download(timeout=PATIENT) as saved, suppress(Error):
        act()
    return saved.value.suggested_filename


def test_a_stored_report_opened_by_its_address_is_a_download(
    tab: Open, lab: Lab, report: str
) -> None:
    page = tab("alice").page
    address = interface(lab, f"get-artifact?run_id={lab.best}&path={report}")
    assert as_download(page, lambda: page.goto(address)) == report
    path = f"workspaces/{lab.project}/{lab.experiment_id}/{lab.best}/artifacts/{report}"
    stored = interface(lab, f"api/2.0/mlflow-artifacts/artifacts/{path}")
    assert as_download(page, lambda: page.goto(stored)) == report
    assert not stolen(lab)


def shown_after_all(page: Page, site: str, *, rules: bool) -> None:
    """Lets the browser show stored files, as if nobody had said that they are downloads."""

    def handle(route: Any) -> None:
        # Playwright asks in the browser's place, so it has to say what the browser would have said.
        said = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
        answer = route.fetch(headers={**route.request.all_headers(), **said})
        left_out = (
            ("content-disposition",)
            if rules
            else ("content-disposition", "content-security-policy")
        )
        headers = {name: value for name, value in answer.headers.items() if name not in left_out}
        route.fulfill(response=answer, headers={**headers, "content-type": "text/html"})

    page.route("**/get-artifact?**", handle)


@pytest.mark.parametrize("start", ["none", "cross-site", "same-site"])
def test_a_stored_report_that_is_shown_all_the_same_can_do_nothing(
    tab: Open, lab: Lab, report: str, others: Elsewhere, start: str
) -> None:
    his = tab("alice")
    shown_after_all(his.page, start, rules=True)
    since = len(lab.stack.uac.log.read_text())
    address = interface(lab, f"get-artifact?run_id={lab.best}&path={report}")
    if start == "none":
        his.page.goto(address)
    else:
        others.pages["/link"] = f'<a href="{address}">report</a>'
        site = others.another_site if start == "cross-site" else others.another_port
        his.page.goto(f"{site}/link")
        his.page.get_by_role("link").click()
    expect(his.page.get_by_role("heading", name="Report")).to_be_visible(timeout=PATIENT)
    his.page.wait_for_timeout(1000)
    assert his.page.title() != "taken"
    assert his.page.evaluate("() => self.origin") == "null"
    assert not stolen(lab)
    assert logged(lab.stack, since, "/ajax-api/") == []


def test_the_same_report_would_act_without_these_rules(tab: Open, lab: Lab, report: str) -> None:
    his = tab("alice")
    shown_after_all(his.page, "none", rules=False)
    his.page.goto(interface(lab, f"get-artifact?run_id={lab.best}&path={report}"))
    his.page.wait_for_timeout(1500)
    assert stolen(lab), "the attack of these tests is a real one"


ATTACKS = {
    "a script": "<script>{fetch}</script>",
    "a script of a sandboxed frame": '<iframe sandbox="allow-scripts" srcdoc="{fetch}"></iframe>',
    "a form": "{form}<script>document.forms[0].submit()</script>",
    "a form in a sandboxed frame": (
        '<iframe sandbox="allow-scripts allow-forms" srcdoc="{framed_form}"></iframe>'
    ),
    "an image": '<img src="{read}">',
    "a script of ours": '<script src="{read}"></script>',
    "a style": '<link rel="stylesheet" href="{read}">',
    "a frame": '<iframe src="{page}"></iframe>',
    "an object": '<object data="{read}"></object>',
    "a prefetch": '<link rel="prefetch" href="{read}">',
}


def attack(lab: Lab, kind: str) -> str:
    """A page that uses whatever session its visitor has."""
    tag = json.dumps({"run_id": lab.best, "key": "stolen", "value": "yes"})
    api = interface(lab, "ajax-api/2.0/mlflow/runs/")
    simple = "credentials: 'include', mode: 'no-cors'"
    sent = f"method: 'POST', body: JSON.stringify({tag})"
    write = f"fetch('{api}set-tag?attack', {{{sent}, {simple}}});"
    read = f"fetch('{api}get?attack&run_id={lab.best}', {{{simple}}});"
    form = f"<form method=post enctype=text/plain action='{api}set-tag?attack'>"
    form += f"<input name='{tag[:-1]}, \"x\": \"' value='\"}}'></form>"
    quoted = {"fetch": f"{write} {read}", "form": form}
    if "sandboxed" in kind:
        script = f"<script>{write} {read}</script>".replace("&", "&amp;").replace('"', "&quot;")
        framed = f"{form}<script>document.forms[0].submit()</script>"
        framed = framed.replace("&", "&amp;").replace('"', "&quot;")
        quoted = {"fetch": script, "framed_form": framed}
    page = ATTACKS[kind]
    places = {
        "read": f"{api}get?attack&run_id={lab.best}",
        "page": interface(lab, "?attack"),
        **quoted,
    }
    for name, text in places.items():
        page = page.replace(f"{{{name}}}", text)
    return f"<!doctype html><title>Kittens</title>{page}"


@pytest.mark.parametrize("kind", ATTACKS)
def test_a_page_of_another_origin_cannot_use_the_session(
    tab: Open, lab: Lab, others: Elsewhere, kind: str
) -> None:
    others.pages["/attack"] = attack(lab, kind)
    for site in (others.another_port, others.another_site):
        his = tab("alice")
        since = len(lab.stack.uac.log.read_text())
        his.page.goto(f"{site}/attack")
        his.page.wait_for_timeout(1200)
        seen = logged(lab.stack, since, f"/projects/{lab.project}")
        assert seen, "the attack reached the proxy"
        assert {one["status"] for one in seen} <= {401, 403}, seen
        assert not {"user", "row"} & {name for one in seen for name in one}, "nobody was recognised"
        his.page.goto("about:blank")
    assert not stolen(lab)


def test_a_link_of_another_site_leads_a_member_into_the_interface(
    tab: Open, lab: Lab, others: Elsewhere
) -> None:
    others.pages["/link"] = f'<a href="{run_page(lab)}">the run</a>'
    his = tab("carol")
    his.page.goto(f"{others.another_site}/link")
    his.page.get_by_role("link").click()
    expect(his.page.get_by_role("heading", name="sgd")).to_be_visible(timeout=PATIENT)

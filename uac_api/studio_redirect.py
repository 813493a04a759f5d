"""A page without any data that leads a browser to the page of Studio with the same content.

The links that the mlflow client prints are `/projects/<slug>/#/experiments/<id>/runs/<id>` or
`/#/...?workspace=<slug>`. The second kind, and the first for somebody who is not signed in, are
answered by it. A browser keeps what follows the `#` to itself, so a small script translates it.
"""

from __future__ import annotations

import base64
import hashlib
import json
from urllib.parse import urlsplit

SCRIPT = """
const studio = JSON.parse(document.getElementById("studio").textContent);
const [path, search] = location.hash.replace(/^#/, "").split("?");
const parts = path.split("/").filter(Boolean).map(decodeURIComponent);
const inAddress = location.pathname.match(/^\\/projects\\/([^/]+)/);
const fields = new URLSearchParams();
const project = inAddress ? inAddress[1] : new URLSearchParams(search || "").get("workspace");
if (project) fields.set("project", project);
let page = project ? "experiments" : "";
if (parts[0] === "experiments" && parts[1]) {
  page = "runs";
  fields.set("experiment_id", parts[1]);
  if (parts[2] === "runs" && parts[3]) {
    page = "run";
    fields.delete("experiment_id");
    fields.set("run_id", parts[3]);
  }
} else if (parts[0] === "models") {
  page = parts[1] ? "model" : "models";
  if (parts[1]) fields.set("model", parts[1]);
}
location.replace(`${studio}/${page}?${fields}`.replace(/\\?$/, ""));
"""
SCRIPT_HASH = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()

HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": (
        f"default-src 'none'; script-src 'sha256-{SCRIPT_HASH}'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def page(studio: str) -> str:
    """The page, the same for every project, there or not."""
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>ML Studio</title>'
        f'<script type="application/json" id="studio">{_inert(studio)}</script>'
        f"<script>{SCRIPT}</script>"
        f'<noscript>Sign in to <a href="{studio}">ML Studio</a>.</noscript></html>'
    )


def _inert(address: str) -> str:
    return json.dumps(urlsplit(address).geturl()).replace("<", "\\u003c")

"""Paths of files stay inside the project, however they are written."""

from __future__ import annotations

import pytest

from content import FILE, TEXT, Content, artifact, refused
from people import Person
from recording import SLUG, NarrowProxy


def foreign_paths(c: Content) -> list[str]:
    """Ways to name alice's file from another project, as they go over the wire."""
    below = c.artifacts.removeprefix(f"workspaces/{c.slug}/")
    return [
        f"{c.artifacts}/{FILE}",
        f"./{c.artifacts}/{FILE}",
        f"/{c.artifacts}/{FILE}",
        f"//{c.artifacts}/{FILE}",
        f"x/../{c.artifacts}/{FILE}",
        f"workspaces//{c.slug}/{below}/{FILE}",
        f"workspaces/./{c.slug}/{below}/{FILE}",
        f"workspaces/OWN/../{c.slug}/{below}/{FILE}",
        f"workspaces/OWN/%2e%2e/{c.slug}/{below}/{FILE}",
        f"workspaces/OWN/%252e%252e/{c.slug}/{below}/{FILE}",
        f"../{c.slug}/{below}/{FILE}",
        f"..%2f{c.slug}/{below}/{FILE}",
        f"..%5c{c.slug}/{below}/{FILE}",
        f"..\\{c.slug}/{below}/{FILE}",
        f"%2e/{c.artifacts}/{FILE}",
        f"workspaces%2f{c.slug}/{below}/{FILE}",
        f"workspaces%252f{c.slug}/{below}/{FILE}",
        f"%77orkspaces/{c.slug}/{below}/{FILE}",
        f"WORKSPACES/{c.slug}/{below}/{FILE}",
        f"workspaces/{c.slug.upper()}/{below}/{FILE}",
        f"workspaces/{c.slug}%00/{below}/{FILE}",
        f"{below}/{FILE}",
    ]


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_no_way_leads_to_a_foreign_file(
    alice: Person, erin: Person, filled: Content, own: Content, method: str
) -> None:
    for way in foreign_paths(filled):
        path = artifact(own.slug, way.replace("OWN", own.slug))
        reply = erin.ask(method, path, raw=b"overwritten" if method == "PUT" else None)
        assert TEXT not in reply.body, way
        if method in ("GET", "HEAD"):
            assert reply.status != 200, way
    there = alice.ask("GET", artifact(filled.slug, f"{filled.artifacts}/{FILE}"))
    assert (there.status, there.body) == (200, TEXT)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
@pytest.mark.parametrize(
    "path",
    ["workspaces/vault/1/r/artifacts/f", "workspaces/fraud", "workspaces/./vault/f", "workspaces"],
)
def test_a_foreign_path_does_not_even_reach_mlflow(
    proxy: NarrowProxy, method: str, path: str
) -> None:
    own = path == "workspaces/fraud"
    reply = proxy.alice.ask(method, artifact(SLUG, path), raw=b"x" if method == "PUT" else None)
    assert reply.status == (200 if own else 400)
    assert len(proxy.upstream.seen) == int(own)
    if method == "GET":
        proxy.upstream.seen.clear()
        proxy.alice.ask("GET", f"{artifact(SLUG, '')[:-1]}?path={path}")
        assert len(proxy.upstream.seen) == int(own)


def test_no_way_lists_a_foreign_folder(
    alice: Person, erin: Person, filled: Content, own: Content
) -> None:
    only_hers = artifact(filled.slug, f"{filled.artifacts}/notes/only-alice-has-this.txt")
    assert alice.ask("PUT", only_hers, raw=b"x").status == 200
    listing = artifact(own.slug, "")[:-1]
    for way in foreign_paths(filled):
        folder = way.replace("OWN", own.slug).removesuffix("/plan.txt")
        reply = erin.ask("GET", f"{listing}?path={folder}")
        assert b"only-alice" not in reply.body, way
    for root in ("", "?path=", "?path=.", "?path=..", "?path=/", "?path=workspaces"):
        reply = erin.ask("GET", listing + root)
        assert filled.slug.encode() not in reply.body, root
    seen = alice.ask("GET", f"{artifact(filled.slug, '')[:-1]}?path={filled.artifacts}/notes")
    assert b"only-alice" in seen.body, "alice herself sees it"


@pytest.mark.parametrize(
    "path", ["workspaces/OTHER/1", "./workspaces/OTHER/1", "..", "a//b", "a%252fb", "%252e%252e"]
)
@pytest.mark.parametrize(
    "address",
    [
        "api/2.0/mlflow/artifacts/list?run_id={run}&path=",
        "get-artifact?run_id={run}&path=",
        "model-versions/get-artifact?name={registered}&version=1&path=",
        "api/2.0/mlflow/logged-models/{model}/artifacts/directories?artifact_directory_path=",
        "ajax-api/2.0/mlflow/logged-models/{model}/artifacts/files?artifact_file_path=",
        "ajax-api/2.0/mlflow/get-trace-artifact?request_id={trace}&path=",
        "ajax-api/3.0/mlflow/get-trace-artifact?request_id={trace}&path=",
    ],
)
def test_a_path_inside_a_run_stays_inside(
    erin: Person, filled: Content, own: Content, address: str, path: str
) -> None:
    own_ids = {"run": own.run, "registered": own.registered, "model": own.model}
    asked = address.format(**own_ids, trace=own.trace) + path.replace("OTHER", filled.slug)
    reply = erin.ask("GET", f"/projects/{own.slug}/{asked}")
    assert TEXT not in reply.body
    assert b"notes" not in reply.body
    if "workspaces" not in path or path.startswith("."):
        assert refused(reply, "path")

"""The table of what Studio answers: what has no row does not exist."""

import pytest

from studio_app.app.paths import READ, PathTable
from studio_app.ui import navigation

TABLE, WITH_PROVIDER = PathTable(single_sign_on=False), PathTable(single_sign_on=True)
CLOSED = (
    "/_stcore/upload_file/session/file",
    "/_stcore/metrics",
    "/_stcore/script-health-check",
    "/_stcore/agent/interact",
    "/_stcore/agent/openapi.json",
    "/_stcore/agent/mcp",
    "/_stcore/bidi-components/somebody.else/x.js",
    "/_stcore/stream",
    "/run/_stcore/health",
    "/component/streamlit_cookies/index.html",
    "/auth/logout",
    "/auth/login/",
    "/auth/session/",
    "//evil.example/",
    "/media/a\nb",
    "",
)


@pytest.mark.parametrize("page", [entry.name for entry in navigation.ENTRIES])
def test_every_page_is_read_by_its_name(page: str) -> None:
    assert TABLE.methods(f"/{page}") == READ


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/studio.js",
        "/join",
        "/favicon.png",
        "/static/js/index.js",
        "/media/0a1b.png",
        "/app/static/fonts/inter-latin-wght-normal.woff2",
        "/_stcore/health",
        "/_stcore/host-config",
        "/_stcore/bidi-components/ml-studio.workspace/index-0a1b.js",
    ],
)
def test_what_pages_fetch_is_read(path: str) -> None:
    assert TABLE.methods(path) == READ


@pytest.mark.parametrize("path", CLOSED)
def test_what_is_not_used_does_not_exist(path: str) -> None:
    for table in (TABLE, WITH_PROVIDER):
        assert table.methods(path) == ()


@pytest.mark.parametrize("what", ["session", "sign-out", "invitation", "forget"])
def test_the_routes_of_the_cookies_take_a_post_and_nothing_else(what: str) -> None:
    assert TABLE.methods(f"/auth/{what}") == ("POST",)


def test_a_download_is_fetched_and_nothing_else() -> None:
    assert TABLE.methods("/download/artifacts.zip") == ("GET",)
    for path in ("/download/artifacts.zip/", "/download/other", "/download/../me"):
        assert TABLE.methods(path) == ()


@pytest.mark.parametrize("path", ["/auth/login", "/oauth2callback"])
def test_the_way_to_the_provider_is_there_with_single_sign_on_only(path: str) -> None:
    assert TABLE.methods(path) == ()
    assert WITH_PROVIDER.methods(path) == READ

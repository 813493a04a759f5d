"""The ASGI application of Studio: Streamlit, and what stands before it."""

import logging
from collections.abc import Callable
from pathlib import Path

import pandas  # noqa: F401 - imported here so that no person waits for it later
import plotly.graph_objects  # noqa: F401 - as above
import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.routing import Route
from streamlit import config

from studio_app.app import log, unknown_page
from studio_app.app.admission import Admission
from studio_app.app.headers import SafeHeaders
from studio_app.app.index_page import BOOT_SCRIPT, index_page
from studio_app.app.shares import shares
from studio_app.artifacts import downloads
from studio_app.auth import join, single_sign_on
from studio_app.auth.routes import clear_session, forget_sign_in, keep_invitation, set_session
from studio_app.auth.sign_in import BROWSER_SCRIPT
from studio_app.brand import brand
from studio_app.settings import settings
from studio_app.ui import navigation

_FOLDER = Path(__file__).parent
_PAGES = tuple(navigation.url(entry.name) for entry in navigation.ENTRIES)
_log = logging.getLogger("studio_app")


def _script(name: str) -> Callable[[Request], FileResponse]:
    def answer(_request: Request) -> FileResponse:
        return FileResponse(
            _FOLDER / "static" / name,
            media_type="text/javascript",
            headers={"Cache-Control": "no-cache"},
        )

    return answer


def _on_script_error(error: Exception) -> bool:
    """Logs a mistake of ours and shows a calm text in its place."""
    _log.exception("a page failed", exc_info=error)
    st.error(
        "**Something went wrong on this page.** Reload it. If it happens again, tell your "
        "administrator what you did and when.",
        icon=":material/error:",
    )
    return True


# Before the first page: `st.set_option` is for what may change while the server runs.
for option, colour in brand().theme.items():
    config.set_option(option, colour)

app = st.App(
    _FOLDER / "main.py",
    # Never None: without a mapping, asking st.secrets for anything raises.
    secrets=single_sign_on.secrets(settings()),
    routes=[
        Route("/auth/session", set_session, methods=["POST"]),
        Route("/auth/sign-out", clear_session, methods=["POST"]),
        Route("/auth/invitation", keep_invitation, methods=["POST"]),
        Route(join.PATH, join.page, methods=["GET"]),
        Route("/auth/forget", forget_sign_in, methods=["POST"]),
        Route(downloads.ZIP_PATH, downloads.download_zip, methods=["GET"]),
        Route(downloads.FILE_PATH, downloads.download_file, methods=["GET"]),
        Route(BROWSER_SCRIPT, _script("studio.js"), methods=["GET"]),
        Route(BOOT_SCRIPT, _script("boot.js"), methods=["GET"]),
        *(Route(path, index_page, methods=["GET"]) for path in _PAGES),
        # After them all: the first route that fits answers.
        Route(unknown_page.PATH, unknown_page.unknown_page, methods=["GET"]),
    ],
    middleware=[
        Middleware(log.AccessLog),
        Middleware(SafeHeaders, https=settings().secure_cookie),
        Middleware(Admission, shares=shares()),
    ],
    on_script_error=_on_script_error,
)

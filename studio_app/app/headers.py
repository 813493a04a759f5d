"""Every answer of Studio tells the browser what it may not do with it."""

import base64
import hashlib
import re
from pathlib import Path

import streamlit
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# What people uploaded is served under /media: as a page of its own it may run nothing.
_MEDIA = "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; sandbox"

# The built files of our browser components: another content has another name.
_HASHED = re.compile(r"/_stcore/bidi-components/ml-studio\.\w+/\w+-[0-9a-f]{12}\.js", re.ASCII)
_FOR_EVER = "public, max-age=31536000, immutable"


def content_rules() -> str:
    """The Content-Security-Policy of Studio's pages.

    'unsafe-inline' styles are how Streamlit draws. Inline scripts are closed but for
    Streamlit's own, which are named by their hash; no text becomes code. Nothing is fetched
    from another host.
    """
    scripts = " ".join(["'self'", *_own_inline_scripts()])
    return "; ".join(
        [
            "default-src 'self'",
            f"script-src {scripts}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "media-src 'self' data: blob:",
            "worker-src 'self' blob:",
            "frame-src 'self' blob: data:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        ]
    )


class SafeHeaders:
    """Adds the headers to each HTTP answer, and HSTS where Studio is reached by https."""

    def __init__(self, app: ASGIApp, https: bool) -> None:
        self._app = app
        self._rules = content_rules()
        self._headers = {
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Referrer-Policy": "same-origin",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
        }
        if https:
            self._headers["Strict-Transport-Security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes everything on; answers to HTTP requests get the headers."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        rules = _MEDIA if scope["path"].startswith("/media/") else self._rules
        hashed = _HASHED.fullmatch(scope["path"]) is not None

        async def send_safe(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self._headers)
                headers["Content-Security-Policy"] = rules
                # Not of an error: the file may be there after an upgrade.
                if hashed and message["status"] in (200, 304):
                    headers["Cache-Control"] = _FOR_EVER
            await send(message)

        await self._app(scope, receive, send_safe)


def _own_inline_scripts() -> list[str]:
    page = Path(streamlit.__file__).parent / "static" / "index.html"
    scripts = re.findall(r"<script>(.*?)</script>", page.read_text("utf-8"), re.DOTALL)
    digests = (hashlib.sha256(script.encode()).digest() for script in scripts)
    return [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]

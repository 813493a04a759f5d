"""What a browser may do with an answer: headers for the page, its assets, and stored files."""

from __future__ import annotations

from ..rules import Surface

Headers = tuple[tuple[str, str], ...]

# MLflow's interface as it is: no inline script, nothing from or to another host. A stored HTML
# file that it shows in a frame (a blob: address) inherits this, so its scripts do not run.
_PAGE = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; "
    "media-src 'self' data: blob:; worker-src 'self' blob:; frame-src blob:; manifest-src 'self'; "
    "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# A worker takes the rules of its own script's answer and not those of the page.
_ASSET = "default-src 'none'; script-src 'self'; connect-src 'self'; frame-ancestors 'none'"
# Opened by its own address, a stored file is nobody: no origin, no script, no request.
_ARTIFACT = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; "
    "media-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)

_ALL: Headers = (("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "same-origin"))

HEADERS: dict[Surface, Headers] = {
    Surface.PAGE: (
        *_ALL,
        ("Content-Security-Policy", _PAGE),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cache-Control", "no-store"),
    ),
    Surface.ASSET: (*_ALL, ("Content-Security-Policy", _ASSET)),
    Surface.ARTIFACT: (
        *_ALL,
        ("Content-Security-Policy", _ARTIFACT),
        ("Cross-Origin-Resource-Policy", "same-origin"),
    ),
}


def dressed(headers: list[tuple[str, str]], surface: Surface) -> list[tuple[str, str]]:
    """MLflow's headers with those of the surface, which win; a stored file is a download."""
    ours = HEADERS[surface]
    names = {name.lower() for name, _ in ours}
    kept = [(name, value) for name, value in headers if name.lower() not in names]
    if surface is Surface.ARTIFACT and not any(n.lower() == "content-disposition" for n, _ in kept):
        kept.append(("Content-Disposition", "attachment"))
    return [*kept, *ours]

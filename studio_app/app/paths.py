"""The table of what Studio answers: every path and method that is in use, and what for.

Streamlit brings more than is used here (uploads, figures about itself, an interface for programs,
custom components): what has no row does not exist.
"""

import re
from dataclasses import dataclass

READ = ("GET", "HEAD")
POST = ("POST",)
SOCKET = "/_stcore/stream"


@dataclass(frozen=True)
class Row:
    """A path as a regular expression that it matches as a whole, with its methods."""

    path: re.Pattern[str]
    methods: tuple[str, ...]


def _row(path: str, methods: tuple[str, ...] = READ) -> Row:
    return Row(re.compile(path, re.ASCII), methods)


_ALWAYS = (
    # The pages, by name, and Streamlit's files beside them; unknown_page.py has other names.
    _row(r"/(?!oauth2callback)[\w.-]*/?"),
    _row(r"/static/.+"),
    # The fonts.
    _row(r"/app/static/.+"),
    # Images and downloads of pages.
    _row(r"/media/.+"),
    # Files, one alone or many at once, by studio_app/artifacts/downloads.py.
    _row(r"/download/artifact(s\.zip)?", ("GET",)),
    # The probes ask the first, browsers both before they open the socket.
    _row(r"/_stcore/(health|host-config)"),
    # Our own browser components, by the name of the package.
    _row(r"/_stcore/bidi-components/ml-studio\..+"),
    # Cookies, by studio_app/auth/routes.py.
    _row(r"/auth/(session|sign-out|invitation|forget)", POST),
)
# To the identity provider, and back.
_SINGLE_SIGN_ON = (_row(r"/auth/login"), _row(r"/oauth2callback"))


class PathTable:
    """What is answered, with or without single sign-on."""

    def __init__(self, *, single_sign_on: bool) -> None:
        self._rows = (*_ALWAYS, *_SINGLE_SIGN_ON) if single_sign_on else _ALWAYS

    def methods(self, path: str) -> tuple[str, ...]:
        """The methods of a path; none for one that does not exist."""
        for row in self._rows:
            if row.path.fullmatch(path):
                return row.methods
        return ()

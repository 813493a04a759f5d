"""The newest part of a text file, which may grow: followed, searched, its lines wrapped or not.

    log_view(text, key="log", options=LogOptions(file="train.log", label="train.log", ...))

Colours of a terminal are drawn; nothing in the file becomes a part of the page but text.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass

from ml_studio.component import mount

NAME = "log_view"


@dataclass(frozen=True)
class LogOptions:
    """`version` is another text for each other part, `file` for each other file.

    `before` are the bytes of the file before the part; earlier ones may be asked for where there
    are `more`. New lines of a `live` file come by themselves.
    """

    file: str
    label: str
    version: str
    before: int = 0
    more: bool = False
    live: bool = False
    height: int = 560


def log_view(text: str, *, key: str, options: LogOptions, on_earlier: Callable[[], None]) -> None:
    """Draw a part of a file; `on_earlier` is called when somebody wants what is before it."""
    mount(
        NAME,
        key=key,
        data={"text": text, **asdict(options)},
        callbacks={"earlier": on_earlier},
    )

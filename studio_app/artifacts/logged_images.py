"""Images that `mlflow.log_image(image, key=..., step=...)` keeps: of each key one for each step.

MLflow says all of it in the names of files, in a folder of the run:

    images/loss~map+step+20+timestamp+1700000000000+<uuid>.png
    images/loss~map+step+20+timestamp+1700000000000+<uuid>+compressed.webp

`~` stands for the `/` of a key (`#` before MLflow 3.10), and before 3.10 `%` between the parts.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from studio_app.artifacts.artifacts import Entry

FOLDER = "images"
# The tag of a run that has such images.
TAG = "mlflow.loggedImages"

_NAME = re.compile(
    r"(?P<key>.+)(?P<mark>[+%])step(?P=mark)(?P<step>\d{1,18})(?P=mark)timestamp(?P=mark)"
    r"(?P<time>\d{1,18})(?P=mark)[0-9a-f-]{36}\.png",
    re.ASCII | re.DOTALL,
)


@dataclass(frozen=True, slots=True, order=True)
class LoggedImage:
    """One image: at which step and when (milliseconds since 1970) it was logged, and its file."""

    step: int
    time: int
    path: str


def by_key(entries: Iterable[Entry]) -> dict[str, list[LoggedImage]]:
    """The images of a folder by their keys, each key's in the order of steps.

    Files that `log_image` did not write are left out. Of two at one step the later counts.
    """
    found: dict[str, dict[int, LoggedImage]] = {}
    for entry in entries:
        named = None if entry.folder else _NAME.fullmatch(entry.name)
        if named is None:
            continue
        key = named["key"].replace("~", "/").replace("#", "/")
        image = LoggedImage(int(named["step"]), int(named["time"]), entry.path)
        steps = found.setdefault(key, {})
        steps[image.step] = max(image, steps.get(image.step, image))
    return {key: sorted(steps.values()) for key, steps in sorted(found.items())}


def at_step(images: Iterable[LoggedImage], step: int) -> LoggedImage | None:
    """The image that was the newest at a step: of this step, or of the last one before it."""
    return max((image for image in images if image.step <= step), default=None)

"""Images that runs have logged over their steps, of several runs beside each other.

One choice of a key and a step holds for all runs: a confusion matrix is compared with that of
another run at the same moment of the training.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from studio_app import session
from studio_app.api.errors import if_there, unless_refused
from studio_app.artifacts import artifacts, logged_images, pictures
from studio_app.artifacts.artifacts import Root
from studio_app.artifacts.logged_images import LoggedImage
from studio_app.runs import kept
from studio_app.runs.tracking import Run
from studio_app.ui import address_fields, formats, widgets

# The parameters of the address.
IMAGE, STEP = "image", "step"
# More do not stand beside each other.
MOST = 12
_ACROSS = 4
# How often the list of a run that goes on is read again.
_LISTED_SECONDS = 30
_HEIGHT = 240

_Images = dict[str, list[LoggedImage]]


@dataclass(frozen=True)
class Shown:
    """A run whose images are shown."""

    project: str
    run_id: str
    name: str
    uri: str = ""
    running: bool = False

    @property
    def root(self) -> Root:
        """Where its files hang."""
        return Root("run", self.run_id, self.uri)


def show_of_run(slug: str, run: Run) -> None:
    """Draws the images of one run; nothing for a run that has logged none."""
    if logged_images.TAG in run.tags:
        uri = str(run.info.get("artifact_uri", ""))
        show([Shown(slug, run.run_id, run.name, uri, run.running)])


def show(runs: Sequence[Shown]) -> None:
    """Draws the images of some runs, at the chosen step; nothing where none of them has any."""
    found = [(run, images) for run in runs[:MOST] if (images := _listed(run))]
    keys = sorted({key for _, images in found for key in images})
    if not keys:
        return
    st.header("Images", anchor=False)
    place = "-".join(run.run_id[:8] for run in runs[:MOST])
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        key = _chosen_key(keys, place)
        of_key = [(run, images.get(key, [])) for run, images in found]
        step = _chosen_step(sorted({one.step for _, images in of_key for one in images}), place)
    cells = [(run, logged_images.at_step(images, step)) for run, images in of_key]
    for first in range(0, len(cells), _ACROSS):
        columns = st.columns(_ACROSS if len(cells) > 1 else [2, 1])
        for column, (run, image) in zip(columns, cells[first : first + _ACROSS], strict=False):
            with column:
                _cell(run, key, image, named=len(runs) > 1)


def _chosen_key(keys: Sequence[str], place: str) -> str:
    if len(keys) == 1:
        st.markdown(f"**{widgets.plain(formats.short(keys[0], 80))}**", width="content")
        return keys[0]
    return address_fields.select(
        "Image", keys, key=f"image-key-{place}", name=IMAGE, default=keys[0], width=280
    )


def _chosen_step(steps: Sequence[int], place: str) -> int:
    if len(steps) == 1:
        st.caption(f"Step {formats.grouped(steps[0])}", width="content")
        return steps[0]
    texts = [str(step) for step in steps]
    chosen = address_fields.slider(
        "Step", texts, key=f"image-step-{place}", name=STEP, default=texts[-1], width=420
    )
    return int(chosen)


def _cell(run: Shown, key: str, image: LoggedImage | None, *, named: bool) -> None:
    with st.container(border=True, gap="xsmall"):
        if named:
            st.markdown(f"**{widgets.plain(formats.short(run.name, 60))}**")
        if image is None:
            st.caption("None up to this step.")
            return
        content = _content(run, image)
        if content is None:
            st.caption("This file is no image that can be shown.")
        else:
            # An image without a text of its own is announced by what was logged, and where.
            st.image(content, caption=f"{key}, step {formats.grouped(image.step)}", width="stretch")


def _listed(run: Shown) -> _Images:
    """The images of a run by key; of a run that goes on as they were within half a minute."""
    moment = int(time.time() // _LISTED_SECONDS) if run.running else 0

    def ask() -> _Images:
        client, folder = session.client(), logged_images.FOLDER
        files = if_there(lambda: artifacts.listing(client, run.project, run.root, folder))
        return logged_images.by_key(files or [])

    return kept.read(("images", run.project, run.run_id, moment), ask, height=_HEIGHT)


def _content(run: Shown, image: LoggedImage) -> bytes | None:
    """The image as a browser shows it; None for what is none, or is gone since."""

    def ask() -> bytes | None:
        client = session.client()
        found = unless_refused(
            lambda: artifacts.read(client, run.project, run.root, image.path), None
        )
        return None if found is None or found.truncated else pictures.shown(found.content)

    return kept.read(("image", run.project, run.run_id, image.path), ask, height=_HEIGHT)

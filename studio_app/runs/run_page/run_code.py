"""The code of a run: its commit, what was not committed, its packages, and what another run had."""

import re
from collections.abc import Mapping

import streamlit as st

from studio_app import session
from studio_app.api.errors import if_there
from studio_app.api.runs import RunPage
from studio_app.artifacts.artifacts import Root
from studio_app.models import model_file, registry, version_comparison
from studio_app.models.model_file import Folder
from studio_app.runs import kept, text_differences, tracking
from studio_app.runs.table import run_table
from studio_app.runs.tracking import Run
from studio_app.ui import address_fields, formats, times, widgets

COMMIT, REPOSITORY = "mlflow.source.git.commit", "mlflow.source.git.repoURL"
UNCOMMITTED = "mlflow.source.git.diff"
# What MLflow's client says of where a run came from, and what it is called here.
ORIGIN = {
    "mlflow.source.name": "Source",
    "mlflow.source.type": "Source type",
    COMMIT: "Git commit",
    "mlflow.source.git.branch": "Git branch",
    REPOSITORY: "Git repository",
    "mlflow.project.entryPoint": "Entry point",
}
PACKAGES = "requirements.txt"

# Foreign text becomes a link only where every sign of it is known to be harmless.
_WEB = re.compile(r"https://[\w.-]+(?::\d+)?(?:/[\w.~-]+)+/?", re.ASCII)
_SHELL = re.compile(r"(?:ssh://)?git@([\w.-]+)[:/]((?:[\w.~-]+/)*[\w.~-]+)", re.ASCII)
_SHA = re.compile(r"[0-9a-f]{7,64}", re.ASCII)

# So many of the newest runs of the experiment are offered for the comparison.
_OFFERED = 50
_NOBODY = "-"
_ROWS = 16


def show(slug: str, run: Run) -> None:
    """Draws where the code of a run is, and against another run what changed."""
    packages = _packages(slug, run)
    if not packages and not any(run.tags.get(name) for name in (*ORIGIN, UNCOMMITTED)):
        widgets.empty_state(
            "Nothing is known of its code",
            "MLflow's client says which file and which git commit a run came from when it is "
            "started by a script in a repository.",
            icon="code",
        )
        return
    _origin(run)
    if diff := run.tags.get(UNCOMMITTED, ""):
        lines = diff.splitlines()
        label = f"What was not committed · {formats.count(len(lines), 'line')}"
        with st.expander(label, key="run-uncommitted"):
            st.code("\n".join(lines[: text_differences.MOST_LINES]), language="diff")
            if len(lines) > text_differences.MOST_LINES:
                st.caption(f"The first {text_differences.MOST_LINES} lines.")
    other = _opponent(slug, run)
    if other is not None:
        _differences(run, other, packages, _packages(slug, other))
    if packages:
        st.header("Packages", anchor=False)
        st.code(packages, language=None)


def address(tags: Mapping[str, str]) -> str:
    """The page of the run's repository, empty where it cannot be told from its tags."""
    told = tags.get(REPOSITORY, "").removesuffix(".git")
    if over_ssh := _SHELL.fullmatch(told):
        told = f"https://{over_ssh[1]}/{over_ssh[2]}"
    return told.rstrip("/") if _WEB.fullmatch(told) else ""


def commit_address(tags: Mapping[str, str]) -> str:
    """The page of its commit, as GitHub, GitLab and Gitea have it; empty where there is none."""
    where, commit = address(tags), tags.get(COMMIT, "")
    return f"{where}/commit/{commit}" if where and _SHA.fullmatch(commit) else ""


def comparison_address(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """The page of all that was committed between two runs of one repository; empty for others."""
    where, (one, other) = address(after), (tags.get(COMMIT, "") for tags in (before, after))
    known = _SHA.fullmatch(one) and _SHA.fullmatch(other) and one != other
    return (
        f"{where}/compare/{one}...{other}" if where and known and address(before) == where else ""
    )


def _origin(run: Run) -> None:
    known = [(name, label) for name, label in ORIGIN.items() if run.tags.get(name)]
    with st.container(gap="xxsmall", key="run-origin"):
        for name, label in known:
            value = widgets.plain(run.tags[name])
            link = {COMMIT: commit_address, REPOSITORY: address}.get(name, _nowhere)(run.tags)
            st.markdown(f":gray[{label}] {f'[{value}]({link})' if link else value}")


def _nowhere(_tags: Mapping[str, str]) -> str:
    return ""


def _opponent(slug: str, run: Run) -> Run | None:
    """Draws the choice of the run to compare with: the one before it, if none was chosen."""
    experiment = str(run.info["experiment_id"])

    def ask() -> RunPage:
        order = [{"by": "attributes.start_time", "ascending": False}]
        return tracking.query_runs(
            session.client(), slug, [experiment], order=order, columns=[], limit=_OFFERED
        )

    rows = kept.read(("runs to compare with", slug, run.run_id), ask, height=60).table.to_pylist()
    others = {str(row["run_id"]): row for row in rows if row["run_id"] != run.run_id}
    if not others:
        return None
    began = run.info.get("start_time") or 0
    earlier = [one for one, row in others.items() if (row["start_time"] or 0) <= int(began)]
    usual = earlier[0] if earlier else _NOBODY
    choices = [_NOBODY, *others]

    def name(choice: str) -> str:
        if choice not in others:
            return "Nothing"
        row = others[choice]
        began = row["start_time"]
        ago = f" · {times.ago(times.from_milliseconds(began))}" if began else ""
        return f"{formats.short(str(row['run_name'] or choice), 80)}{ago}"

    chosen = address_fields.select(
        "Compare with",
        choices,
        key="run-against",
        name="against",
        default=usual,
        shown=name,
        width=420,
    )
    if chosen == _NOBODY:
        return None
    return kept.read(
        ("run", slug, chosen),
        lambda: tracking.run(session.client(), slug, chosen),
        keeps=lambda found: not found.running,
        height=120,
    )


def _differences(run: Run, other: Run, packages: str, before: str) -> None:
    st.header("What changed", anchor=False)
    st.caption(f"From {widgets.plain(other.name)} (-) to {widgets.plain(run.name)} (+)")
    commits = other.tags.get(COMMIT, ""), run.tags.get(COMMIT, "")
    if all(commits):
        if commits[0] == commits[1]:
            st.markdown("Both were started from the same commit.")
        else:
            said = " → ".join(f"`{one[:12]}`" if _SHA.fullmatch(one) else "?" for one in commits)
            link = comparison_address(other.tags, run.tags)
            st.markdown(f"Commit {said}" + (f" · [What was committed]({link})" if link else ""))
    frame = version_comparison.texts(
        run.params, other.params, (run.name, f"{other.name} (before)"), differing=True
    )
    if frame.empty:
        st.markdown("The same parameters.")
    else:
        st.dataframe(
            frame,
            key="run-changed-params",
            hide_index=True,
            height=run_table.height(len(frame), _ROWS),
            alt="Parameters that changed",
        )
    if packages and before:
        if packages == before:
            st.markdown("The same packages.")
        else:
            st.code(text_differences.between(before, packages), language="diff")


def _packages(slug: str, run: Run) -> str:
    """What was installed, as the files of its first model say, or its own; empty if none do."""

    def ask() -> str:
        client = session.client()
        folder = Folder(Root("run", run.run_id, str(run.info.get("artifact_uri", ""))), "")
        if run.model_ids:
            logged = if_there(lambda: registry.logged_model(client, slug, run.model_ids[0]))
            folder = model_file.folder_of("", run, logged) or folder
        return (model_file.read_text(client, slug, folder, PACKAGES) or "").strip()

    question = ("packages", slug, run.run_id)
    return kept.read(question, ask, keeps=lambda _found: not run.running, height=120)

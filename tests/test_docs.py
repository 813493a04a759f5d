"""The documents say what is true."""

from __future__ import annotations

import re
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest

from mlflow_server.settings import ServerSettings
from ops.adopt.settings import SourceSettings
from ops.jobs.settings import Settings as JobSettings
from studio_app.settings import Settings as StudioSettings
from tools.documents import permissions
from tools.documents.operations import API, PERMISSIONS, with_operations
from uac_api.proxy.checks.checks import CHECKS
from uac_api.proxy.closed import CLOSED
from uac_api.proxy.rules import RULES
from uac_api.settings import SECRETS, Settings

ROOT = Path(__file__).parent.parent
MLFLOW = Path(str(find_spec("mlflow").origin)).parents[1]  # type: ignore[union-attr]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("*/README.md")])
# A page that is named in code, yaml or prose, with what stands behind it: an anchor, or after a
# comma the name of a section.
MENTION = re.compile(
    r"(?<![\w/])docs/((?:[\w-]+/)?[\w-]+\.md)(?:#([\w-]+)|, (?:section )?\"?([A-Z].*))?"
)
SEED_HEADINGS = (
    "Project Overview",
    "Architecture Diagram",
    "Prerequisites",
    "Environment Configuration",
    "Getting Started",
    "Project Structure",
    "API Documentation",
    "MLflow Integration",
    "Development & Testing",
    "Known Issues & Troubleshooting",
    "Roadmap / Future Enhancements",
    "License",
)
# The names that code reads from the environment, as they stand in a string.
READ = re.compile(r"[\"'$]\{?((?:STUDIO|UAC|MLFLOW|AWS)_[A-Z_]+)\b")


def _text(name: str) -> str:
    return (ROOT / name).read_text()


def _example() -> dict[str, str]:
    lines = re.findall(r"^([A-Z_]+)=(.*)$", _text(".env.example"), re.MULTILINE)
    return dict(lines)


def test_the_readme_fills_every_heading_of_the_seed() -> None:
    sections = re.split(r"^## ", _text("README.md"), flags=re.MULTILINE)[1:]
    filled = {part.partition("\n")[0]: part.partition("\n")[2].strip() for part in sections}
    assert [title for title in SEED_HEADINGS if not filled.get(title)] == []
    assert not re.search(
        r"\[(Insert|List|Detail|Provide|Map|Explain|Outline)\b", _text("README.md")
    )


def _headings(text: str) -> list[str]:
    """The headings of a page, as they are read."""
    prose = re.sub(r"^ *```.*?^ *```$", "", text, flags=re.DOTALL | re.MULTILINE)
    titles = re.findall(r"^#{1,6} +(.+?)\s*$", prose, re.MULTILINE)
    return [re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", title).replace("`", "") for title in titles]


def _anchors(text: str) -> set[str]:
    """The anchors of a page, by GitHub's rule: the second of the same name ends in -1."""
    found: set[str] = set()
    for title in _headings(text):
        anchor = re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
        again = [f"{anchor}-{number}" for number in range(1, 100)]
        found.add(next(name for name in [anchor, *again] if name not in found))
    return found


def _dead_links(document: Path, text: str) -> list[str]:
    """Links inside the repository to what is not there: a path, or a heading of a page."""
    prose = re.sub(r"^ *```.*?^ *```$|`[^`\n]*`", "", text, flags=re.DOTALL | re.MULTILINE)
    targets = re.findall(r"\]\(([^)\s]+)\)", prose) + re.findall(r"src(?:set)?=\"([^\"]+)\"", prose)
    dead = []
    for target in targets:
        if target.startswith(("http:", "https:", "mailto:")):
            continue
        name, _, anchor = target.partition("#")
        path = document.parent / name if name else document
        if path == document:
            known = _anchors(text)
        else:
            known = _anchors(path.read_text()) if path.is_file() and anchor else set()
        if not (path == document or path.exists()) or (anchor and anchor not in known):
            dead.append(target)
    return dead


def _dead_mentions(text: str) -> list[str]:
    """Pages of docs/ that are named and not there, or have no such anchor or section."""
    dead = []
    for found in MENTION.finditer(text):
        page, anchor, section = found.groups()
        path = ROOT / "docs" / page
        content = path.read_text() if path.exists() else ""
        if (
            not content
            or (anchor and anchor not in _anchors(content))
            or (section and not section.startswith(tuple(_headings(content))))
        ):
            dead.append(found.group())
    return dead


def _tracked() -> list[str]:
    listed = ["git", "ls-files"]
    return subprocess.run(
        listed, cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_inside_the_repository_leads_somewhere(document: Path) -> None:
    assert _dead_links(document, document.read_text()) == []


def test_every_page_that_code_yaml_or_a_document_names_is_there() -> None:
    dead = {}
    for name in _tracked():
        path = ROOT / name
        if path != Path(__file__) and path.is_file():
            try:
                text = path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue  # a picture
            if found := _dead_mentions(text):
                dead[name] = found
    assert dead == {}


# A Python file that is named in prose, a comment or a docstring; a part of a longer word is none.
SOURCE = re.compile(r"(?<![\w./*{}<>-])((?:[\w.-]+/)*[\w-]+\.py)\b")
# Where a path may begin that is not written out from the top.
ROOMS = (
    "",
    "uac_api",
    "uac_api/access",
    "uac_api/proxy",
    "studio_app",
    "mlflow_server",
    "ops",
    "tests",
)


def _dead_sources(name: str, text: str, tracked: set[str]) -> list[str]:
    """Python files that a file names and that are not there; MLflow's own are looked up in it."""
    names = {path.rpartition("/")[2] for path in tracked}
    here = name.rpartition("/")[0]
    return [
        path
        for path in SOURCE.findall(text)
        if not any(f"{room}/{path}".removeprefix("/") in tracked for room in (*ROOMS, here))
        and not ("/" not in path and path in names)
        and not (path.startswith("mlflow/") and (MLFLOW / path).is_file())
    ]


def test_every_python_file_that_code_or_a_document_names_is_there() -> None:
    tracked = set(_tracked())
    dead = {}
    kinds = (".md", ".py", ".yml", ".yaml", ".sh", ".template")
    # What is told of the past, and files that are only made up.
    others = {"CHANGELOG.md", "tests/test_docs.py", "tests/proxy/test_authors_elsewhere.py"}
    for name in sorted(tracked - others):
        if name.endswith(kinds) and (found := _dead_sources(name, _text(name), tracked)):
            dead[name] = found
    assert dead == {}


def test_a_python_file_that_is_not_there_is_found() -> None:
    tracked = {"uac_api/access/roles.py", "uac_api/proxy/match.py"}
    said = "`access/roles.py`, match.py and `proxy/gone.py`; mlflow/store/entities/paged_list.py"
    assert _dead_sources("uac_api/proxy/rules.py", said, tracked) == ["proxy/gone.py"]


def test_a_link_to_a_page_or_a_heading_that_is_not_there_is_found() -> None:
    here = ROOT / "docs" / "how-to" / "here.md"
    page = (
        "# A page\n## Twice\n## Twice\n```bash\n# no heading\n[x](no-link.md)\n```\n"
        "[a](#a-page) [b](#twice-1) [c](#twice-2) [d](#no-heading) [e](gone.md)\n"
        "[f](install.md#secrets) [g](install.md#gone) [h](https://example.org/#x) `[i](gone.md)`\n"
        "[j](../../README.md#known-issues--troubleshooting) [`k`](../gone)\n"
    )
    assert _dead_links(here, page) == [
        *("#twice-2", "#no-heading", "gone.md", "install.md#gone", "../gone")
    ]
    mentions = (
        "docs/how-to/install.md docs/gone.md docs/how-to/install.md#tls\n"
        "docs/how-to/install.md#gone docs/how-to/install.md, Traffic.\n"
        "(docs/how-to/install.md, Gone)\ndocs/how-to/observe.md, section Logs.\n"
    )
    assert _dead_mentions(mentions) == [
        *("docs/gone.md", "docs/how-to/install.md#gone", "docs/how-to/install.md, Gone)")
    ]


def test_every_page_is_a_link_of_the_index_of_documents() -> None:
    linked = set(re.findall(r"\]\(((?:[\w-]+/)?[\w-]+\.md)", _text("docs/README.md")))
    pages = {str(path.relative_to(ROOT / "docs")) for path in ROOT.glob("docs/**/*.md")}
    assert pages - linked == {"README.md"}


def test_the_example_environment_names_every_setting_of_the_uac_api() -> None:
    assert sorted(set(Settings.variables()) - set(_example())) == []
    assert set(SECRETS) <= set(_example())


def test_the_example_environment_shows_the_true_defaults() -> None:
    example = _example()
    for field, info in Settings.model_fields.items():
        shown = example.get(Settings.variable(field), "")
        if shown:
            assert shown.lower() == str(info.default).removesuffix(".0").lower(), field


def test_every_name_in_the_example_environment_is_read_somewhere() -> None:
    code = "\n".join(
        path.read_text()
        for folder in ("uac_api", "studio_app", "mlflow_server", "ops")
        for path in (ROOT / folder).rglob("*.py")
    )
    code += "\n".join(path.read_text() for path in ROOT.glob("ops/*.sh"))
    compose = "\n".join(path.read_text() for path in ROOT.glob("docker-compose*.yml"))
    read = set(READ.findall(code))
    for one in (Settings, StudioSettings, ServerSettings, JobSettings, SourceSettings):
        read |= set(one.variables())
    read |= set(re.findall(r"(?:\$\{|^ +)([A-Z_]+)(?=[:}])", compose, re.MULTILINE))
    assert sorted(set(_example()) - read) == []


def test_every_make_target_that_a_document_names_exists() -> None:
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    targets = set(re.findall(r"^\s+make ([a-z-]+)", shown.stdout, re.MULTILINE))
    text = "\n".join(document.read_text() for document in DOCUMENTS)
    named = set(re.findall(r"(?:^|`)\s*make ([a-z-]+)", text, re.MULTILINE))
    assert sorted(named - targets) == []


def test_no_document_has_a_shell_go_on_with_other_settings() -> None:
    # What is exported redirects every command that follows, on a server too.
    exports = [
        f"{document.name}: {line.strip()}"
        for document in DOCUMENTS
        for line in document.read_text().splitlines()
        if re.match(r"\s*export\s+\w+=", line)
    ]
    assert exports == []


def test_the_table_of_operations_is_up_to_date() -> None:
    assert with_operations(API.read_text()) == API.read_text(), "run: make docs"


def test_the_page_of_permissions_is_up_to_date() -> None:
    assert permissions.document() == PERMISSIONS.read_text(), "run: make docs"


def test_the_page_of_permissions_names_every_row_and_says_every_check_in_words() -> None:
    lines = PERMISSIONS.read_text().splitlines()
    for rule in RULES:
        assert any(line.startswith(f"| {rule.method} | `{rule.path}` |") for line in lines)
    for entry in CLOSED:
        assert any(f"`{entry.path}` | {entry.why} |" in line for line in lines)
    assert [check for check, look in CHECKS.items() if not look.__doc__] == []


def test_the_project_structure_names_every_package() -> None:
    structure = _text("README.md").partition("## Project Structure")[2].partition("\n## ")[0]
    folders = {line.split("/")[0] for line in _tracked() if "/" in line} - {".ci"}
    assert sorted(folder for folder in folders if f"`{folder}/`" not in structure) == []

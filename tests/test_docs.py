"""The documents say what is true."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from ops import permissions
from ops.documents import API, PERMISSIONS, with_operations
from uac_api.proxy.checks import CHECKS
from uac_api.proxy.closed import CLOSED
from uac_api.proxy.rules import RULES
from uac_api.settings import PREFIX, SECRETS, Settings

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("*/README.md")])
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


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_inside_the_repository_leads_somewhere(document: Path) -> None:
    text = document.read_text()
    targets = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text)
    targets += re.findall(r"src(?:set)?=\"([^\"]+)\"", text)
    inside = [target for target in targets if not target.startswith(("http", "mailto"))]
    assert [target for target in inside if not (document.parent / target).exists()] == []


def _name(field: str) -> str:
    """The variable of a setting; some names are not ours alone."""
    shared = {
        "port": "UAC_PORT",
        "threads": "UAC_THREADS",
        "collector": "OTEL_EXPORTER_OTLP_ENDPOINT",
        "traces_collector": "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    }
    return shared.get(field, f"{PREFIX}{field.upper()}")


def test_the_example_environment_names_every_setting_of_the_uac_api() -> None:
    assert sorted(set(map(_name, Settings.model_fields)) - set(_example())) == []
    assert set(SECRETS) <= set(_example())


def test_the_example_environment_shows_the_true_defaults() -> None:
    example = _example()
    for field, info in Settings.model_fields.items():
        shown = example.get(_name(field), "")
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
    read = set(READ.findall(code)) | {f"{PREFIX}{field.upper()}" for field in Settings.model_fields}
    read |= set(re.findall(r"(?:\$\{|^ +)([A-Z_]+)(?=[:}])", compose, re.MULTILINE))
    assert sorted(set(_example()) - read) == []


def test_every_make_target_that_a_document_names_exists() -> None:
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    targets = set(re.findall(r"^\s+make ([a-z-]+)", shown.stdout, re.MULTILINE))
    text = "\n".join(document.read_text() for document in DOCUMENTS)
    named = set(re.findall(r"(?:^|`)\s*make ([a-z-]+)", text, re.MULTILINE))
    assert sorted(named - targets) == []


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
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    folders = {line.split("/")[0] for line in tracked if "/" in line} - {".ci"}
    assert sorted(folder for folder in folders if f"`{folder}/`" not in structure) == []

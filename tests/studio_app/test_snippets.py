"""Snippets: both ways to name a project, in each language, and they are valid."""

import ast
import subprocess

import pytest

from studio_app.ui.snippets import LANGUAGES, PLACEHOLDER, STYLES, snippet


def made(language: str, style: str) -> str:
    return snippet(language, style, api_url="https://ml.example.org/", project="fraud")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_project_stands_in_the_address(language: str) -> None:
    text = made(language, STYLES[0])
    assert "https://ml.example.org/projects/fraud" in text
    assert "MLFLOW_WORKSPACE" not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_project_stands_in_a_variable(language: str) -> None:
    text = made(language, STYLES[1])
    assert '"https://ml.example.org"' in text
    assert "MLFLOW_WORKSPACE" in text
    assert "/projects/" not in text


@pytest.mark.parametrize("style", STYLES)
def test_python_parses(style: str) -> None:
    ast.parse(made("Python", style))
    ast.parse(made("Notebook", style).replace("%pip", "# pip"))


@pytest.mark.parametrize("style", STYLES)
def test_the_shell_accepts_it(style: str) -> None:
    subprocess.run(["bash", "-n"], input=made("Shell", style), text=True, check=True)


def test_the_notebook_asks_for_the_token_and_never_holds_it() -> None:
    text = snippet("Notebook", STYLES[0], api_url="http://a", project="fraud", token="mls_x_y")
    assert "getpass" in text
    assert "mls_x_y" not in text


def test_a_placeholder_stands_where_the_token_goes() -> None:
    assert PLACEHOLDER in made("Python", STYLES[0])

"""What is copied from a page is run as it stands: foreign text in it stays a text."""

import ast
import subprocess
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from studio_app.ui import commands, snippets
from studio_app.ui.snippets import LANGUAGES, STYLES

HOSTILE = [
    "w$(touch x).bin",
    "`touch x`",
    "'; touch x; '",
    '"; touch x; "',
    "a\nb",
    "-rf",
    "--help",
    "~/$HOME",
    "\\",
    "é ☃ \u202e",
    "!!",
    "*",
    "",
]
# A name that no file system and no variable can hold: the zero byte, and half a surrogate pair.
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
hostile = st.sampled_from(HOSTILE) | texts | st.text("'\"\\$`\n !{}-", max_size=8)


def printed_by_sh(script: str) -> list[str]:
    """The arguments that a POSIX shell reads in a script that calls `show`."""
    show = "show() { printf '%s\\0' \"$@\"; }\n"
    done = subprocess.run(["sh", "-c", show + script], capture_output=True, check=True)
    return done.stdout.decode().split("\0")[:-1]


@settings(max_examples=40, deadline=None)
@given(st.lists(hostile, min_size=1, max_size=4))
@example(HOSTILE)
def test_a_shell_reads_every_part_as_it_is(parts: list[str]) -> None:
    assert printed_by_sh(commands.shell("show", *parts)) == parts


@settings(max_examples=40, deadline=None)
@given(hostile)
def test_a_shell_gives_a_variable_the_whole_text(value: str) -> None:
    assert printed_by_sh(commands.export("MLFLOW_X", value) + 'show "$MLFLOW_X"') == [value]


@given(st.text(max_size=40) | st.text("'\"\\\n{}", max_size=12))
@example("'\"")
@example("\\'\"")
@example("\u202e\x1b[31m")
def test_python_reads_every_text_as_it_is(text: str) -> None:
    literal = commands.literal(text)
    assert ast.literal_eval(literal) == text
    assert literal.isprintable()
    assert literal.startswith('"')


@pytest.mark.parametrize("path", HOSTILE)
def test_the_commands_that_fetch_a_file_run_nothing_else(path: str, tmp_path: Path) -> None:
    of_run, of_model = [f"--run-id={'a' * 32}", f"--artifact-path={path}"], f"models:/m-1/{path}"
    for text, options in (
        (commands.download_of_run("a" * 32, path), of_run),
        (commands.download_of_model("m-1", path), [f"--artifact-uri={of_model}"]),
    ):
        shown = printed_by_sh(f'cd {tmp_path}; mlflow() {{ show "$@"; }}; {text}')
        assert shown == ["artifacts", "download", *options, "--dst-path=."]
    assert not list(tmp_path.iterdir())


@given(hostile)
def test_a_model_of_any_name_is_loaded_by_that_name(name: str) -> None:
    (line,) = ast.parse(commands.load_model(f"models:/{name}@champion")).body
    assert isinstance(line, ast.Assign)
    assert isinstance(line.value, ast.Call)
    assert ast.literal_eval(line.value.args[0]) == f"models:/{name}@champion"


@pytest.mark.parametrize("value", HOSTILE[:-1])
@pytest.mark.parametrize("style", STYLES)
def test_the_snippets_hold_any_project_and_token(style: str, value: str) -> None:
    given = {"api_url": "https://ml.example.org", "project": value, "token": value}
    for language in LANGUAGES:
        text = snippets.snippet(language, style, **given)
        if language != "Shell":
            strings = {
                node.value
                for node in ast.walk(ast.parse(text.replace("%pip", "# pip")))
                if isinstance(node, ast.Constant)
            }
            assert {value, f"https://ml.example.org/projects/{value}"} & strings
    text = snippets.shell(style, **given, run_id=value)
    script = text.removesuffix("python train.py\n")
    assert printed_by_sh(f'{script}show "$MLFLOW_TRACKING_TOKEN" "$MLFLOW_RUN_ID"') == [value] * 2

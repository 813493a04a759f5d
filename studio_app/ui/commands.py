"""Commands and code to copy: every text in them is quoted for the language it is pasted into.

Names of files, models and projects are chosen by others. What is copied from a page is run by
whoever copies it, so no such text may be read as anything but a text.
"""

import re
import shlex
from collections.abc import Sequence
from keyword import iskeyword

# What no shell reads as anything else, also within double quotes.
_SAFE = re.compile(r"[\w@%+=:,./-]*", re.ASCII)


def shell(*parts: str) -> str:
    """A command for POSIX shells, of its parts in order; an option and its value are one part."""
    return shlex.join(parts)


def option(name: str, value: str) -> str:
    """An option with its value as one part, so that a value that begins with `-` stays a value."""
    return f"{name}={value}"


def export(name: str, value: str) -> str:
    """A line that sets a variable for the programs that a POSIX shell starts."""
    quoted = f'"{value}"' if _SAFE.fullmatch(value) else shlex.quote(value)
    return f"export {name}={quoted}\n"


def literal(text: str) -> str:
    """A text as a Python literal in double quotes; what cannot be seen is escaped, as by `repr`."""
    found = repr(text)
    if found.startswith('"'):
        return found
    return '"' + found[1:-1].replace("\\'", "'").replace('"', '\\"') + '"'


def environ(name: str, value: str) -> str:
    """A line of Python that sets a variable of the process."""
    return f"os.environ[{literal(name)}] = {literal(value)}\n"


def load_model(uri: str) -> str:
    """A line of Python that loads a model."""
    return f"model = mlflow.pyfunc.load_model({literal(uri)})"


def predict_file(uri: str) -> str:
    """The command that scores a file of rows with a model."""
    parts = (option("--model-uri", uri), "--content-type=csv", "--input-path=rows.csv")
    return shell("mlflow", "models", "predict", *parts)


def serve_model(uri: str) -> str:
    """The command that answers requests to a model on this machine."""
    return shell("mlflow", "models", "serve", option("--model-uri", uri), "--port=5100")


def download_of_run(run_id: str, path: str) -> str:
    """The command that fetches a file or a folder of a run into this folder."""
    parts = (option("--run-id", run_id), option("--artifact-path", path), "--dst-path=.")
    return shell("mlflow", "artifacts", "download", *parts)


def download_of_model(model_id: str, path: str) -> str:
    """The command that fetches a file or a folder of a logged model into this folder."""
    source = option("--artifact-uri", f"models:/{model_id}/{path}")
    return shell("mlflow", "artifacts", "download", source, "--dst-path=.")


def load_prompt(uri: str) -> str:
    """A line of Python that loads a version of a prompt."""
    return f"prompt = mlflow.genai.load_prompt({literal(uri)})"


def format_prompt(variables: Sequence[str]) -> str:
    """Python that puts values in the place of a prompt's variables."""
    plain = all(name.isidentifier() and not iskeyword(name) for name in variables)
    if plain:
        given = ", ".join(f'{name}="..."' for name in variables)
    else:
        given = "**{" + ", ".join(f'{literal(name)}: "..."' for name in variables) + "}"
    return f"text = prompt.format({given})"


def register_prompt(name: str, template: str | Sequence[tuple[str, str]]) -> str:
    """Python that registers a version: of a text, or of messages with their roles."""
    if isinstance(template, str) and len(template.splitlines()) < 2:
        written = literal(template)
    elif isinstance(template, str):
        lines = [literal(line) for line in template.splitlines(keepends=True)]
        written = "(\n" + "".join(f"        {line}\n" for line in lines) + "    )"
    else:
        messages = (
            f'        {{"role": {literal(role)}, "content": {literal(content)}}},\n'
            for role, content in template
        )
        written = "[\n" + "".join(messages) + "    ]"
    return (
        "mlflow.genai.register_prompt(\n"
        f"    name={literal(name)},\n"
        f"    template={written},\n"
        '    commit_message="What is new",\n'
        ")"
    )

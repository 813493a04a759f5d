"""What MLflow writes beside a model: the file `MLmodel`, with flavours and signature."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from studio_app.api.client import ApiError, Client, Json
from studio_app.artifacts import artifacts
from studio_app.artifacts.artifacts import Root
from studio_app.runs.tracking import Run

_OF_RUN = "runs:/"
_STORED = "mlflow-artifacts:"
# Such files have some kilobytes; of one that has more than this nothing is shown.
_MOST_BYTES = 1_000_000
_FILE_NAME = re.compile(r"[\w-][\w.-]*", re.ASCII)


@dataclass(frozen=True)
class Field:
    """One column, tensor or parameter of a signature, its type in words."""

    name: str
    type: str
    required: bool = True


@dataclass(frozen=True)
class ModelFile:
    """What `MLmodel` says; without a signature the three lists are None. `size` is in bytes.

    `example` names the file beside it with an input that fits, empty where there is none.
    """

    flavours: Sequence[str]
    inputs: Sequence[Field] | None
    outputs: Sequence[Field] | None
    params: Sequence[Field] | None
    size: int | None
    mlflow_version: str
    example: str = ""


@dataclass(frozen=True)
class Folder:
    """Where the files of a version lie: a path below a run or a logged model."""

    root: Root
    path: str


def folder_of(source: str, run: Run | None, logged: Json | None) -> Folder | None:
    """Where a source leads, of which MLflow has three kinds; None for one outside of MLflow.

    `run` is the run of the version and `logged` its logged model, where they are there.
    """
    if logged is not None:
        return Folder(Root("model", str(logged["model_id"]), str(logged["artifact_uri"])), "")
    if source.startswith(_OF_RUN):
        run_id, _, path = source.removeprefix(_OF_RUN).lstrip("/").partition("/")
        if run is None or run.run_id != run_id:
            return None
        return Folder(Root("run", run_id, str(run.info.get("artifact_uri", ""))), path)
    if source.startswith(_STORED) and run is not None:
        return Folder(Root("run", run.run_id, source), "")
    return None


def read(client: Client, project: str, folder: Folder) -> ModelFile | None:
    """What the files of a version say; None where there is no `MLmodel` that can be read."""
    text = read_text(client, project, folder, "MLmodel")
    return None if text is None else parse(text)


def read_text(client: Client, project: str, folder: Folder, name: str) -> str | None:
    """A small text file of a version; None where it is missing, or its files lie elsewhere."""
    path = f"{folder.path.rstrip('/')}/{name}".lstrip("/")
    try:
        found = artifacts.read(client, project, folder.root, path, _MOST_BYTES)
    except ApiError as error:
        if error.status in (400, 404):
            return None
        raise
    return None if found.truncated else found.content.decode("utf-8", errors="replace")


def parse(text: str) -> ModelFile | None:
    """The document of an `MLmodel` file; None where it is none."""
    try:
        found = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    flavours, signature = found.get("flavors"), found.get("signature")
    spec: Json = signature if isinstance(signature, dict) else {}
    size = found.get("model_size_bytes")
    return ModelFile(
        flavours=sorted(map(str, flavours)) if isinstance(flavours, dict) else [],
        inputs=_fields(spec.get("inputs")),
        outputs=_fields(spec.get("outputs")),
        params=_fields(spec.get("params")),
        size=size if isinstance(size, int) and not isinstance(size, bool) else None,
        mlflow_version=str(found.get("mlflow_version") or ""),
        example=_example(found.get("saved_input_example_info")),
    )


def _example(info: object) -> str:
    """The name of the file of an example; nothing for one that would lie elsewhere."""
    name = info.get("artifact_path") if isinstance(info, dict) else None
    return name if isinstance(name, str) and _FILE_NAME.fullmatch(name) else ""


def _fields(text: object) -> list[Field] | None:
    """The fields of a part of a signature, which is a text of JSON in the YAML."""
    if not isinstance(text, str):
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    specs = found if isinstance(found, list) else [found]
    return [
        Field(
            name=str(one.get("name") or f"({place})"),
            type=_type(one),
            required=one.get("required") is not False and "default" not in one,
        )
        for place, one in enumerate(specs)
        if isinstance(one, dict)
    ]


def _type(spec: dict[str, Any], depth: int = 0) -> str:
    """The type of a field in words: `double`, `tensor float32 (-1, 28)`, `array of string`."""
    kind = str(spec.get("type", ""))
    tensor = spec.get("tensor-spec")
    if isinstance(tensor, dict):
        shape = tensor.get("shape")
        sizes = ", ".join(map(str, shape)) if isinstance(shape, list) else "?"
        return f"tensor {tensor.get('dtype', '')} ({sizes})"
    inner = spec.get("items", spec.get("values"))
    if isinstance(inner, dict) and depth < 4:
        return f"{kind} of {_type(inner, depth + 1)}"
    properties = spec.get("properties")
    if isinstance(properties, dict) and depth < 4:
        names = ", ".join(list(map(str, properties))[:8])
        return f"{kind} with {names}"
    if "default" in spec:
        return f"{kind}, {json.dumps(spec['default'])} unless it is given"
    return kind

"""The file `MLmodel` of a version, as MLflow and others write it."""

import json

import pytest

from studio_app.models import model_file
from studio_app.models.model_file import Field, ModelFile


def mlmodel(**parts: object) -> str:
    return json.dumps(parts)


def test_flavours_size_and_signature_are_read() -> None:
    inputs = [
        {"type": "double", "name": "age", "required": True},
        {"type": "array", "items": {"type": "string"}, "name": "tags", "required": False},
        {"type": "object", "properties": {"a": {}, "b": {}}, "name": "extra"},
    ]
    outputs = [{"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, 28]}}]
    params = [{"name": "top_k", "type": "long", "default": 5, "shape": None}]
    text = mlmodel(
        flavors={"sklearn": {}, "python_function": {}},
        signature={
            part: json.dumps(value)
            for part, value in (("inputs", inputs), ("outputs", outputs), ("params", params))
        },
        model_size_bytes=1234,
        mlflow_version="3.17.2",
    )
    assert model_file.parse(text) == ModelFile(
        flavours=["python_function", "sklearn"],
        inputs=[
            Field("age", "double"),
            Field("tags", "array of string", required=False),
            Field("extra", "object with a, b"),
        ],
        outputs=[Field("(0)", "tensor float32 (-1, 28)")],
        params=[Field("top_k", "long, 5 unless it is given", required=False)],
        size=1234,
        mlflow_version="3.17.2",
    )


@pytest.mark.parametrize("text", ["", "just a text", "- a list", "{broken", "a: [b", "\0"])
def test_what_is_no_mlmodel_is_none(text: str) -> None:
    assert model_file.parse(text) is None


@pytest.mark.parametrize(
    "signature", [None, "text", {"inputs": "{broken"}, {"inputs": 5}, {"inputs": "[1, 2]"}]
)
def test_an_odd_signature_has_no_fields(signature: object) -> None:
    found = model_file.parse(mlmodel(flavors=[], signature=signature, model_size_bytes="big"))
    assert found is not None
    assert not found.inputs
    assert (found.flavours, found.size) == ([], None)


def test_a_yaml_that_unfolds_without_end_is_left_folded() -> None:
    lines = ["a: &a [x]"]
    for before, now in zip("abcdefghij", "bcdefghijk", strict=True):
        lines.append(f"{now}: &{now} [{', '.join([f'*{before}'] * 9)}]")
    found = model_file.parse("\n".join([*lines, "flavors: {sklearn: *k}"]))
    assert found is not None
    assert found.flavours == ["sklearn"]


@pytest.mark.parametrize(
    ("info", "name"),
    [
        ({"artifact_path": "input_example.json"}, "input_example.json"),
        ({"artifact_path": "../../other/secret.json"}, ""),
        ({"artifact_path": "/etc/passwd"}, ""),
        ({"artifact_path": ".."}, ""),
        ({"artifact_path": 5}, ""),
        ("text", ""),
        (None, ""),
    ],
)
def test_an_example_lies_beside_its_model(info: object, name: str) -> None:
    found = model_file.parse(mlmodel(flavors=[], saved_input_example_info=info))
    assert found is not None
    assert found.example == name

"""What MLflow's requests are made of, written down for the proxy to read.

MLflow describes its REST interface in protobuf: which address takes which message, which fields a
message has, and of what kind. The UAC API must know them, and importing MLflow would cost every
worker 170 MB; so they are data in uac_api/proxy/rules/messages, one file for each version.

The installed MLflow's, or those of any other from its wheel:

    python -m tools.documents.mlflow_messages
    python -m tools.documents.mlflow_messages mlflow-3.18.0-py3-none-any.whl
"""

from __future__ import annotations

import json
import re
import sys
import types
from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import version as installed_version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor

from uac_api.proxy.request.messages import FOLDER

SERVICES = {
    "service_pb2": "MlflowService",
    "model_registry_pb2": "ModelRegistryService",
    "mlflow_artifacts_pb2": "MlflowArtifactsService",
    "webhooks_pb2": "WebhookService",
}
# What is read in a way of its own; `uac_api/proxy/request/messages.py` knows how.
WELL_KNOWN = "google.protobuf."
SCALARS = {
    FieldDescriptor.TYPE_BOOL: "bool",
    FieldDescriptor.TYPE_BYTES: "bytes",
    FieldDescriptor.TYPE_DOUBLE: "double",
    FieldDescriptor.TYPE_FIXED32: "uint32",
    FieldDescriptor.TYPE_FIXED64: "uint64",
    FieldDescriptor.TYPE_FLOAT: "float",
    FieldDescriptor.TYPE_INT32: "int32",
    FieldDescriptor.TYPE_INT64: "int64",
    FieldDescriptor.TYPE_SFIXED32: "int32",
    FieldDescriptor.TYPE_SFIXED64: "int64",
    FieldDescriptor.TYPE_SINT32: "int32",
    FieldDescriptor.TYPE_SINT64: "int64",
    FieldDescriptor.TYPE_STRING: "string",
    FieldDescriptor.TYPE_UINT32: "uint32",
    FieldDescriptor.TYPE_UINT64: "uint64",
}
WHEEL = re.compile(r"mlflow-([\d.a-z]+)-")


class _Description:
    """The messages and enums that have been met, each by its full name."""

    def __init__(self) -> None:
        self.messages: dict[str, dict[str, str]] = {}
        self.enums: dict[str, dict[str, Any]] = {}

    def add(self, message: Descriptor) -> str:
        """Write the message and all below it down; answers its name."""
        name = str(message.full_name)
        if name not in self.messages and not name.startswith(WELL_KNOWN):
            self.messages[name] = {}
            self.messages[name] |= {one.name: self._kind(one) for one in message.fields}
        return name

    def _kind(self, field: FieldDescriptor) -> str:
        inner = field.message_type
        if inner is not None and inner.GetOptions().map_entry:
            key, value = inner.fields_by_name["key"], inner.fields_by_name["value"]
            if key.type != FieldDescriptor.TYPE_STRING:
                raise ValueError(f"{field.full_name} is a map whose keys are no texts")
            return f"map {self._single(value)}"
        repeated = "repeated " if field.is_repeated else ""
        oneof = f"oneof:{field.containing_oneof.name} " if field.containing_oneof else ""
        return f"{oneof}{repeated}{self._single(field)}"

    def _single(self, field: FieldDescriptor) -> str:
        if field.message_type is not None:
            return self.add(field.message_type)
        if field.enum_type is not None:
            return self._enum(field.enum_type)
        return SCALARS[field.type]

    def _enum(self, enum: EnumDescriptor) -> str:
        values = {one.name: one.number for one in enum.values}
        self.enums[enum.full_name] = {"closed": enum.is_closed, "values": values}
        return str(enum.full_name)


def describe(version: str) -> dict[str, Any]:
    """The rows, messages and enums of the MLflow whose package is `mlflow` in sys.modules."""
    rows: dict[str, str] = {}
    described = _Description()
    for path, method, message in _endpoints():
        rows[f"{method} {path}"] = described.add(message)
    return {
        "version": version,
        "rows": dict(sorted(rows.items())),
        "messages": dict(sorted(described.messages.items())),
        "enums": dict(sorted(described.enums.items())),
    }


def _endpoints() -> Iterator[tuple[str, str, Descriptor]]:
    """Path, method and message of each endpoint, as get_service_endpoints of MLflow's server."""
    rpc = import_module("mlflow.protos.databricks_pb2").rpc
    for module, service in SERVICES.items():
        described = import_module(f"mlflow.protos.{module}").DESCRIPTOR.services_by_name[service]
        for method in described.methods:
            for endpoint in method.GetOptions().Extensions[rpc].endpoints:
                path = f"/api/{endpoint.since.major}.0{endpoint.path}"
                # Two spellings of a variable that MLflow's server knows too.
                path = path.replace("{assessment.trace_id}", "{trace_id}")
                path = re.sub(r"<path:(\w+)>", r"{\1:path}", path)
                yield path, endpoint.method, method.input_type


def stand_in_for_mlflow(folder: str) -> None:
    """Let `mlflow.protos` be imported from a folder or a wheel without the rest of MLflow."""
    package = types.ModuleType("mlflow")
    package.__path__ = [folder]
    sys.modules["mlflow"] = package


def document(described: dict[str, Any]) -> str:
    """The text of the file: a field, a row or an enum on each line."""
    return json.dumps(described, indent=1) + "\n"


def main(arguments: list[str]) -> None:
    """Write the file of one version."""
    if arguments:
        wheel = Path(arguments[0]).resolve()
        named = WHEEL.match(wheel.name)
        if named is None:
            raise SystemExit(f"{wheel.name} is not named as a wheel of MLflow is.")
        folder, version = str(wheel / "mlflow"), named[1]
    else:
        spec = find_spec("mlflow")
        if spec is None or not spec.submodule_search_locations:
            raise SystemExit("MLflow is not installed here.")
        folder, version = spec.submodule_search_locations[0], installed_version("mlflow")
    stand_in_for_mlflow(folder)
    file = FOLDER / f"{version}.json"
    file.write_text(document(describe(version)))
    sys.stdout.write(f"{file} is up to date.\n")


if __name__ == "__main__":
    main(sys.argv[1:])

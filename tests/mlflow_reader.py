"""MLflow's own parser, to compare with: google.protobuf on the installed MLflow's descriptors."""

from __future__ import annotations

import base64
import copy
import json
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

from google.protobuf import descriptor_pool, json_format, message_factory
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from processes import ROOT

WELL_KNOWN = "google.protobuf."


@dataclass(frozen=True)
class MlflowReader:
    """The installed MLflow's own descriptors, and what each of its handlers parses."""

    handlers: dict[str, str]
    pool: descriptor_pool.DescriptorPool

    def descriptor(self, name: str) -> Descriptor:
        """A message of MLflow's, by its full name."""
        return self.pool.FindMessageTypeByName(name)

    def takes_query(self, name: str, query: list[tuple[str, str]]) -> bool:
        """The same for the query of a GET, which MLflow makes a document of."""
        given: dict[str, list[str]] = {}
        for field, value in query:
            given.setdefault(field, []).append(value)
        document: dict[str, Any] = {}
        for one in self.descriptor(name).fields:
            values = given.get(one.name, [])
            if one.is_repeated and values:
                document[one.name] = values
            elif len(values) > 1:
                # MLflow takes the first.
                return False
            elif values:
                spelled = values[0].lower()
                switch = one.type == FieldDescriptor.TYPE_BOOL and spelled in ("true", "false")
                document[one.name] = spelled == "true" if switch else values[0]
        return self.takes(name, document)

    def takes(self, name: str, document: Any) -> bool:
        """Whether MLflow's parser takes the document without dropping anything."""
        descriptor = self.descriptor(name)
        parsed = message_factory.GetMessageClass(descriptor)()
        try:
            # MLflow ignores what it does not know: fields, which are left out here, and names
            # that an enum does not have, which must be seen.
            json_format.ParseDict(known(document, descriptor), parsed)
        # What is no ParseError is MLflow's 500.
        except Exception:
            return False
        return True


def known(value: Any, descriptor: Descriptor) -> Any:
    """The document without the fields that the message and those below it do not have."""
    if not isinstance(value, dict) or descriptor.full_name.startswith(WELL_KNOWN):
        return copy.deepcopy(value)
    named = {one.json_name: one for one in descriptor.fields} | dict(descriptor.fields_by_name)
    return {name: _known(one, named[name]) for name, one in value.items() if name in named}


def _known(value: Any, field: FieldDescriptor) -> Any:
    inner = field.message_type
    if inner is None or inner.GetOptions().map_entry:
        return copy.deepcopy(value)
    if field.is_repeated and isinstance(value, list):
        return [known(one, inner) for one in value]
    return known(value, inner)


def installed_reader() -> MlflowReader:
    """The parser with the descriptors of the installed MLflow."""
    command = [sys.executable, str(ROOT / "tests" / "mlflow_messages.py")]
    done = subprocess.run(command, capture_output=True, check=True, timeout=240)
    said = json.loads(done.stdout)
    pool = descriptor_pool.DescriptorPool()
    for file in FileDescriptorSet.FromString(base64.b64decode(said["descriptors"])).file:
        pool.Add(file)
    return MlflowReader(said["handlers"], pool)

"""Whether MLflow will understand a request wholly; what it would read in part is refused.

MLflow parses a body, or the query of a GET, into the protobuf message of its route
(`_get_request_message` in mlflow/server/handlers.py). At the first value that does not fit, it
keeps the fields before it, drops the rest and goes on as if nothing were wrong: a run without its
author, a batch without its parameters, a search without its filter, all with 200. So the request is
read here by the same rules before anybody judges or changes it.

Which row takes which message, and the fields of each, is data, a file for each version, that
`python -m tools.documents.mlflow_messages` writes from MLflow's own descriptors. What MLflow reads
without a message is in `proxy/rules/reading.py`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ...errors import BadRequest
from ..rules import NEWEST, RULES, Rule
from ..rules.reading import OF_OTHERS, Fields, Named, reading
from .call import Call
from .scalars import MOST_DEEP, SCALARS, WELL_KNOWN, Reader, enum
from .unreadable import Unknown, Unreadable

FOLDER = Path(__file__).parents[1] / "rules" / "messages"
# A name in brackets is an extension to protobuf, and MLflow's messages have none.
EXTENSION = re.compile(r"\[[a-zA-Z0-9._]*\]$")


class Message:
    """The fields of a message of MLflow; called with a JSON value, raises Unreadable."""

    def __init__(self) -> None:
        self._readers: dict[str, Reader] = {}
        self._camel: dict[str, str] = {}
        self._oneofs: dict[str, str] = {}
        self._ignored: frozenset[str] = frozenset()
        self.repeated: set[str] = set()
        self.switches: set[str] = set()

    def add(self, name: str, reader: Reader, kind: str) -> None:
        """Add a field; `kind` is what the data says of it."""
        *words, single = kind.split()
        self._camel[camel(name)] = name
        if "repeated" in words:
            self.repeated.add(name)
            reader = _repeated(reader)
        elif "map" in words:
            reader = _mapped(reader)
        elif single == "bool":
            self.switches.add(name)
        if words and words[0].startswith("oneof:"):
            self._oneofs[name] = words[0]
        self._readers[name] = reader

    def ignore(self, names: Iterable[str]) -> None:
        """Pass over fields that another version of MLflow has."""
        self._ignored = frozenset(spelled for name in names for spelled in (name, camel(name)))

    @property
    def names(self) -> Iterable[str]:
        """The fields' names, as MLflow's protobuf spells them."""
        return self._readers.keys()

    def __call__(self, value: Any, depth: int) -> None:
        """Read a JSON object; raises Unreadable, or BadRequest where a field stands twice."""
        if depth > MOST_DEEP:
            raise Unreadable(f"nested in at most {MOST_DEEP} levels")
        if type(value) is not dict:
            raise Unreadable("an object")
        readers = self._readers
        for name, one in value.items():
            reader = readers.get(name) or self._reader_of(name, value)
            # For every field but a Value, null is the same as nothing.
            if reader is None or one is None:
                continue
            try:
                reader(one, depth + 1)
            except Unreadable as error:
                raise error.under(name) from None
        if self._oneofs:
            self._require_one(value)

    def read_field(self, name: str, value: Any) -> None:
        """Read one field's value; raises Unreadable with its name."""
        try:
            self._readers[name](value, 2)
        except Unreadable as error:
            raise error.under(name) from None

    def _reader_of(self, name: str, value: Mapping[str, Any]) -> Reader | None:
        """The reader of a field in its other spelling; None for what only other versions read.

        Raises Unreadable for what no MLflow knows.
        """
        plain = self._camel.get(name)
        if plain is None:
            if name in self._ignored:
                return None
            if EXTENSION.match(name):
                raise Unreadable("a field of this request").under(name)
            raise Unknown().under(name)
        if plain in value:
            raise BadRequest(
                f"'{plain}' and '{name}' are one field. Send one.", reason="field_twice"
            )
        return self._readers[plain]

    def _require_one(self, value: Mapping[str, Any]) -> None:
        met: set[str] = set()
        for name, one in value.items():
            group = self._oneofs.get(self._camel.get(name, name))
            if group is None or one is None:
                continue
            if group in met:
                raise Unreadable("left out, since another takes its place").under(name)
            met.add(group)


def camel(name: str) -> str:
    """A field's name in JSON, as protobuf makes it of the name in the message."""
    head, *others = name.split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in others)


def _repeated(reader: Reader) -> Reader:
    def read(value: Any, depth: int) -> None:
        if type(value) is not list:
            raise Unreadable("a list")
        for index, one in enumerate(value):
            try:
                reader(one, depth)
            except Unreadable as error:
                raise error.under(index) from None

    return read


def _mapped(reader: Reader) -> Reader:
    def read(value: Any, depth: int) -> None:
        if type(value) is not dict:
            raise Unreadable("an object")
        for name, one in value.items():
            try:
                reader(one, depth)
            except Unreadable as error:
                raise error.under(name) from None

    return read


class Messages:
    """What each row of the table is read as.

    The messages are those of the newest version that the table knows: an older one has a part of
    their fields, each of the same kind, and looks at no others. A field that it has not, and that
    no client of another version sends either, is refused.
    """

    def __init__(self, version: str = NEWEST, rules: Iterable[Rule] = RULES) -> None:
        data = json.loads((FOLDER / f"{version}.json").read_text())
        self._kinds: dict[str, Mapping[str, str]] = data["messages"]
        self._readers: dict[str, Reader] = {**SCALARS, **WELL_KNOWN}
        for name, described in data["enums"].items():
            self._readers[name] = enum(described["values"], closed=described["closed"])
        by_shape = {shape(row): name for row, name in data["rows"].items()}
        self.names = {rule.operation: by_shape.get(shape(rule.operation)) for rule in rules}
        self._rows: dict[str, Message] = {}
        for rule in rules:
            if message := self._of(rule):
                self._rows[rule.operation] = message

    def of(self, rule: Rule) -> Message | None:
        """The message that a row's body or query is read as, if it is one."""
        return self._rows.get(rule.operation)

    def check(self, call: Call, rule: Rule, document: Mapping[str, Any] | None) -> None:
        """Raise BadRequest if MLflow would read only a part of the call."""
        message = self.of(rule)
        if message is None:
            return
        try:
            if document is not None:
                message(document, 1)
            elif call.judged_method == "GET" and call.query:
                _check_query(call, message)
        except Unreadable as error:
            raise error.refusal() from None

    def _of(self, rule: Rule) -> Message | None:
        name = self.names[rule.operation]
        if name is not None:
            return self.named(name)
        match reading(rule):
            case Named(name):
                return self.named(name)
            case Fields(kinds):
                return self._made(Message(), kinds)
        return None

    def named(self, name: str) -> Message:
        """A message of MLflow by its full name; raises KeyError if there is none."""
        made = self._readers.get(name)
        if isinstance(made, Message):
            return made
        # Known before its fields are: a message may hold others of its own kind.
        self._readers[name] = message = Message()
        message.ignore(OF_OTHERS.get(name, ()))
        return self._made(message, self._kinds[name])

    def _made(self, message: Message, kinds: Mapping[str, str]) -> Message:
        for name, kind in kinds.items():
            single = kind.rpartition(" ")[2]
            reader = self.named(single) if single in self._kinds else self._readers[single]
            message.add(name, reader, kind)
        return message


def _check_query(call: Call, message: Message) -> None:
    """MLflow takes a field from the query by its name in the message, and by no other."""
    given: dict[str, list[str]] = {}
    for name, value in call.query:
        given.setdefault(name, []).append(value)
    for name in message.names:
        values = given.get(name)
        if values is None:
            continue
        if name in message.repeated:
            message.read_field(name, values)
        elif len(values) > 1:
            raise BadRequest(
                f"'{name}' stands twice in the query. Send it once.", reason="field_twice"
            )
        elif name in message.switches:
            if values[0].lower() not in ("true", "false"):
                raise Unreadable("true or false").under(name)
        else:
            message.read_field(name, values[0])


def shape(operation: str) -> str:
    """A row's name without the names of its variables, which MLflow may call otherwise."""
    return re.sub(r"\{\w+(:path)?\}", r"{\1}", operation)

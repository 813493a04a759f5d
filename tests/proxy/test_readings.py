"""What is read here is read by MLflow: our readers against google.protobuf's own parser."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from hypothesis import given, settings
from hypothesis import strategies as st

from mlflow_reader import WELL_KNOWN, MlflowReader, installed_reader
from uac_api.errors import BadRequest
from uac_api.proxy.request.call import Call
from uac_api.proxy.request.messages import Message, Messages, shape
from uac_api.proxy.request.unreadable import Unknown, Unreadable

EXAMPLES = 60

ODD: tuple[Any, ...] = (
    *(None, True, False, [], {}, "", [[]], [None], [{}], {"a": 1}, {"": None}, {"a": {"b": []}}),
    *(0, 1, 2, 3, 99, -1, -0.0, 1.0, 1.5, 2**31, 2**32, 2**63, -(2**63) - 1, 2**64, 10**30),
    *(10**400, -(10**400), 1e16, 1e30, 1e308, math.nan, math.inf, -math.inf, 3.5e38, -3.5e38),
    *("1", " 1", "1 ", "1.0", "1.5", "1e3", "0x10", "1_0", "\t1", "1e400", "9" * 30, "9" * 5000),
    *("NaN", "nan", "NAN", "Infinity", "-Infinity", "inf", "true", "FINISHED", "OK", "nothing"),
    *("x \ud83d", "\ude00\ud83d", "🦊", "\x00", "YQ==", "YQ", "YQ=", "Y", "a+/-_", "a b", "é", "="),
    *("2026-01-31T12:00:00Z", "2026-01-31T12:00:00.123+02:00", "2026-01-31T12:00:00", "1.5s"),
    *("0000-01-01T00:00:00Z", "2026-01-31T12:00:00.1e400Z", "99999999999999999s", "a_b", "aB,c"),
)


@pytest.fixture(scope="module")
def theirs() -> MlflowReader:
    """How the installed MLflow reads."""
    return installed_reader()


@pytest.fixture(scope="module")
def ours() -> Messages:
    """How they are read here."""
    return Messages()


def reads(message: Message, document: Any) -> bool | None:
    """Whether the proxy takes the document, written as JSON.

    None where it met a name that no MLflow knows, which their parser passes over.
    """
    call = Call("POST", (), None, (), {}, body=json.dumps(document).encode())
    try:
        message(call.check_json(), 1)
    except Unknown:
        return None
    except (Unreadable, BadRequest):
        return False
    return True


def fields(descriptor: Descriptor) -> Iterator[FieldDescriptor]:
    """Every field of the message and of all below it, each once."""
    seen: set[str] = set()
    waiting = [descriptor]
    while waiting:
        one = waiting.pop()
        if one.full_name in seen or one.full_name.startswith(WELL_KNOWN):
            continue
        seen.add(one.full_name)
        for field in one.fields:
            if field.message_type is not None:
                waiting.append(field.message_type)
            yield field


def loses(field: FieldDescriptor, value: Any) -> bool:
    """Whether their parser takes the value and loses a part of it; here it is refused."""
    inner, items = field.message_type, [value]
    if inner is not None and inner.GetOptions().map_entry:
        field, items = inner.fields_by_name["value"], list(value.values())
    elif field.is_repeated:
        items = list(value)
    inner = field.message_type
    if inner is not None:
        # A list or a text has the members of no message: an empty one is made of it.
        return any(not isinstance(one, dict) for one in items)
    if field.enum_type is not None:
        # 0.5 becomes 0, and so does 2**32, whose upper bits are cut off.
        return any(isinstance(one, bool) or one != int(one) or one >= 2**31 for one in items)
    return bool(field.type == FieldDescriptor.TYPE_BYTES)


def _around(field: FieldDescriptor, odd: Any) -> list[Any]:
    """The odd value as the field's own, and inside what the field is made of."""
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        return [odd, {"a": odd}]
    return [odd, [odd]] if field.is_repeated else [odd]


def test_every_field_takes_here_what_it_takes_there(theirs: MlflowReader, ours: Messages) -> None:
    differences = []
    count = 0
    everything = {
        field.containing_type.full_name: field.containing_type
        for name in theirs.handlers.values()
        if name
        for field in fields(theirs.descriptor(name))
        if not field.containing_type.GetOptions().map_entry
    }
    for name, descriptor in everything.items():
        message = ours.named(name)
        assert set(message.names) >= {field.name for field in descriptor.fields}, name
        for field in descriptor.fields:
            for odd in ODD:
                for value in _around(field, odd):
                    count += 1
                    document = {field.name: value}
                    here, there = reads(message, document), theirs.takes(name, document)
                    if here not in (there, None) and not (there and loses(field, value)):
                        differences.append((name, field.name, value, here, there))
    assert differences == [], "\n".join(map(str, differences))
    assert count > 50_000


NAMES = (
    *("mlflow.CreateRun", "mlflow.LogBatch", "mlflow.SearchRuns", "mlflow.StartTraceV3"),
    *("mlflow.CreateAssessment", "mlflow.UpdateAssessment", "mlflow.CreateGatewayEndpoint"),
)
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.sampled_from(ODD)
)
ANY = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(), inner, max_size=3)
    ),
    max_leaves=8,
)


def documents(descriptor: Descriptor, depth: int = 0) -> st.SearchStrategy[Any]:
    """Objects with fields of the message, most of them of a kind that fits."""
    own = {
        draw_name: _value(field, depth)
        for field in descriptor.fields
        for draw_name in {field.name, field.json_name}
    }
    return st.fixed_dictionaries({}, optional=own)


def _value(field: FieldDescriptor, depth: int) -> st.SearchStrategy[Any]:
    single = _single(field, depth)
    inner = field.message_type
    if inner is not None and inner.GetOptions().map_entry:
        single = st.dictionaries(
            st.text(max_size=5), _single(inner.fields_by_name["value"], depth), max_size=2
        )
    elif field.is_repeated:
        single = st.lists(single, max_size=3)
    return st.one_of(single, single, single, ANY)


def _single(field: FieldDescriptor, depth: int) -> st.SearchStrategy[Any]:
    kinds: dict[int, st.SearchStrategy[Any]] = {
        FieldDescriptor.CPPTYPE_BOOL: st.booleans(),
        FieldDescriptor.CPPTYPE_STRING: st.text(),
        FieldDescriptor.CPPTYPE_DOUBLE: st.floats() | st.integers() | st.floats().map(str),
        FieldDescriptor.CPPTYPE_FLOAT: st.floats() | st.integers() | st.floats().map(str),
    }
    inner = field.message_type
    if inner is not None:
        deep = depth > 3 or inner.full_name.startswith(WELL_KNOWN)
        return ANY if deep else st.deferred(lambda: documents(inner, depth + 1))
    if field.enum_type is not None:
        return st.sampled_from([*field.enum_type.values_by_name, 1, "1", "NO_SUCH_NAME", 99])
    return kinds.get(field.cpp_type, st.integers() | st.integers().map(str) | st.floats())


@pytest.mark.parametrize("name", NAMES)
def test_what_is_taken_here_is_taken_there_wholly(
    theirs: MlflowReader, ours: Messages, name: str
) -> None:
    message = ours.named(name)
    taken: list[bool | None] = []

    @settings(max_examples=EXAMPLES, deadline=None, database=None, derandomize=True)
    @given(documents(theirs.descriptor(name)))
    def compare(document: dict[str, Any]) -> None:
        here = reads(message, document)
        taken.append(here)
        assert not here or theirs.takes(name, document)

    compare()
    assert any(taken)
    assert not all(taken)


@pytest.mark.parametrize("levels", range(44, 54))
@pytest.mark.parametrize("around", [lambda v: [v], lambda v: {"a": v}], ids=["lists", "objects"])
def test_both_stop_at_the_same_depth(
    theirs: MlflowReader, ours: Messages, levels: int, around: Callable[[Any], Any]
) -> None:
    name = "mlflow.assessments.Expectation"
    value: Any = 1
    for _ in range(levels):
        value = around(value)
    document = {"value": value}
    assert reads(ours.named(name), document) == theirs.takes(name, document)


def test_each_handler_parses_the_message_of_its_row(theirs: MlflowReader, ours: Messages) -> None:
    parsed = {shape(row): name for row, name in theirs.handlers.items() if name}
    said = {shape(row): name for row, name in ours.names.items() if name}
    assert len(parsed) > 100

    def kinds(name: str) -> list[tuple[str, int, bool]]:
        return [(one.name, one.type, one.is_repeated) for one in theirs.descriptor(name).fields]

    # Deleting traces in its third version is parsed as the second one's, which is the same.
    differing = {row for row in said.keys() & parsed.keys() if said[row] != parsed[row]}
    assert [row for row in differing if kinds(said[row]) != kinds(parsed[row])] == []
    assert len(differing) <= 1

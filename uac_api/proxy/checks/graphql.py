"""Judges a GraphQL document: one query, of a few root fields, without a look at the schema.

MLflow's schema has mutations, an echo for tests, and no limits on what an operation costs but its
own. Here a document is parsed as MLflow parses it, and everything that is not a plain query of
ROOT_FIELDS is refused. The ids in it are looked up by MLflow in the call's own workspace.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    parse,
    value_from_ast_untyped,
)

from ...errors import BadRequest, Forbidden
from ..request.call import Call

ROOT_FIELDS = frozenset(
    {
        "mlflowGetExperiment",
        "mlflowGetMetricHistoryBulkInterval",
        "mlflowGetRun",
        "mlflowListArtifacts",
        "mlflowSearchModelVersions",
        "mlflowSearchRuns",
    }
)
TYPENAME = "__typename"
MEMBERS = frozenset({"query", "variables", "operationName"})

MOST_BYTES = 64 * 1024
MOST_TOKENS = 2000
MOST_ROOT_FIELDS = 5
MOST_ALIASES = 5
MOST_FIELDS = 500
MOST_DEPTH = 10

Found = tuple[int, FieldNode]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a root field of a query asks for: the input of MLflow's resolver."""

    given: dict[str, Any]

    def text(self, name: str) -> str:
        """A text of the input, or an empty one; raises BadRequest for anything else."""
        value = self.given.get(name)
        if value is not None and not isinstance(value, str):
            raise BadRequest(f"'{name}' must be a text.", reason="invalid")
        return value or ""

    def texts(self, name: str) -> list[str]:
        """The texts of a list of the input; GraphQL takes one for a list of one."""
        value = self.given.get(name)
        listed = value if isinstance(value, list) else [] if value is None else [value]
        if not all(isinstance(one, str) for one in listed):
            raise BadRequest(f"'{name}' must be a list of texts.", reason="invalid")
        return listed


def asked(call: Call) -> list[Asked]:
    """What a good query asks for; raises BadRequest or Forbidden otherwise."""
    document = call.json()
    query, variables = document.get("query"), document.get("variables") or {}
    if not isinstance(query, str) or not isinstance(variables, dict) or set(document) - MEMBERS:
        raise BadRequest("Send a GraphQL query as text, with its variables.", reason="graphql")
    operation, fragments = _operation(_parsed(query))
    fields = _counted(_fields(operation.selection_set.selections, fragments, 1, frozenset()))
    roots = [field for depth, field in fields if depth == 1]
    for field in roots:
        if field.name.value not in (*ROOT_FIELDS, TYPENAME):
            raise _closed(field.name.value)
    given = {**_defaults(operation), **variables}
    return [one for field in roots for one in _inputs(field, given)]


def _parsed(query: str) -> DocumentNode:
    try:
        return parse(query, no_location=True, max_tokens=MOST_TOKENS)
    except GraphQLError as error:
        raise BadRequest(f"GraphQL cannot be read: {error.message}", reason="graphql") from None


def _operation(
    document: DocumentNode,
) -> tuple[OperationDefinitionNode, dict[str, FragmentDefinitionNode]]:
    operations: list[OperationDefinitionNode] = []
    fragments: dict[str, FragmentDefinitionNode] = {}
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            operations.append(definition)
        elif isinstance(definition, FragmentDefinitionNode):
            if definition.name.value in fragments:
                raise BadRequest("A GraphQL fragment stands twice.", reason="graphql")
            fragments[definition.name.value] = definition
        else:
            raise _closed("a definition of types")
    if len(operations) != 1:
        raise BadRequest("Send one GraphQL query in a request.", reason="graphql")
    if operations[0].operation is not OperationType.QUERY:
        raise _closed(f"a {operations[0].operation.value}")
    return operations[0], fragments


def _fields(
    selections: tuple[SelectionNode, ...],
    fragments: dict[str, FragmentDefinitionNode],
    depth: int,
    inside: frozenset[str],
) -> Iterator[Found]:
    if depth > MOST_DEPTH:
        raise _too_much(f"{MOST_DEPTH} levels")
    for selection in selections:
        if isinstance(selection, FieldNode):
            yield depth, selection
            if selection.selection_set:
                below = selection.selection_set.selections
                yield from _fields(below, fragments, depth + 1, inside)
        elif isinstance(selection, InlineFragmentNode):
            yield from _fields(selection.selection_set.selections, fragments, depth, inside)
        elif isinstance(selection, FragmentSpreadNode):
            name = selection.name.value
            if name in inside or name not in fragments:
                raise BadRequest(
                    f"The GraphQL fragment '{name[:100]}' is unknown, or holds itself.",
                    reason="graphql",
                )
            below = fragments[name].selection_set.selections
            yield from _fields(below, fragments, depth, inside | {name})


def _counted(fields: Iterator[Found]) -> list[Found]:
    counted: list[Found] = []
    roots = aliases = 0
    for depth, field in fields:
        counted.append((depth, field))
        roots += depth == 1
        aliases += field.alias is not None
        if field.name.value.startswith("__") and field.name.value != TYPENAME:
            raise _closed("a look at the schema")
        for count, most, what in (
            (roots, MOST_ROOT_FIELDS, "root fields"),
            (aliases, MOST_ALIASES, "aliases"),
            (len(counted), MOST_FIELDS, "fields"),
        ):
            if count > most:
                raise _too_much(f"{most} {what}")
    return counted


def _defaults(operation: OperationDefinitionNode) -> dict[str, Any]:
    return {
        definition.variable.name.value: value_from_ast_untyped(definition.default_value)
        for definition in operation.variable_definitions or ()
        if definition.default_value is not None
    }


def _inputs(field: FieldNode, variables: dict[str, Any]) -> Iterator[Asked]:
    for argument in field.arguments or ():
        given = value_from_ast_untyped(argument.value, variables)
        if isinstance(given, dict):
            yield Asked(given)


def _closed(what: str) -> Forbidden:
    return Forbidden(
        f"MLflow's GraphQL is open for queries of {', '.join(sorted(ROOT_FIELDS))}, "
        f"and not for {what[:100]}.",
        reason="closed",
    )


def _too_much(most: str) -> BadRequest:
    return BadRequest(f"A GraphQL query has at most {most} here. Ask for less at once.")

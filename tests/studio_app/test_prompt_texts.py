"""Templates of prompts: variables, values in their place, and how two texts differ."""

import json

import pytest

from ml_studio.marked_text import Line
from studio_app.prompts import comparison, differences, templates
from studio_app.prompts.templates import Message
from studio_app.ui import commands


def written(lines: list[Line]) -> list[str]:
    """Lines with their signs, and parts with their kinds."""
    signs = {"added": "+", "removed": "-", "omitted": "…", "": " "}
    return [
        signs[line.mark]
        + "".join(f"[{one.kind}:{one.text}]" if one.kind else one.text for one in line.parts)
        for line in lines
    ]


def test_variables_are_those_that_mlflow_finds_each_once_in_their_order() -> None:
    text = "{{b}} {{ a }} {{b}} {{user.name}} {{ 1x }} {single} {{a-b}} {{}}"
    assert templates.variables([Message("", text)]) == ["b", "a", "user.name"]
    assert templates.variables([Message("user", "", more='{"x": "{{deep}}"}')]) == ["deep"]


def test_a_text_keeps_every_sign_while_its_variables_are_marked() -> None:
    text = "  Dear {{ name }},\n\n<b>{{x}}</b>\r\n"
    assert written(templates.mark_variables(text)) == [
        "   Dear [variable:{{ name }}],",
        " ",
        " <b>[variable:{{x}}]</b>",
        " ",
    ]
    assert written(templates.mark_variables("")) == [" "]


def test_values_stand_in_the_place_of_variables_as_they_are() -> None:
    values = {"a": "{{b}} \\1 $0", "b": "x\ny"}
    text = "{{a}}|{{ b }}|{{c}}"
    # A value is no template: what it holds is not filled again.
    assert templates.fill(text, values) == "{{b}} \\1 $0|x\ny|{{c}}"
    assert written(templates.mark_values(text, values)) == [
        " [value:{{b}} \\1 $0]|[value:x]",
        " [value:y]|[missing:{{c}}]",
    ]


@pytest.mark.parametrize(
    "text", ["", "no JSON", "{}", "[]", "[1]", '[{"content": "a"}]', "[" * 9999]
)
def test_what_is_no_list_of_messages_is_none(text: str) -> None:
    assert templates.read_messages(text) is None


def test_what_a_message_has_beyond_role_and_text_is_kept_as_json() -> None:
    image = {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}
    found = templates.read_messages(
        json.dumps(
            [{"role": "user", "content": [image]}, {"role": "tool", "content": None, "id": 7}]
        )
    )
    assert found is not None
    assert [one.role for one in found] == ["user", "tool"]
    assert json.loads(found[0].more) == {"content": [image]}
    assert json.loads(found[1].more) == {"id": 7}


def test_a_template_with_conditions_is_told_apart() -> None:
    assert templates.is_program([Message("", "{% if a %}x{% endif %}")])
    assert not templates.is_program([Message("", "{{a}} 100 %")])


def test_changed_lines_are_compared_word_by_word() -> None:
    one = "Answer {{question}}.\nBe short."
    other = "Answer {{question}} in {{language}}.\nBe short."
    assert written(differences.between(one, other)) == [
        "-Answer {{question}}.",
        "+Answer {{question}}[changed: in {{language}}].",
        " Be short.",
    ]


def test_a_number_is_one_word() -> None:
    assert written(differences.between('"temperature": 0.2', '"temperature": 0.15')) == [
        '-"temperature": [changed:0.2]',
        '+"temperature": [changed:0.15]',
    ]


def test_lines_that_have_nothing_in_common_are_not_compared_word_by_word() -> None:
    assert written(differences.between("a b c", "x y z")) == ["-a b c", "+x y z"]


def test_equal_lines_far_from_a_change_are_counted() -> None:
    lines = [f"line {number}" for number in range(40)]
    other = [*lines[:20], "more", *lines[20:]]
    found = written(differences.between("\n".join(lines), "\n".join(other)))
    assert found == [
        "…17 lines are the same",
        *(f" line {number}" for number in (17, 18, 19)),
        "+more",
        *(f" line {number}" for number in (20, 21, 22)),
        "…17 lines are the same",
    ]
    assert differences.between("same", "same") == []
    # A few are shown.
    found = written(differences.between("a\nb\nc\nd\ne\nf", "x\nb\nc\nd\ne\nf"))
    assert found == ["-a", "+x", " b", " c", " d", " e", " f"]


def test_a_long_difference_ends_where_a_page_would() -> None:
    one = "\n".join(f"old {number}" for number in range(2000))
    found = differences.between(one, "")
    assert len(found) == differences.MOST_LINES + 1
    assert written(found)[-1] == "…1400 more lines"


@pytest.mark.parametrize(
    ("numbers", "number", "other"),
    [
        (["3", "2", "1"], "3", "2"),
        (["3", "1"], "1", "3"),
        (["1"], "1", ""),
        (["12", "9"], "12", "9"),
    ],
)
def test_a_version_is_compared_with_the_one_before_it(
    numbers: list[str], number: str, other: str
) -> None:
    assert comparison.default_opponent(numbers, number) == other


def test_code_that_is_copied_takes_every_text_as_a_text() -> None:
    hostile = 'a"\nimport os  # \\'
    code = commands.register_prompt(hostile, hostile)
    given: dict[str, object] = {}

    class Recorder:
        class genai:  # noqa: N801 - as mlflow calls it
            @staticmethod
            def register_prompt(**named: object) -> None:
                given.update(named)

    exec(code, {"mlflow": Recorder})  # noqa: S102 - what a person would do with it
    assert given == {"name": hostile, "template": hostile, "commit_message": "What is new"}
    exec(commands.register_prompt("a", [("user", hostile)]), {"mlflow": Recorder})  # noqa: S102
    assert given["template"] == [{"role": "user", "content": hostile}]


def test_variables_that_are_no_names_of_python_are_given_by_a_dict() -> None:
    assert commands.format_prompt(["a", "b"]) == 'text = prompt.format(a="...", b="...")'
    assert commands.format_prompt([]) == "text = prompt.format()"
    assert (
        commands.format_prompt(["user.name", "class"])
        == 'text = prompt.format(**{"user.name": "...", "class": "..."})'
    )

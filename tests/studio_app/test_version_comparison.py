"""Two versions of a model beside each other."""

import math

from studio_app.models import version_comparison
from studio_app.models.model_file import Field
from studio_app.models.version_details import default_opponent

NAMES = ("Version 2", "Version 1")


def test_numbers_stand_as_they_were_logged_with_their_difference() -> None:
    frame = version_comparison.metrics(
        {"auc": 0.30000000000000004, "loss": math.nan, "new": 1.0, "seed": 1234561.0},
        {"auc": 0.2, "loss": 0.5, "old": math.inf, "seed": 1234560.0},
        NAMES,
    )
    rows = frame.set_index("Metric").to_dict("index")
    assert rows["auc"] == {
        "Version 2": "0.30000000000000004",
        "Version 1": "0.2",
        "Difference": "+0.1",
    }
    assert rows["loss"] == {"Version 2": "NaN", "Version 1": "0.5", "Difference": ""}
    assert rows["new"]["Difference"] == rows["old"]["Difference"] == ""
    assert rows["old"]["Version 1"] == "∞"
    assert rows["seed"] == {"Version 2": "1234561", "Version 1": "1234560", "Difference": "+1"}


def test_a_version_alone_has_no_second_column() -> None:
    assert list(version_comparison.metrics({"a": 1.0}, None, ("Version 1", ""))) == [
        "Metric",
        "Version 1",
    ]
    assert list(version_comparison.texts({"a": "1"}, None, ("Version 1", ""))) == [
        "Parameter",
        "Version 1",
    ]


def test_only_differing_parameters_are_shown_if_asked() -> None:
    this, other = {"lr": "00120", "opt": "adam"}, {"lr": "120", "opt": "adam", "seed": "1"}
    frame = version_comparison.texts(this, other, NAMES, differing=True)
    assert frame.to_numpy().tolist() == [["lr", "00120", "120"], ["seed", "–", "1"]]  # noqa: RUF001
    assert len(version_comparison.texts(this, other, NAMES)) == 3


def test_a_signature_says_what_has_changed() -> None:
    frame = version_comparison.fields(
        [Field("a", "double"), Field("b", "long", required=False), Field("d", "string")],
        [Field("a", "float"), Field("b", "long"), Field("c", "string")],
    )
    assert dict(zip(frame["Name"], frame["Change"], strict=True)) == {
        "a": "was float",
        "b": "was required",
        "d": "new",
        "c": "removed",
    }


def test_a_version_is_compared_with_the_one_in_use_else_with_the_one_before() -> None:
    numbers = ["11", "10", "9", "2"]
    assert default_opponent({"champion": "2"}, numbers, "11") == "2"
    assert default_opponent({"champion": "11"}, numbers, "11") == "10"
    assert default_opponent({"prod": "9", "champion": "7"}, numbers, "2") == "9"
    assert default_opponent({}, numbers, "2") == ""

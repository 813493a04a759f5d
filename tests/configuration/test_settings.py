"""The base of all settings: what it reads, and what it says of mistakes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import Field, ValidationError
from pydantic_settings import SettingsConfigDict

from configuration.secret_files import BothSet
from configuration.settings import FROM_FILE, EnvironmentSettings, Port, Secret, SettingsError

KEY = "hunter2-hunter2-hunter2"


class Example(EnvironmentSettings):
    """Settings as a service has them."""

    key: Secret = Field(min_length=20, description="It must be random.")
    address: Annotated[str, FROM_FILE] = "here"
    port: Port = Field(5001, validation_alias="UAC_PORT")
    seconds: float = Field(8, gt=0, le=60, allow_inf_nan=False)
    hours: int = Field(12, ge=1)
    level: Literal["INFO", "ERROR"] = "INFO"
    careful: bool = False


class Exact(Example):
    """What is empty is meant so, and a secret stands in one place."""

    model_config = SettingsConfigDict(env_ignore_empty=False)
    both_set = BothSet.REFUSED


def mistakes(**environment: str) -> list[str]:
    """The lines of the error."""
    with pytest.raises(SettingsError) as caught:
        Example.load({"STUDIO_KEY": KEY, **environment})
    return str(caught.value).splitlines()


def test_a_field_is_a_variable_with_the_prefix_or_the_one_it_names() -> None:
    found = Example.load({"STUDIO_KEY": KEY, "UAC_PORT": "80", "PORT": "81", "STUDIO_PORT": "82"})
    assert (found.port, found.hours) == (80, 12)
    assert Example.variable("port") == "UAC_PORT"
    assert Example.variables()[:3] == ("STUDIO_KEY", "STUDIO_ADDRESS", "UAC_PORT")
    assert Example.secrets() == ("STUDIO_KEY", "STUDIO_ADDRESS")


def test_only_what_is_marked_is_read_from_a_file(tmp_path: Path) -> None:
    for name in ("key", "address", "level"):
        (tmp_path / name).write_text(f"{KEY}\n")
    files = {f"STUDIO_{name.name.upper()}_FILE": str(name) for name in tmp_path.iterdir()}
    found = Example.load(files)
    assert (found.key.get_secret_value(), found.address, found.level) == (KEY, KEY, "INFO")


def test_settings_are_frozen_and_show_no_secret() -> None:
    found = Example.load({"STUDIO_KEY": KEY})
    assert KEY not in repr(found)
    with pytest.raises(ValidationError):
        found.hours = 3


def test_without_an_environment_it_is_that_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUDIO_KEY", KEY)
    monkeypatch.setenv("STUDIO_HOURS", "3")
    assert Example.load().hours == 3
    assert Example.model_validate({"key": KEY}).hours == 12, "values alone are all there is"


def test_what_is_given_wins_and_its_variable_is_not_looked_at() -> None:
    found = Example.load({"STUDIO_KEY_FILE": "/nowhere", "STUDIO_HOURS": "x"}, key=KEY, hours=3)
    assert (found.key.get_secret_value(), found.hours) == (KEY, 3)


def test_an_empty_variable_counts_as_not_set_unless_a_class_says_otherwise() -> None:
    empty = {"STUDIO_KEY": KEY, "STUDIO_ADDRESS": "", "STUDIO_LEVEL": ""}
    assert Example.load(empty).address == "here"
    with pytest.raises(SettingsError, match=r"^STUDIO_LEVEL: must be 'INFO' or 'ERROR', not ''$"):
        Exact.load(empty)
    assert Exact.load({"STUDIO_KEY": KEY, "STUDIO_ADDRESS": ""}).address == ""


def test_every_mistake_has_a_line_that_says_what_is_allowed() -> None:
    wrong = {
        "UAC_PORT": "70000",
        "STUDIO_SECONDS": "nan",
        "STUDIO_HOURS": "soon",
        "STUDIO_LEVEL": "LOUD",
        "STUDIO_CAREFUL": "perhaps",
    }
    assert mistakes(**wrong) == [
        "UAC_PORT: must be a whole number from 1 to 65535, not '70000'",
        "STUDIO_SECONDS: must be a number above 0 and up to 60, not 'nan'",
        "STUDIO_HOURS: must be a whole number from 1, not 'soon'",
        "STUDIO_LEVEL: must be 'INFO' or 'ERROR', not 'LOUD'",
        "STUDIO_CAREFUL: must be true or false, not 'perhaps'",
    ]


@pytest.mark.parametrize("port", ["5001.0", "+5001", "5_001", "0", "\u0665"])
def test_a_port_is_written_in_digits(port: str) -> None:
    (line,) = mistakes(UAC_PORT=port)
    assert line.startswith("UAC_PORT: must be a whole number from 1 to 65535")


def test_a_secret_that_is_missing_or_short_is_named_and_not_told() -> None:
    assert mistakes(STUDIO_KEY="") == [
        "STUDIO_KEY: is not set, nor is STUDIO_KEY_FILE. It must be random."
    ]
    assert mistakes(STUDIO_KEY="hunter2") == [
        "STUDIO_KEY: has 7 characters. Use at least 20. It must be random."
    ]


def test_a_file_that_cannot_be_read_is_one_mistake_beside_the_others() -> None:
    lines = mistakes(STUDIO_KEY="", STUDIO_KEY_FILE="/nowhere", STUDIO_HOURS="0")
    assert [line.partition(" ")[0] for line in lines] == ["STUDIO_KEY_FILE", "STUDIO_HOURS:"]


def test_a_constructor_tells_no_secret_either() -> None:
    with pytest.raises(ValidationError) as caught:
        Example.model_validate({"key": "hunter2"})
    assert "hunter2" not in str(caught.value)
    with pytest.raises(SettingsError, match="both set"):
        Exact.load({"STUDIO_KEY": KEY, "STUDIO_KEY_FILE": "/nowhere"})

"""The base of all settings: frozen, from the environment, every mistake reported at once.

    class Settings(EnvironmentSettings):
        port: int = Field(5001, ge=1, le=65535, validation_alias="UAC_PORT")
        secret_key: Secret = Field(min_length=32)

    settings = Settings.load()

A field is the variable `STUDIO_<FIELD>`, or the one that its `validation_alias` names. One that is
marked `FROM_FILE`, as `Secret` is, may also stand in a file (secret_files.py). Made by its
constructor a class takes what it is given and looks at no environment.
"""

from __future__ import annotations

import os
from collections.abc import Container, Mapping
from typing import Annotated, Any, ClassVar, Self

from annotated_types import Ge, Gt, Le, Lt
from pydantic import BeforeValidator, Field, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import PydanticKnownError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from configuration.secret_files import BothSet, file_variable, read_secret, secret_file


class SettingsError(Exception):
    """The environment is not fit to start with; the text has one line for each mistake."""


class _FromFile:
    """Marks a field whose value may stand in a file."""


# For a whole field: pydantic loses it inside of a union.
FROM_FILE = _FromFile()
Secret = Annotated[SecretStr, FROM_FILE]


def _written_in_digits(value: object) -> object:
    if isinstance(value, str) and not (value.isascii() and value.isdigit()):
        raise PydanticKnownError("int_parsing")
    return value


# The text of the variable is also handed on as it is, to programs that read nothing but digits.
Digits = Annotated[int, BeforeValidator(_written_in_digits)]
Port = Annotated[Digits, Field(ge=1, le=65535)]

# Mistakes of the same kind have the same sentence, which says what is allowed.
NUMBERS = {
    *("int_parsing", "int_parsing_size", "int_from_float", "int_type", "float_parsing"),
    *("float_type", "finite_number"),
    *("greater_than", "greater_than_equal", "less_than", "less_than_equal"),
}
BOUNDS: tuple[tuple[type, str, str], ...] = (
    (Ge, "ge", "from"),
    (Gt, "gt", "above"),
    (Le, "le", "up to"),
    (Lt, "lt", "below"),
)


class EnvironmentSettings(BaseSettings):
    """Settings of one process; a class for each service says which there are.

    An empty variable counts as not set, unless a class sets `env_ignore_empty` to False.
    """

    model_config = SettingsConfigDict(
        env_prefix="STUDIO_",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,  # a secret may be among it
        validate_by_name=True,
        validate_by_alias=True,
    )
    both_set: ClassVar[BothSet] = BothSet.VALUE_WINS

    @classmethod
    def load(cls, environment: Mapping[str, str] | None = None, **given: object) -> Self:
        """The settings of an environment, of this process's own if none is named.

        What is `given` wins, and its variables are not looked at. Raises SettingsError.
        """
        read = os.environ if environment is None else environment
        secrets, variables = SecretSource(cls, read, given), VariableSource(cls, read, given)
        try:
            made = cls.model_validate({**secrets(), **variables(), **given})
        except ValidationError as error:
            # A secret that could not be read is not also missing.
            lines = dict(cls._lines(error)) | secrets.mistakes
        else:
            lines = secrets.mistakes
        if lines:
            raise SettingsError("\n".join(lines.values())) from None
        return made

    @classmethod
    def variable(cls, field: str) -> str:
        """The environment variable of a field."""
        alias = cls.model_fields[field].validation_alias
        return str(alias or f"{cls.model_config['env_prefix']}{field}".upper())

    @classmethod
    def variables(cls) -> tuple[str, ...]:
        """Every environment variable that is read; `_FILE` beside those of `secrets`."""
        return tuple(cls.variable(field) for field in cls.model_fields)

    @classmethod
    def secrets(cls) -> tuple[str, ...]:
        """The variables that may also be read from a file."""
        return tuple(
            cls.variable(name) for name, field in cls.model_fields.items() if _may_be_a_file(field)
        )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 (pydantic-settings names them)
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The arguments alone: the sources of an environment are asked by `load`, which has it."""
        return (init_settings,)

    @classmethod
    def _lines(cls, error: ValidationError) -> list[tuple[str, str]]:
        """Each mistake as (variable, line); a mistake of several variables names them itself."""
        fields = {cls.variable(name): name for name in cls.model_fields}
        fields |= {name: name for name in cls.model_fields}
        found = []
        for problem in error.errors(include_url=False):
            if not problem["loc"]:
                sentence = str(problem["ctx"]["error"])
                found.append((sentence, sentence))
                continue
            name = fields[str(problem["loc"][0])]
            variable, field = cls.variable(name), cls.model_fields[name]
            sentence = _sentence(variable, field, dict(problem))
            found.append((variable, f"{variable}: {sentence}"))
        return found


class EnvironmentSource(PydanticBaseSettingsSource):
    """Values by the names of fields, and what cannot be read in `mistakes`, by variable."""

    def __init__(
        self,
        settings_cls: type[EnvironmentSettings],
        environment: Mapping[str, str],
        passed_over: Container[str] = (),
    ) -> None:
        super().__init__(settings_cls)
        self._settings = settings_cls
        self._environment = environment
        self._passed_over = passed_over
        self._ignores_empty = bool(settings_cls.model_config.get("env_ignore_empty"))
        self._strips = bool(settings_cls.model_config.get("str_strip_whitespace"))
        self.mistakes: dict[str, str] = {}

    def __call__(self) -> dict[str, Any]:
        """What the environment says of the fields."""
        found = {}
        for name, field in self._settings.model_fields.items():
            if name in self._passed_over:
                continue
            value, key, _ = self.get_field_value(field, name)
            if value is not None:
                found[key] = value
        return found

    def _set(self, text: str | None) -> str | None:
        """The text if it counts as set."""
        if text is not None and self._strips:
            text = text.strip()
        return None if text == "" and self._ignores_empty else text


class VariableSource(EnvironmentSource):
    """The fields that stand in the environment and nowhere else."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """The text of the field's variable, the field's name, and that it is no JSON."""
        if _may_be_a_file(field):
            return None, field_name, False
        text = self._environment.get(self._settings.variable(field_name))
        return self._set(text), field_name, False


class SecretSource(EnvironmentSource):
    """The fields that stand in the environment or in a file that it names."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """The secret, the field's name, and that it is no JSON."""
        name = self._settings.variable(field_name)
        named = name in self._environment or secret_file(name, self._environment)
        if not (named and _may_be_a_file(field)):
            return None, field_name, False
        both_set = self._settings.both_set
        try:
            text = read_secret(name, self._environment, both_set, strip=self._strips)
        except ValueError as error:
            self.mistakes[name] = str(error)
            return None, field_name, False
        return self._set(text), field_name, False


def _may_be_a_file(field: FieldInfo) -> bool:
    return FROM_FILE in field.metadata


def _sentence(variable: str, field: FieldInfo, problem: Mapping[str, Any]) -> str:
    """What is wrong with a value and what is allowed. A secret's value is never in it."""
    kind = problem["type"]
    # What a class says of a field that must be set, or long enough.
    hint = f" {field.description}" if field.description else ""
    if kind == "missing":
        beside = f", nor is {file_variable(variable)}" if _may_be_a_file(field) else ""
        return f"is not set{beside}.{hint}"
    if kind == "value_error":
        return str(problem["ctx"]["error"])
    if kind in {"string_too_short", "too_short"}:
        length, least = len(_text(problem["input"])), problem["ctx"]["min_length"]
        return f"has {length} characters. Use at least {least}.{hint}"
    shown = "" if _may_be_a_file(field) else f", not {problem['input']!r}"
    if kind in NUMBERS:
        return f"must be {_number(field)}{shown}"
    if kind in {"literal_error", "enum"}:
        return f"must be {problem['ctx']['expected']}{shown}"
    if kind in {"bool_parsing", "bool_type"}:
        return f"must be true or false{shown}"
    return str(problem["msg"])


def _text(value: object) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


def _number(field: FieldInfo) -> str:
    """The number that a field wants, in words: a whole number from 1 to 65535."""
    what = "a whole number" if field.annotation is int else "a number"
    bounds = {
        word: getattr(one, attribute)
        for kind, attribute, word in BOUNDS
        for one in field.metadata
        if isinstance(one, kind)
    }
    if bounds.keys() == {"from", "up to"}:
        return f"{what} from {bounds['from']} to {bounds['up to']}"
    return " ".join([what, " and ".join(f"{word} {bound}" for word, bound in bounds.items())])

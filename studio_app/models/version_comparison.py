"""What two versions of a model have, beside each other; numbers and texts as they were logged."""

from collections.abc import Mapping, Sequence

import pandas as pd

from studio_app.models.model_file import Field
from studio_app.ui import formats

DIFFERENCE = "Difference"
CHANGE = "Change"


def metrics(
    this: Mapping[str, float], other: Mapping[str, float] | None, names: tuple[str, str]
) -> pd.DataFrame:
    """The metrics of a version, against another one's if there is one; by name.

    `names` are the heads of the two columns. The difference has few digits, for it is read and not
    copied.
    """
    keys = sorted({*this, *(other or {})})
    columns: dict[str, list[str]] = {"Metric": keys}
    columns[names[0]] = [formats.number(this.get(key)) for key in keys]
    if other is not None:
        columns[names[1]] = [formats.number(other.get(key)) for key in keys]
        columns[DIFFERENCE] = [_difference(this.get(key), other.get(key)) for key in keys]
    return pd.DataFrame(columns)


def texts(
    this: Mapping[str, str],
    other: Mapping[str, str] | None,
    names: tuple[str, str],
    *,
    differing: bool = False,
) -> pd.DataFrame:
    """The parameters of a version, against another one's; with `differing` those that differ."""
    keys = sorted({*this, *(other or {})})
    if other is not None and differing:
        keys = [key for key in keys if this.get(key) != other.get(key)]
    columns = {"Parameter": keys, names[0]: [this.get(key, formats.MISSING) for key in keys]}
    if other is not None:
        columns[names[1]] = [other.get(key, formats.MISSING) for key in keys]
    return pd.DataFrame(columns)


def fields(this: Sequence[Field], other: Sequence[Field] | None) -> pd.DataFrame:
    """The fields of a signature in their order, and against another one's what has changed."""
    columns = {
        "Name": [field.name for field in this],
        "Type": [field.type for field in this],
        "Required": ["yes" if field.required else "no" for field in this],
    }
    frame = pd.DataFrame(columns, dtype="str")
    if other is None:
        return frame
    before = {field.name: field for field in other}
    frame[CHANGE] = [_change(field, before.get(field.name)) for field in this]
    have = {field.name for field in this}
    gone = [field for field in other if field.name not in have]
    lost = pd.DataFrame(
        {
            "Name": [field.name for field in gone],
            "Type": [field.type for field in gone],
            "Required": ["yes" if field.required else "no" for field in gone],
            CHANGE: ["removed"] * len(gone),
        },
        dtype="str",
    )
    return pd.concat([frame, lost], ignore_index=True)


def _difference(this: float | None, other: float | None) -> str:
    if this is None or other is None:
        return ""
    found = this - other
    if found != found:
        return ""
    return "±0" if found == 0 else f"{found:+.3g}".replace("-", "\u2212")


def _change(field: Field, before: Field | None) -> str:
    if before is None:
        return "new"
    if field.type != before.type:
        return f"was {before.type}"
    if field.required != before.required:
        return "was required" if before.required else "was optional"
    return ""

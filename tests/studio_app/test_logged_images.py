"""Which images of which step the files of `mlflow.log_image` are."""

from __future__ import annotations

from studio_app.artifacts.artifacts import Entry
from studio_app.artifacts.logged_images import LoggedImage, at_step, by_key

UUID = "0b9f1f0e-8f0c-4b51-9d0c-0123456789ab"


def entry(name: str) -> Entry:
    return Entry(f"images/{name}", folder=False, size=100)


def logged(key: str, step: int, time: int = 1, mark: str = "+") -> Entry:
    parts = (key, "step", str(step), "timestamp", str(time), UUID)
    return entry(f"{mark.join(parts)}.png")


def test_images_come_by_key_in_the_order_of_steps() -> None:
    found = by_key([logged("b", 10), logged("a", 20), logged("a", 3)])
    assert list(found) == ["a", "b"]
    assert [one.step for one in found["a"]] == [3, 20]


def test_older_clients_wrote_other_signs() -> None:
    assert list(by_key([logged("loss~map", 1), logged("acc#map", 1, mark="%")])) == [
        "acc/map",
        "loss/map",
    ]


def test_of_two_at_one_step_the_later_counts() -> None:
    found = by_key([logged("a", 1, time=9), logged("a", 1, time=5)])
    assert [one.time for one in found["a"]] == [9]


def test_other_files_are_left_out() -> None:
    names = (
        f"a+step+1+timestamp+1+{UUID}+compressed.webp",
        "photo.png",
        f"a+step+x+timestamp+1+{UUID}.png",
        f"a+step+{'9' * 30}+timestamp+1+{UUID}.png",
        f"a+step+-1+timestamp+1+{UUID}.png",
        f"+step+1+timestamp+1+{UUID}.png",
    )
    folder = Entry(logged("a", 1).path, folder=True, size=None)
    assert by_key([*map(entry, names), folder]) == {}


def test_a_key_may_look_like_the_rest() -> None:
    [key] = by_key([logged("a+step+1+timestamp", 7)])
    assert key == "a+step+1+timestamp"


def test_at_a_step_the_last_one_before_it_stands() -> None:
    images = [LoggedImage(0, 1, "first"), LoggedImage(40, 1, "second")]
    assert at_step(images, 39) == images[0]
    assert at_step(images, 40) == images[1]
    assert at_step(images[1:], 39) is None

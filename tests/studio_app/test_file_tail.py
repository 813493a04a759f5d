"""The newest part of a file that grows, read through the real API by ranges of bytes."""

from __future__ import annotations

import pytest

from laboratory import Lab, put_file
from studio_app.api.client import ApiError, FilePart
from studio_app.artifacts import artifacts, file_tail
from studio_app.artifacts.artifacts import Root
from studio_app.artifacts.file_tail import STEP, Tail
from studio_app.runs import tracking

pytest_plugins = ("laboratory",)

PATH = "logs/train.log"


class Log:
    """A log of bob's best run, written by bob and read by carol."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.client = lab.client("carol")
        run = tracking.run(self.client, lab.project, lab.best)
        self.root = Root("run", lab.best, str(run.info["artifact_uri"]))

    def write(self, content: bytes) -> None:
        where = f"{self.lab.experiment_id}/{self.lab.best}/artifacts/{PATH}"
        put_file(self.lab.stack.person("bob"), self.lab.project, where, content)

    def read(self) -> Tail:
        return file_tail.read(self.client, self.lab.project, self.root, PATH)

    def renew(self, before: Tail) -> Tail:
        return file_tail.renew(self.client, self.lab.project, self.root, PATH, before)

    def extend(self, after: Tail) -> Tail:
        return file_tail.extend(self.client, self.lab.project, self.root, PATH, after)


@pytest.fixture
def log(lab: Lab) -> Log:
    return Log(lab)


def test_the_newest_part_comes_first_and_earlier_ones_until_the_beginning(log: Log) -> None:
    content = b"".join(b"%07d\n" % number for number in range(70_000))
    log.write(content)
    tail = log.read()
    assert tail.content == content[-STEP:]
    assert tail.start == len(content) - STEP
    assert tail.more
    tail = log.extend(log.extend(tail))
    assert (tail.content, tail.start, tail.more) == (content, 0, False)
    assert log.extend(tail) is tail


def test_of_a_file_that_grows_what_is_new_is_read(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.write(b"one\n" * 1000)
    tail = log.read()
    assert log.renew(tail) is tail, "nothing new"
    parts: list[tuple[str, int]] = []
    real = artifacts.read_part

    def read_part(*given: object) -> FilePart:
        found = real(*given)  # type: ignore[arg-type]
        parts.append((str(given[4]), len(found.content)))
        return found

    monkeypatch.setattr(artifacts, "read_part", read_part)
    log.write(b"one\n" * 1000 + b"two\n")
    grown = log.renew(tail)
    assert grown.content == b"one\n" * 1000 + b"two\n"
    assert grown.version != tail.version
    assert parts == [("3936-", 68)]


def test_a_file_that_was_written_anew_is_read_anew(log: Log) -> None:
    log.write(b"first " * 100)
    tail = log.read()
    log.write(b"short")
    tail = log.renew(tail)
    assert (tail.content, tail.start) == (b"short", 0)
    log.write(b"another one, and longer")
    assert log.renew(tail).content == b"another one, and longer"


def test_an_empty_file_is_an_empty_part_until_something_is_written(log: Log) -> None:
    log.write(b"")
    tail = log.read()
    assert (tail.content, tail.text(goes_on=True), tail.more) == (b"", "", False)
    assert log.renew(tail) is tail
    log.write(b"x")
    assert log.renew(tail).content == b"x"


def test_no_more_than_the_bound_is_held(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_tail, "MOST", 100)
    log.write(b"a" * 90)
    tail = log.read()
    log.write(b"a" * 90 + b"b" * 30)
    tail = log.renew(tail)
    assert (tail.content, tail.start) == (b"a" * 70 + b"b" * 30, 20)
    assert not tail.more
    assert log.extend(tail) is tail


def test_a_sign_that_a_boundary_cuts_is_left_out_or_waits_for_its_rest() -> None:
    euro = "€".encode()
    assert Tail(euro[1:] + b"a" + euro[:2], start=5).text(goes_on=True) == "a"
    assert Tail(b"a" + euro[:2]).text(goes_on=True) == "a"
    assert Tail(b"a" + euro[:2]).text(goes_on=False) == "a\ufffd"
    assert Tail(b"\x00\xff\x80\r\n").text(goes_on=False) == "\x00\ufffd\ufffd\r\n"
    assert Tail(b"\x80" * 5, start=1).text(goes_on=False) == "\ufffd" * 5


def test_a_stranger_reads_no_part_of_it(log: Log) -> None:
    log.write(b"secret")
    mallory = log.lab.client("mallory")
    with pytest.raises(ApiError) as refused:
        file_tail.read(mallory, log.lab.project, log.root, PATH)
    assert refused.value.status in {403, 404}
    with pytest.raises(ApiError):
        file_tail.renew(mallory, log.lab.project, log.root, PATH, Tail(b"sec"))


def test_a_file_that_is_not_there_is_said_to_be_so(log: Log) -> None:
    with pytest.raises(ApiError) as missing:
        log.read()
    assert missing.value.status in {404, 500}

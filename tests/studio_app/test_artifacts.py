"""Files: listed and read through the proxy, and made safe to look at."""

from html.parser import HTMLParser

import pytest

from laboratory import FILES, HOSTILE, PIXEL, Lab
from studio_app.api.client import ApiError
from studio_app.artifacts import artifacts
from studio_app.artifacts.artifacts import Root

pytest_plugins = ("laboratory",)


class _Frames(HTMLParser):
    """Collects the tags of a page, with their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


@pytest.fixture
def root(lab: Lab) -> Root:
    location = f"mlflow-artifacts:/workspaces/{lab.project}/{lab.experiment_id}/{lab.best}"
    return Root("run", lab.best, f"{location}/artifacts")


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("a/plot.PNG", "image"),
        ("x.tiff", "image"),
        ("x.svg", "vector"),
        ("a.wav", "audio"),
        ("a.mp4", "video"),
        ("a.ipynb", "notebook"),
        ("map.geojson", "json"),
        ("rows.jsonl", "table"),
        ("notes.md", "markdown"),
        ("model/MLmodel", "text"),
        ("requirements.txt", "text"),
        ("eval.json", "json"),
        ("report.html", "html"),
        ("t.csv", "table"),
        ("t.parquet", "table"),
        ("weights.bin", "none"),
        ("json", "none"),
    ],
)
def test_a_kind_is_told_by_the_name(path: str, kind: str) -> None:
    assert artifacts.kind(path) == kind


@pytest.mark.parametrize(
    ("path", "content", "kind"),
    [
        ("x.png", PIXEL, "image"),
        ("x.png", b"<script>", "text"),
        ("x.png", b"\x00\x01", "none"),
        ("x.webp", b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image"),
        ("x.webp", b"RIFF\x00\x00\x00\x00WAVEfmt ", "none"),
        ("x.tif", b"II*\x00\x08", "image"),
        ("x.wav", b"RIFF\x00\x00\x00\x00WAVEfmt ", "audio"),
        ("x.mp3", b"step 1 of a log", "text"),
        ("x.mp4", b"\x00\x00\x00\x18ftypmp42", "video"),
        ("x.mp4", PIXEL, "none"),
        ("t.parquet", b"a,b\n1,2\n", "text"),
        ("t.parquet", b"PK\x03\x04\x00", "none"),
    ],
)
def test_what_is_not_what_its_name_says_is_text_or_nothing(
    path: str, content: bytes, kind: str
) -> None:
    assert artifacts.kind(path, content) == kind


def test_a_file_without_a_known_name_is_text_when_it_reads_as_text() -> None:
    assert artifacts.kind("weights", b"step 1") == "text"
    assert artifacts.kind("weights", b"a\x00b") == "none"
    assert artifacts.kind("weights", b"\xff\xfe\xfd") == "none"
    assert artifacts.kind("weights", b"a" * 4095 + "é".encode()) == "text"


@pytest.mark.parametrize(
    "document",
    [HOSTILE, '"></iframe><script>1</script>', "' onload='1", "&quot;><script>1</script>"],
)
def test_a_foreign_page_stays_inside_a_frame_without_scripts(document: str) -> None:
    tags = _Frames(artifacts.framed(document, '"><script>')).tags
    assert [tag for tag, _ in tags] == ["html", "head", "meta", "style", "body", "iframe"]
    frame = tags[-1][1]
    assert frame["sandbox"] == ""
    assert frame["srcdoc"] == document
    assert "onload" not in frame
    assert "default-src 'none'" in str(tags[2][1]["content"])
    assert "script-src" not in str(tags[2][1]["content"])


def test_a_vector_graphic_is_an_image_and_no_document() -> None:
    framed = artifacts.framed_vector(b"<svg onload='1'/>", "x")
    inner = _Frames(str(_Frames(framed).tags[-1][1]["srcdoc"])).tags
    assert [tag for tag, _ in inner] == ["img"]
    assert str(inner[0][1]["src"]).startswith("data:image/svg+xml;base64,")


def test_what_holds_zero_bytes_is_no_text_whatever_its_name_says() -> None:
    for path in ("train.log", "table.csv", "net.json", "notes.md", "report.html"):
        assert artifacts.kind(path, b"PK\x03\x04\x00\x00") == "none"
    assert artifacts.kind("t.parquet", b"PAR1\x00") == "table"


def test_a_member_lists_and_reads_the_files_of_a_run(lab: Lab, root: Root) -> None:
    carol = lab.client("carol")
    entries = artifacts.listing(carol, lab.project, root)
    assert [entry.name for entry in entries[:4]] == ["config", "plots", "reports", "tables"]
    assert [(entry.name, entry.size) for entry in entries[4:]] == [
        ("train.log", 20),
        ("weights.bin", 2048),
    ]
    inside = artifacts.listing(carol, lab.project, root, "reports")
    assert [entry.path for entry in inside] == ["reports/notes.md", "reports/report.html"]
    assert artifacts.read(carol, lab.project, root, "plots/pixel.png").content == PIXEL
    start = artifacts.read(carol, lab.project, root, "weights.bin", limit=10)
    assert start.truncated
    assert start.content == bytes(range(10))
    with artifacts.open_file(carol, lab.project, root, "train.log") as whole:
        assert whole.size == 20
        assert whole.read(1000) == FILES["train.log"]


def test_a_stranger_gets_no_file_and_no_list(lab: Lab, root: Root) -> None:
    mallory = lab.client("mallory")
    with pytest.raises(ApiError) as listing:
        artifacts.listing(mallory, lab.project, root)
    with pytest.raises(ApiError) as reading:
        artifacts.read(mallory, lab.project, root, "train.log")
    assert listing.value.status in {403, 404}
    assert reading.value.status in {403, 404}


@pytest.mark.parametrize("path", ["../../1/x", "a/../../b", "a\\..\\b"])
def test_a_path_that_climbs_is_refused(lab: Lab, root: Root, path: str) -> None:
    with pytest.raises(ApiError) as refused:
        artifacts.read(lab.client("bob"), lab.project, root, path)
    assert refused.value.status in {400, 403, 404}

"""The files of a run or a logged model: listed, read up to a limit, made safe to look at."""

import base64
import html
import re
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal
from urllib.parse import quote, urlsplit

from studio_app.api.artifacts import Stream
from studio_app.api.client import ApiError, Client, Download, FilePart, Json
from studio_app.runs.tracking import API

Kind = Literal[
    "image",
    "vector",
    "audio",
    "video",
    "text",
    "markdown",
    "notebook",
    "json",
    "html",
    "table",
    "none",
]

PREVIEW_LIMIT = 4_000_000
# Of what is played: Studio holds it while the page shows it.
MEDIA_LIMIT = 25_000_000
TEXT_SHOWN = 200_000
# A viewer that unfolds takes long for more.
JSON_SHOWN = 1_000_000
_HEAD = 4096

_KINDS: dict[str, Kind] = {
    **dict.fromkeys(["png", "jpg", "jpeg", "gif", "webp", "bmp", "tif", "tiff"], "image"),
    "svg": "vector",
    **dict.fromkeys(["wav", "mp3", "ogg", "oga", "flac", "m4a"], "audio"),
    **dict.fromkeys(["mp4", "m4v", "mov", "webm", "ogv"], "video"),
    "ipynb": "notebook",
    **dict.fromkeys(["md", "markdown"], "markdown"),
    **dict.fromkeys(["json", "geojson"], "json"),
    **dict.fromkeys(["html", "htm", "xhtml"], "html"),
    **dict.fromkeys(["csv", "tsv", "parquet", "jsonl", "ndjson"], "table"),
}
_TEXTS = frozenset(
    {"txt", "log", "py", "r", "sh", "sql", "yaml", "yml", "toml", "ini", "cfg", "conf", "xml"}
    | {"js", "ts", "css", "mlmodel", "java", "c", "h", "cpp", "go", "rs", "jl", "scala", "diff"}
)
_TEXT_NAMES = frozenset({"mlmodel", "dockerfile", "makefile", "readme", "license"})
_LANGUAGES = {
    "py": "python",
    "yaml": "yaml",
    "yml": "yaml",
    "mlmodel": "yaml",
    "sql": "sql",
    "sh": "bash",
    "toml": "toml",
    "xml": "xml",
    "js": "javascript",
    "ts": "typescript",
    "java": "java",
    "c": "c",
    "h": "c",
    "cpp": "cpp",
    "go": "go",
    "rs": "rust",
    "jl": "julia",
    "scala": "scala",
    "diff": "diff",
    "css": "css",
    "r": "r",
}
# How files of a kind begin; of others the name is believed, as long as they are text.
_SIGNATURES: dict[str, re.Pattern[bytes]] = {
    "image": re.compile(
        rb"\x89PNG\r\n\x1a\n|\xff\xd8\xff|GIF8[79]a|BM|RIFF....WEBP|II\*\x00|MM\x00\*", re.DOTALL
    ),
    "audio": re.compile(rb"RIFF....WAVE|ID3|\xff[\xe2-\xff]|OggS|fLaC|....ftyp", re.DOTALL),
    "video": re.compile(rb"....(ftyp|moov|mdat|wide)|\x1aE\xdf\xa3|OggS", re.DOTALL),
    "parquet": re.compile(rb"PAR1"),
}
_MEDIA_TYPES = {
    "wav": "audio/wav",
    "mp3": "audio/mpeg",
    "ogg": "audio/ogg",
    "oga": "audio/ogg",
    "flac": "audio/flac",
    "m4a": "audio/mp4",
    "mp4": "video/mp4",
    "m4v": "video/mp4",
    "mov": "video/quicktime",
    "webm": "video/webm",
    "ogv": "video/ogg",
}

# A page in a frame takes over the rules of the page around it: with these nothing runs,
# nothing is fetched and nothing is sent, whatever the file holds.
_RULES = (
    "default-src 'none'; img-src data:; media-src data:; font-src data:; "
    "style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'"
)


@dataclass(frozen=True)
class Root:
    """Where files hang: a run, or a logged model of a run."""

    kind: Literal["run", "model"]
    id: str
    uri: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file or a folder. `size` is in bytes, None for a folder."""

    path: str
    folder: bool
    size: int | None

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.path.rpartition("/")[2]


def listing(client: Client, project: str, root: Root, path: str = "") -> list[Entry]:
    """What one folder holds: folders first, then files, each by name."""
    if root.kind == "run":
        where, query = f"{API}/artifacts/list", {"run_id": root.id, "path": path}
    else:
        where = f"{API}/logged-models/{quote(root.id, safe='')}/artifacts/directories"
        query = {"artifact_directory_path": path}
    answer = client.mlflow(project, "GET", where, query=query)
    found = [_entry(file) for file in answer.get("files", [])]
    return sorted(found, key=lambda entry: (not entry.folder, entry.path.casefold()))


def read(
    client: Client, project: str, root: Root, path: str, limit: int = PREVIEW_LIMIT
) -> Download:
    """The first `limit` bytes of a file. Raises ApiError."""
    where, query = _address(project, root, path)
    return client.download(project, where, query=query, limit=limit)


def read_part(
    client: Client, project: str, root: Root, path: str, part: str, limit: int
) -> FilePart:
    """A part of a file, as the client's `download_part`. Raises ApiError."""
    where, query = _address(project, root, path)
    return client.download_part(project, where, part, query=query, limit=limit)


def open_file(
    client: Client, project: str, root: Root, path: str
) -> AbstractContextManager[Stream]:
    """A whole file while it comes. Raises ApiError, and once it is entered."""
    where, query = _address(project, root, path)
    return client.open_file(project, where, query=query)


def kind(path: str, content: bytes = b"") -> Kind:
    """How a file can be shown: by its name, and by its first bytes where they are known."""
    name = PurePosixPath(path).name.lower()
    ending = name.rpartition(".")[2] if "." in name else ""
    found = _KINDS.get(ending)
    signature = _SIGNATURES.get("parquet" if ending == "parquet" else found or "")
    if signature is not None and (not content or signature.match(content)):
        return found or "none"
    if b"\x00" in content[:_HEAD]:
        # Whatever its name says, it is no text.
        return "none"
    if found and signature is None:
        return found
    if signature is None and (ending in _TEXTS or name in _TEXT_NAMES):
        return "text"
    return "text" if content and _looks_like_text(content) else "none"


def most_read(kind: Kind) -> int:
    """How many bytes of a file are read for a look at it; of no known kind, its beginning."""
    if kind == "none":
        return 65_536
    return MEDIA_LIMIT if kind in ("audio", "video") else PREVIEW_LIMIT


def media_type(path: str) -> str:
    """What a browser is told that a sound or a film is."""
    return _MEDIA_TYPES.get(path.lower().rpartition(".")[2], "application/octet-stream")


def language(path: str) -> str | None:
    """The language whose syntax st.code marks in this file."""
    name = PurePosixPath(path).name.lower()
    return _LANGUAGES.get(name.rpartition(".")[2])


def text(content: bytes) -> str:
    """Bytes as text; what is not UTF-8 becomes a replacement sign."""
    return content.decode("utf-8", errors="replace")


def framed(document: str, title: str) -> str:
    """A page that shows a foreign HTML document in a frame without scripts, origin or network.

    The empty `sandbox` gives the document no script, no form, no origin and no way out of the
    frame (HTML Living Standard, 4.8.5); the rules above also keep it from fetching anything.
    """
    # srcdoc is an attribute: quotes and ampersands are all that could end it.
    inner = html.escape(document, quote=True)
    return (
        "<!doctype html><html><head>"
        f'<meta http-equiv="Content-Security-Policy" content="{_RULES}">'
        "<style>html,body{margin:0;height:100%;background:#fff}"
        "iframe{border:0;width:100%;height:100%;display:block}</style></head><body>"
        f'<iframe sandbox="" referrerpolicy="no-referrer" title="{html.escape(title)}" '
        f'srcdoc="{inner}"></iframe></body></html>'
    )


def framed_vector(content: bytes, title: str) -> str:
    """A page that shows an SVG as an image, so that no script in it can run."""
    source = "data:image/svg+xml;base64," + base64.b64encode(content).decode()
    picture = f'<img alt="" style="max-width:100%;max-height:96vh" src="{source}">'
    return framed(picture, title)


def _address(project: str, root: Root, path: str) -> tuple[str, Json | None]:
    """Where the API gives a file. Raises ApiError for one that it does not have."""
    uri = urlsplit(root.uri)
    if uri.scheme == "mlflow-artifacts":
        # The server puts a workspace's folder in front by itself.
        folder = uri.path.lstrip("/").removeprefix(f"workspaces/{project}/")
        where = f"api/2.0/mlflow-artifacts/artifacts/{quote(f'{folder}/{path}')}"
        return where, None
    if root.kind == "run":
        return "get-artifact", {"run_uuid": root.id, "path": path}
    raise ApiError(
        400,
        "INVALID_PARAMETER_VALUE",
        "The files of this model lie outside ML Studio's artifact store. "
        "Read them with an MLflow client.",
    )


def _entry(file: Json) -> Entry:
    folder = bool(file.get("is_dir"))
    return Entry(str(file["path"]), folder, None if folder else int(file.get("file_size") or 0))


def _looks_like_text(content: bytes) -> bool:
    head = content[:_HEAD]
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        # The cut may stand inside the last sign.
        return error.start >= len(head) - 3 and len(head) == _HEAD
    return True

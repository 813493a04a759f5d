"""The tree of files: what was listed, the part of it that is drawn, and what a search finds."""

import pytest

from studio_app.artifacts import artifact_tree
from studio_app.artifacts.artifact_tree import STEP, Tree
from studio_app.artifacts.artifacts import Entry

FOLDERS = {
    "": [Entry("logs", True, None), Entry("model", True, None), Entry("train.log", False, 20)],
    "model": [Entry("model/code", True, None), Entry("model/MLmodel", False, 2048)],
    "model/code": [Entry("model/code/train.sh", False, 1)],
    "logs": [],
}


class Store:
    """Lists FOLDERS and notes what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, folder: str) -> list[Entry]:
        self.asked.append(folder)
        return FOLDERS[folder]


@pytest.fixture
def store() -> Store:
    return Store()


def paths(tree: Tree) -> list[str]:
    return [f"{row.kind} {row.path}" for row in artifact_tree.rows(tree)]


def test_an_address_opens_the_folders_on_the_way_and_no_others(store: Store) -> None:
    tree = Tree().opened("model/code", store)
    assert store.asked == ["", "model", "model/code"]
    assert paths(tree) == [
        "folder logs",
        "folder model",
        "folder model/code",
        "file model/code/train.sh",
        "file model/MLmodel",
        "file train.log",
    ]
    assert tree.opened("model", store) is tree
    assert len(store.asked) == 3


@pytest.mark.parametrize("path", ["gone", "gone/deeper", "train.log/x", "../x", "model/../logs"])
def test_an_address_that_leads_nowhere_asks_for_nothing_there(store: Store, path: str) -> None:
    tree = Tree().opened(path, store)
    assert set(store.asked) <= {"", "model"}
    assert tree.entry("train.log") == Entry("train.log", False, 20)


def test_an_empty_folder_says_so_in_its_place(store: Store) -> None:
    rows = artifact_tree.rows(Tree().opened("logs", store))
    assert [(row.kind, row.path, row.depth) for row in rows[:3]] == [
        ("folder", "logs", 0),
        ("note", "logs", 1),
        ("folder", "model", 0),
    ]


def test_of_a_large_folder_a_part_is_drawn_and_more_on_demand() -> None:
    many = [Entry(f"part-{number:06}.bin", False, 1) for number in range(100_000)]
    tree = Tree().opened("", lambda _folder: many)
    rows = artifact_tree.rows(tree)
    assert len(rows) == STEP + 1
    assert rows[-1].name == "Show 500 more of 99\u202f500"
    assert len(artifact_tree.rows(tree.with_more(""))) == 2 * STEP + 1
    far = tree.with_path_seen("part-004321.bin")
    assert "part-004321.bin" in {row.path for row in artifact_tree.rows(far)}
    assert tree.files == 100_000


def test_a_search_finds_parts_of_names_in_all_that_was_listed(store: Store) -> None:
    tree = Tree().opened("model/code", store)
    rows, found = artifact_tree.search(tree, "TRAIN")
    assert [row.name for row in rows] == ["model/code/train.sh", "train.log"]
    assert found == 2
    assert artifact_tree.search(tree, "model/")[1] == 0
    many = Tree({"": [Entry(f"a{number}", False, 1) for number in range(9_000)]})
    rows, found = artifact_tree.search(many, "a")
    assert (len(rows), found) == (artifact_tree.MOST_FOUND, 9_000)


def test_folders_within_folders_are_opened_as_deep_as_they_go() -> None:
    deepest = artifact_tree.DEEPEST

    def ask(folder: str) -> list[Entry]:
        return [Entry(f"{folder}/d".lstrip("/"), True, None)]

    tree = Tree().opened("/".join("d" * 2 * deepest), ask)
    assert len(artifact_tree.rows(tree)) == deepest + 1

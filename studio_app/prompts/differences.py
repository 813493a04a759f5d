"""How two texts differ, line by line, and in lines that were changed word by word."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

from ml_studio.marked_text import Kind, Line, Mark, Part

# The most lines of a difference that a page shows.
MOST_LINES = 600

_CONTEXT = 3
# So few equal lines are shown rather than counted.
_FEW = 3
_WORDS = re.compile(r"\s+|\d+\.\d+|\w+|[^\w\s]")
# Comparing the words of longer passages would take a page's time.
_MOST_WORDS = 3_000
# Of passages that have less in common every word would be marked.
_ALIKE = 0.4


def between(one: str, other: str) -> list[Line]:
    """The lines that lead from one text to the other, with some around them; none for equals."""
    before, after = one.splitlines(), other.splitlines()
    if before == after:
        return []
    lines = list(_lines(before, after))
    more = len(lines) - MOST_LINES
    return [*lines[:MOST_LINES], *([_omitted(f"{more} more lines")] if more > 0 else [])]


def _lines(before: list[str], after: list[str]) -> Iterator[Line]:
    shown = 0
    for group in SequenceMatcher(None, before, after).get_grouped_opcodes(_CONTEXT):
        yield from _equal(before[shown : group[0][1]])
        for kind, start, end, others_start, others_end in group:
            if kind == "equal":
                yield from (Line([Part(text)]) for text in before[start:end])
            else:
                yield from _changed(before[start:end], after[others_start:others_end])
        shown = group[-1][2]
    yield from _equal(before[shown:])


def _equal(texts: list[str]) -> Iterator[Line]:
    if len(texts) > _FEW:
        yield _omitted(f"{len(texts)} lines are the same")
    else:
        yield from (Line([Part(text)]) for text in texts)


def _changed(before: list[str], after: list[str]) -> Iterator[Line]:
    old, new = (_WORDS.findall("\n".join(texts)) for texts in (before, after))
    if not old or not new or len(old) + len(new) > _MOST_WORDS:
        yield from _whole(before, after)
        return
    steps = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    same = sum(_weight(old[a:b]) for kind, a, b, _, _ in steps if kind == "equal")
    if 2 * same < _ALIKE * (_weight(old) + _weight(new)):
        yield from _whole(before, after)
        return
    yield from _marked([(old[a:b], kind != "equal") for kind, a, b, _, _ in steps], "removed")
    yield from _marked([(new[a:b], kind != "equal") for kind, _, _, a, b in steps], "added")


def _weight(words: list[str]) -> int:
    """How many signs they have; the spaces between them make no texts alike."""
    return sum(len(word) for word in words if not word.isspace())


def _whole(before: list[str], after: list[str]) -> Iterator[Line]:
    yield from (Line([Part(text)], "removed") for text in before)
    yield from (Line([Part(text)], "added") for text in after)


def _marked(passages: list[tuple[list[str], bool]], mark: Mark) -> Iterator[Line]:
    lines: list[list[Part]] = [[]]
    for words, changed in passages:
        first, *others = "".join(words).split("\n")
        kind: Kind = "changed" if changed else ""
        lines[-1].append(Part(first, kind))
        lines += [[Part(text, kind)] for text in others]
    for parts in lines:
        yield Line([part for part in parts if part.text], mark)


def _omitted(text: str) -> Line:
    return Line([Part(text)], "omitted")

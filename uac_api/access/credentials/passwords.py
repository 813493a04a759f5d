"""What a new password must be: long enough, and none of those that everybody tries first.

Those are common words, walks over the keyboard, repetitions, and the username.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path

from ..errors import Invalid
from ..validation import is_storable

PASSWORD_MIN, PASSWORD_MAX = 12, 1024
WORDS_FILE = Path(__file__).with_name("common_passwords.txt")
# Beyond this a password is no common one, unless it is a repetition.
LONGEST = 64
FEWEST_LETTERS = 5
MOST_WORDS = 2
SHORTEST_WALK = 3
# What people write for a letter, and think nobody expects.
LOOKALIKES = str.maketrans("013457@$!|+", "oleastasilt")
ROWS = (
    "qwertyuiop",
    "qwertzuiopu",
    "azertyuiop",
    "asdfghjkl",
    "qsdfghjklm",
    "zxcvbnm",
    "yxcvbnm",
    "wxcvbn",
    "abcdefghijklmnopqrstuvwxyz",
    "12345678901234567890",
    "qazwsxedcrfvtgbyhnujmikolp",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
    "a1b2c3d4e5f6g7h8i9j0",
)
WALKS = (*ROWS, *(row[::-1] for row in ROWS))


def require_good(value: str, username: str = "") -> str:
    """The new password of a person as it is; raises Invalid."""
    if not PASSWORD_MIN <= len(value) <= PASSWORD_MAX:
        raise Invalid(
            f"A password has {PASSWORD_MIN} to {PASSWORD_MAX} characters.",
            reason="invalid_password",
        )
    if not is_storable(value):
        raise Invalid("A password holds no NUL and no half character.", reason="invalid_password")
    if is_common(value, username):
        raise Invalid(
            "This password is one of those that are tried first: common words, the username, or "
            "keys in a row. Take several words that do not belong together.",
            reason="common_password",
        )
    return value


def is_common(password: str, username: str = "") -> bool:
    """Whether a password is made of what guessers try first, or of its person's own name.

    Numbers and signs around and between the words do not make it another one.
    """
    plain = unicodedata.normalize("NFKC", password).casefold()
    if len(set(plain)) < FEWEST_LETTERS:
        return True
    own = frozenset(re.findall(r"[a-z]{3,}", username)) | {re.sub(r"[^a-z]", "", username)}
    known = _words() | (own - {""})
    return any(_is_made_of(known, text) for text in _readings(plain))


def _readings(plain: str) -> set[str]:
    """The letters and digits; the letters alone; the letters with lookalikes read as letters."""
    signs_at_ends = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", plain)
    return {
        re.sub(r"[\W_]", "", plain),
        re.sub(r"[\W\d_]", "", plain),
        re.sub(r"[\W_]", "", plain.translate(LOOKALIKES)),
        re.sub(r"[\W_]", "", signs_at_ends.translate(LOOKALIKES)),
    }


def _is_made_of(known: frozenset[str], text: str) -> bool:
    if repeated := re.fullmatch(r"(.+?)\1+", text):
        text = repeated[1]
    if not text or len(text) > LONGEST:
        return False

    @cache
    def fewest(begin: int) -> int:
        """How many words the text has from here on; too many if it is not made of words."""
        if begin == len(text):
            return 0
        counts = (
            1 + fewest(end)
            for end in range(begin + 1, len(text) + 1)
            if _is_known(known, text[begin:end])
        )
        return min(counts, default=MOST_WORDS + 1)

    return fewest(0) <= MOST_WORDS


def _is_known(known: frozenset[str], piece: str) -> bool:
    if piece in known:
        return True
    return len(piece) >= SHORTEST_WALK and any(piece in walk for walk in WALKS)


@cache
def _words() -> frozenset[str]:
    lines = WORDS_FILE.read_text().splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())

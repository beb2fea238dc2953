"""Two forms of a text: `fold`, by which texts are compared, and `display`, which hides nothing from the reader.

Both take any string, lone surrogates included, in time linear in its length.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from html import unescape

from crisiswatch.text.confusables import FANCY_LETTERS, LOOK_ALIKES

_ENTITY = re.compile(
    r"&(?:#0*[0-9]{1,7}(?![0-9]);?|#[xX]0*[0-9a-fA-F]{1,6}(?![0-9a-fA-F]);?|[A-Za-z][A-Za-z0-9]{1,31};)"
)
_CLUSTER = re.compile(
    _ENTITY.pattern + "|[\u1100-\u115f][\u1160-\u11ff]*|.[\u0300-\u036f\u3099\u309a\uff9e\uff9f]{0,8}", re.DOTALL
)
_SCRIPT_CHANGE = re.compile(
    "[a-z][\u0370-\u058f]|[\u0370-\u03ff][a-z\u0400-\u058f]|[\u0400-\u052f][a-z\u0370-\u03ff]|[\u0530-\u058f][a-z]"
)
_LUNATE_SIGMAS = ("\u03f2", "\u03f9")
_FOREIGN = re.compile("[\u0370-\u058f]")
_WORD = re.compile(r"[^\W_]+")
_LARGEST_TABLE = 1 << 16
_LONGEST_PIECE = 512
_SPACES = frozenset("\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\u2800")
_INVISIBLE_LETTERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\u0640")
_MARKS_THAT_MAY_GO = (
    (0x0300, 0x036F), (0x0483, 0x0489), (0x0591, 0x05C7), (0x0610, 0x061A), (0x064B, 0x065F), (0x0670, 0x0670),
    (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x20D0, 0x20FF), (0xFE00, 0xFE0F), (0xFE20, 0xFE2F), (0x1F3FB, 0x1F3FF),
    (0xE0000, 0xE01EF),
)  # fmt: skip


@lru_cache(maxsize=512)  # a text is folded to be matched and again to be sketched, in the same batch
def fold(text: str) -> str:
    """Return the match form: lower case, plain letters, single spaces, nothing invisible, entities resolved.

    Full-width, styled, accented and look-alike letters become the Latin letters that they are read as; marks that
    a script cannot do without (Devanagari, Thai, kana) stay.
    """
    if "&" in text:
        text = _ENTITY.sub(_resolve, text)
    if text.isascii():
        text = " ".join(text.lower().split())
        return text if text.isprintable() else " ".join(text.translate(_TABLE).split())
    text = _plain(text)
    if _FOREIGN.search(text) and _SCRIPT_CHANGE.search(text):
        text = _WORD.sub(_unmask, text)
    return " ".join(text.split())


def display(text: str) -> str:
    r"""Return the text with control, bidirectional and invisible characters as visible escapes (`\u202e`).

    Newlines and tabs stay, and so do the joiners that emoji and some scripts need.
    """
    if text.isascii() and text.isprintable():
        return text
    return _HIDDEN.sub(_escape, text.replace("\r\n", "\n"))


def fold_with_places(text: str) -> tuple[str, list[tuple[int, int]]]:
    """Return `fold(text)` and, for each of its characters, the span of the text that it stands for."""
    letters: list[str] = []
    places: list[tuple[int, int]] = []
    for match in _CLUSTER.finditer(text):
        cluster = _ENTITY.sub(_resolve, match[0])
        for letter in _plain(cluster):
            if not letter.isspace():
                letters.append(letter)
                places.append(match.span())
            elif letters and letters[-1] != " ":
                letters.append(" ")
                places.append(match.span())
    folded = _WORD.sub(_unmask, "".join(letters)).rstrip()
    return folded, places[: len(folded)]


def _plain(text: str) -> str:
    """Return the text letter by letter as it folds, whatever stands beside a letter."""
    for lunate in _LUNATE_SIGMAS:  # looks like c, but NFKC makes it a sigma, which does not
        if lunate in text:
            text = text.replace(lunate, "\u0441")
    return _compose(_compose(text).casefold().translate(_TABLE))


def _resolve(match: re.Match[str]) -> str:
    entity = match[0]
    if entity[1] != "#":
        return unescape(entity)
    digits = entity[2:].rstrip(";")
    number = int(digits[1:], 16) if digits[0] in "xX" else int(digits.lstrip("0") or "0")
    return unescape(f"&#{number};")


def _unmask(match: re.Match[str]) -> str:
    word = match[0]
    return word.translate(LOOK_ALIKES) if _SCRIPT_CHANGE.search(word) else word


def _compose(text: str) -> str:
    """Return the text in NFKC, in pieces: sorting thousands of marks piled on one letter takes quadratic time."""
    if len(text) <= _LONGEST_PIECE:
        return unicodedata.normalize("NFKC", text)
    pieces = (text[start : start + _LONGEST_PIECE] for start in range(0, len(text), _LONGEST_PIECE))
    return "".join(unicodedata.normalize("NFKC", piece) for piece in pieces)


class _Table(dict[int, str]):
    """What becomes of each character that is already NFKC and case-folded; filled as characters are met."""

    def __missing__(self, point: int) -> str:
        folded = _fold_character(point)
        if len(self) < _LARGEST_TABLE:
            self[point] = folded
        return folded


def _fold_character(point: int) -> str:
    character = chr(point)
    category = unicodedata.category(character)
    if character in _SPACES or category[0] == "Z":
        return " "
    if category in ("Cc", "Cf", "Cs") or character in _INVISIBLE_LETTERS or _may_go(point):
        return ""
    if point in FANCY_LETTERS:
        return FANCY_LETTERS[point]
    if category == "Nd":
        return str(unicodedata.digit(character))
    return _without_accents(character)


def _may_go(point: int) -> bool:
    return any(first <= point <= last for first, last in _MARKS_THAT_MAY_GO)


def _without_accents(character: str) -> str:
    parts = unicodedata.normalize("NFKD", character)
    if parts == character or not unicodedata.name(parts[0], "").startswith(("LATIN", "GREEK")):
        return character
    return "".join(FANCY_LETTERS.get(ord(part), part) for part in parts if unicodedata.category(part) != "Mn")


def _escape(match: re.Match[str]) -> str:
    if match.lastgroup == "needed":
        return match[0]
    return "".join(f"\\u{ord(character):04x}" for character in match[0])


_TABLE = _Table()
_HIDDEN = re.compile(
    "(?P<needed>[\u2190-\u2bff\ufe0f\U0001f000-\U0001faff]\u200d(?=[\u2190-\u2bff\U0001f000-\U0001faff])"
    "|[\u0600-\u0fff][\u200c\u200d](?=[\u0600-\u0fff]))"
    "|[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\ud800-\udfff\U000e0000-\U000e0fff]"
)

"""Hides secrets in what is shown of the configuration: lines of the file, and sentences of errors."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from crisiswatch.errors import Problem
from crisiswatch.settings.faults import suggestion
from crisiswatch.settings.sections import has_password
from crisiswatch.settings.shapes import Shapes, is_secret, secret_leaves
from crisiswatch.settings.substituting import REFERENCE
from crisiswatch.settings.tokens import without_tokens
from crisiswatch.settings.tree import Leaf, Node, Path, dotted, leaves

HIDDEN = "**********"
_SHORTEST = 4
_WORD = re.compile(r"\w{4,}")
_HARMLESS = frozenset({"false", "http", "https", "never", "null", "smtp", "smtps", "starttls", "true"})

_OUR_CODES = frozenset(
    {"missing-file", "missing-key", "missing-variable", "plain-secret", "reference", "secret-file", "unknown-key"}
)
"""Problems whose sentences never quote a secret."""


def masked_lines(lines: list[str], file: str, root: Node, known: Shapes) -> list[str]:
    """Return the lines of a file with every secret in them replaced by asterisks, at the same width."""
    masked = list(lines)
    for leaf in _hidden_leaves(root, known):
        if leaf.place.file == file and leaf.place.line:
            _mask(masked, leaf)
    return [without_tokens(line) for line in masked]


def masked_by_name(lines: list[str], secret_names: Iterable[str]) -> list[str]:
    """Return the lines of a file that is not YAML with whatever follows a secret's name replaced by asterisks."""
    names = "|".join(sorted(map(re.escape, secret_names)))
    pattern = re.compile(rf"""(?<![\w.])(?:{names})\b["']?\s*:?(?P<value>.*)$""")
    masked: list[str] = []
    depth: int | None = None
    for line in lines:
        indent = len(line) - len(line.lstrip())
        if depth is not None and (indent > depth or not line.strip()):
            masked.append(_stars(line))
            continue
        found = pattern.search(line)
        depth = indent if found else None
        masked.append(line[: found.start("value")] + _stars(found["value"]) if found else line)
    return [without_tokens(line) for line in masked]


def scrubbed(problems: Iterable[Problem], root: Node, known: Shapes) -> list[Problem]:
    """Return the problems with every secret, and whatever a reference stands for, hidden in their sentences."""
    secrets = list(secret_leaves(root, known))
    referred = [(path, leaf) for path, leaf in leaves(root) if leaf.written is not None]
    values = {str(leaf.value) for path, leaf in (*secrets, *referred) if _is_worth_hiding(path, leaf)}
    words = {dotted(path): _words(leaf) for path, leaf in secrets if leaf.is_resolved}
    longest_first = sorted(values, key=len, reverse=True)
    return [_without(told, longest_first, _near(told, words)) for told in problems]


def _words(leaf: Leaf) -> set[str]:
    return set(_WORD.findall(str(leaf.value))) - _HARMLESS


def _near(told: Problem, words: dict[str, set[str]]) -> set[str]:
    """Return the words of secrets at a place: a plug-in's sentence may quote a part of what it refuses."""
    if told.code in _OUR_CODES or not told.where:
        return set()
    return {word for path, found in words.items() if path.startswith(told.where) for word in found}


def _is_worth_hiding(path: Path, leaf: Leaf) -> bool:
    value = str(leaf.value)
    if leaf.value is None or len(value) < _SHORTEST or not leaf.is_resolved:
        return False
    return path != ("store", "url") or has_password(value)


def _without(told: Problem, values: list[str], words: set[str]) -> Problem:
    return replace(told, message=_cleaned(told.message, values, words), hint=_cleaned(told.hint, values, words))


def _cleaned(sentence: str, values: list[str], words: set[str]) -> str:
    for value in values:
        sentence = sentence.replace(value, HIDDEN)
    kept = (HIDDEN if any(word in chunk for word in words) else chunk for chunk in re.split(r"(\s+)", sentence))
    return without_tokens("".join(kept))


def _hidden_leaves(root: Node, known: Shapes) -> Iterator[Leaf]:
    for path, leaf in secret_leaves(root, known):
        if path != ("store", "url") or has_password(str(leaf.value)):
            yield leaf
    secret_names = {key for fields in known.values() for key, info in fields.items() if is_secret(info)}
    for path, leaf in leaves(root):
        if _is_misspelt(path, known, secret_names):
            yield leaf


def _is_misspelt(path: Path, known: Shapes, secret_names: set[str]) -> bool:
    """Say whether a key that nobody knows resembles one that is secret."""
    for depth, key in enumerate(path):
        fields = known.get(path[:depth])
        if fields is not None and str(key) not in fields:
            bare = str(key).removesuffix("_file")
            return bare == str(key) and suggestion(bare, secret_names).startswith("did")
    return False


def _mask(lines: list[str], leaf: Leaf) -> None:
    """Hide a scalar in its lines; references stay readable."""
    last = min(leaf.end.line, len(lines))
    for number in range(leaf.place.line, last + 1):
        line = lines[number - 1]
        start = leaf.place.column - 1 if number == leaf.place.line else 0
        end = leaf.end.column - 1 if number == leaf.end.line else len(line)
        lines[number - 1] = line[:start] + _stars(line[start:end]) + line[end:]


def _stars(text: str) -> str:
    """Return asterisks in place of everything but blanks, quotes at the ends and references without default."""
    parts, position = [], 0
    for found in REFERENCE.finditer(text):
        if found[0].endswith("}") and ":-" not in found[0]:
            parts += [_blanked(text[position : found.start()]), found[0]]
            position = found.end()
    return "".join((*parts, _blanked(text[position:])))


def _blanked(text: str) -> str:
    return re.sub(r"[^\s\"'{}\[\],]", "*", text)

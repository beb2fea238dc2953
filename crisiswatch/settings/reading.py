"""Reads one YAML 1.2 file into a tree; whatever is wrong with the file is a located problem."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError, YAMLStreamError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from crisiswatch.errors import ConfigError
from crisiswatch.settings.tree import Entry, Leaf, Map, Node, Place, Seq, problem, shortened, split_lines

SIZE_LIMIT = 2_000_000
"""Bytes of one file; the largest real ones (a thousand brands) have a quarter of this."""

ALIAS_LIMIT = 20_000
"""Values that may come from aliases: more is a file that unfolds to fill the memory."""

DEPTH_LIMIT = 32
_TAG = "tag:yaml.org,2002:"
_DIRECTIVE = re.compile(r"^%YAML\s+(?!1\.2\s*$)", re.MULTILINE)

# What ruamel raises on text that is not YAML, beside its own errors: bad escapes, numbers in directives, broken tags.
_PARSER_FAILURES = (YAMLError, YAMLStreamError, ValueError, AssertionError, LookupError, AttributeError, TypeError)


def read_text(path: FilePath) -> str:
    """Return the text of a configuration file. Raises ConfigError if there is none that could be YAML."""
    try:
        with path.open("rb") as file:
            raw = file.read(SIZE_LIMIT + 1)
    except FileNotFoundError:
        raise _refused("missing-file", "there is no such file", Place(str(path))) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "the name of the file is not usable"
        raise _refused("unreadable-file", f"cannot be read: {reason}", Place(str(path))) from None
    if len(raw) > SIZE_LIMIT:
        raise _refused("too-large", f"larger than {SIZE_LIMIT:,} bytes", Place(str(path)))
    return _decoded(raw, str(path))


def parse(source: str, file: str) -> Node | None:
    """Return the tree of a YAML text, None for a text without values. Raises ConfigError at the first syntax error."""
    directive = _DIRECTIVE.search(source)
    if directive:
        place = _place_at(source, directive.start(), file)
        raise _refused("yaml-version", "only YAML 1.2 is read", place, "remove the %YAML line")
    root = _compose(source, file)
    return None if root is None else _Converter(file).convert(root)


def _decoded(raw: bytes, file: str) -> str:
    for mark, name in ((b"\xff\xfe", "UTF-16"), (b"\xfe\xff", "UTF-16"), (b"\xef\xbb\xbf", "a byte order mark")):
        if raw.startswith(mark):
            message = f"the file begins with {name}" if "mark" in name else f"the file is {name}, not UTF-8"
            raise _refused("encoding", message, Place(file, 1, 1), "save it as UTF-8 without a byte order mark")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8")
        message = f"byte 0x{raw[error.start]:02x} is not UTF-8"
    place = _place_at(before, len(before), file)
    raise _refused("encoding", message, place, "save the file as UTF-8")


def _compose(source: str, file: str) -> Any:
    yaml = YAML(typ="safe", pure=True)
    yaml.max_depth = DEPTH_LIMIT
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # ruamel warns of anchors that are set twice, which YAML allows
            return yaml.compose(source)
    except _PARSER_FAILURES as error:
        failure = _failure(error, source, file)
    raise failure


def _failure(error: BaseException, source: str, file: str) -> ConfigError:
    if isinstance(error, ReaderError):
        place = _place_at(source, error.position, file)
        return _refused("yaml-syntax", f"character U+{ord(source[error.position]):04X} is not allowed in YAML", place)
    mark = (error.problem_mark or error.context_mark) if isinstance(error, MarkedYAMLError) else None
    if mark is None:
        return _refused("yaml-syntax", "this is not YAML", Place(file, 1, 1))
    message, hint = _sentence(str(getattr(error, "problem", "")), source, mark.index)
    return _refused("yaml-syntax", message, _shown(Place(file, mark.line + 1, mark.column + 1), source), hint)


def _sentence(said: str, source: str, index: int) -> tuple[str, str]:
    """Return the message and the hint for what ruamel says of a text that is not YAML."""
    if source[index : index + 1] == "\t":
        return "a tab cannot indent or separate", "use spaces"
    if "maximum depth" in said:
        return f"nested deeper than {DEPTH_LIMIT} levels", ""
    if "another document" in said:
        return "a second document begins here", "one file holds one document: remove the '---'"
    if "mapping values" in said:
        return "a value cannot begin here", "indent keys of one mapping alike, and quote text that contains ': '"
    if "end of stream" in said:
        return "the text ends inside quotes", "close the quotes"
    return shortened(said or "this is not YAML"), ""


def _shown(place: Place, source: str) -> Place:
    """Return the place, moved from behind the last line to the end of the last line that has text."""
    lines = split_lines(source)
    line = min(place.line, len(lines))
    if line == place.line and lines[line - 1].strip():
        return place
    while line > 1 and not lines[line - 1].strip():
        line -= 1
    return Place(place.file, line, len(lines[line - 1].rstrip()) + 1)


def _place_at(source: str, index: int, file: str) -> Place:
    lines = split_lines(source[:index])
    return Place(file, len(lines), len(lines[-1]) + 1)


def _refused(code: str, message: str, place: Place, hint: str = "") -> ConfigError:
    return ConfigError((problem(code, message, place, hint=hint),))


@dataclass(slots=True)
class _Converter:
    """Turns ruamel's nodes into ours: scalars get values, aliases are unfolded within a limit."""

    file: str
    seen: set[int] = field(default_factory=set)
    ancestors: list[Any] = field(default_factory=list)
    aliased: int = 0

    def convert(self, node: Any) -> Node:
        if isinstance(node, ScalarNode):
            return self._leaf(node)
        self._enter(node)
        self.ancestors.append(node)
        if isinstance(node, SequenceNode) and node.tag == f"{_TAG}seq":
            converted: Node = Seq(tuple(self.convert(item) for item in node.value), self._place(node.start_mark))
        elif isinstance(node, MappingNode) and node.tag == f"{_TAG}map":
            converted = self._map(node)
        else:
            raise self._unknown_tag(node)
        self.ancestors.pop()
        return converted

    def _enter(self, node: Any) -> None:
        place = self._place(node.start_mark)
        if any(node is ancestor for ancestor in self.ancestors):
            raise _refused("alias", "an alias inside the value that it stands for", place)
        if id(node) in self.seen:
            self.aliased += 1 + len(node.value)
        if self.aliased > ALIAS_LIMIT:
            raise _refused("alias", f"aliases unfold to more than {ALIAS_LIMIT:,} values", place)
        self.seen.add(id(node))

    def _map(self, node: Any) -> Map:
        entries: dict[str, Entry] = {}
        merged: dict[str, Entry] = {}
        for key, value in node.value:
            place = self._place(key.start_mark)
            if not isinstance(key, ScalarNode):
                raise _refused("key", "a key must be text", place)
            if key.tag == f"{_TAG}merge":
                merged = {**self._merged(value), **merged}
                continue
            if key.value in entries:
                first = entries[key.value].key
                raise _refused(
                    "duplicate-key", f"key '{shortened(key.value)}' is already set in line {first.line}", place
                )
            entries[key.value] = Entry(place, self.convert(value))
        return Map({**merged, **entries}, self._place(node.start_mark))

    def _merged(self, value: Any) -> dict[str, Entry]:
        """Return what `<<: *anchor` brings; of several, the first one to set a key wins."""
        entries: dict[str, Entry] = {}
        for source in value.value if isinstance(value, SequenceNode) else (value,):
            base = self.convert(source)
            if not isinstance(base, Map):
                raise _refused("merge", "'<<' takes a mapping or a list of mappings", self._place(source.start_mark))
            entries = {**base.entries, **entries}
        return entries

    def _leaf(self, node: Any) -> Leaf:
        start, end = self._place(node.start_mark), self._place(node.end_mark)
        try:
            return Leaf(_scalar(node.tag.removeprefix(_TAG), node.value), start, end)
        except KeyError:
            unknown = self._unknown_tag(node)
        except ValueError:
            unknown = _refused("number", f"'{shortened(node.value)}' is not a number that can be read", start)
        raise unknown

    def _unknown_tag(self, node: Any) -> ConfigError:
        message = f"tag '{shortened(str(node.tag)).replace(_TAG, '!!')}' is not supported"
        return _refused("yaml-tag", message, self._place(node.start_mark), "remove the tag")

    def _place(self, mark: Any) -> Place:
        return Place(self.file, mark.line + 1, mark.column + 1)


def _scalar(tag: str, value: str) -> str | int | float | bool | None:
    """Return the value of a scalar; times stay text. Raises KeyError for a tag that is not known."""
    if tag == "null":
        return None
    if tag == "bool":
        return {"true": True, "false": False}[value.lower()]
    if tag == "int":
        digits = value.replace("_", "")
        return int(digits, 0) if re.match(r"[+-]?0[xob]", digits) else int(digits)
    if tag == "float":
        return float(re.sub(r"(?i)^([+-]?)\.(inf|nan)$", r"\1\2", value.replace("_", "")))
    if tag in ("str", "timestamp", "value"):
        return value
    raise KeyError(tag)

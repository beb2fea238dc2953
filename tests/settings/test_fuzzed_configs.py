"""Whatever bytes a configuration holds, reading it ends in settings or in a ConfigError, never in anything else."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from fake_catalogues import CATALOGUES, ENVIRON
from hypothesis import given, settings
from hypothesis import strategies as st

from crisiswatch.errors import ConfigError
from crisiswatch.settings import check, config_hash, load, read_texts, render, show

EXAMPLE = (Path(__file__).parents[2] / "config" / "crisiswatch.example.yml").read_bytes()
LINES = EXAMPLE.splitlines(keepends=True)
PIECES = [
    b"\t",
    b"'",
    b'"',
    b"{",
    b"}",
    b"[",
    b"]",
    b": ",
    b"- ",
    b"&a ",
    b"*a",
    b"<<: ",
    b"|\n",
    b"!!int ",
    b"#",
    b"\x00",
]
PIECES += [
    b"\xff",
    b"\xe2\x80\xae",
    b"\n",
    b"\r",
    b"${",
    b"${A",
    b"${file:/}",
    b"null",
    b"~",
    b"1e999",
    b"\\U00110000",
    b"? ",
]


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """The example with pieces put in, cut out, or put in place of others."""
    text = bytearray(EXAMPLE)
    for _ in range(draw(st.integers(1, 6))):
        position = draw(st.integers(0, len(text)))
        length = draw(st.integers(0, 12))
        text[position : position + length] = draw(st.one_of(st.sampled_from(PIECES), st.binary(max_size=4)))
    return bytes(text)


@settings(max_examples=120, deadline=None)
@given(mutated())
def test_mutated_bytes_raise_nothing_but_config_errors(raw: bytes) -> None:
    assert_is_read_or_refused(raw)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(LINES), max_size=30).map(b"".join))
def test_shuffled_lines_raise_nothing_but_config_errors(raw: bytes) -> None:
    assert_is_read_or_refused(raw)


@settings(max_examples=100, deadline=None)
@given(st.one_of(st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")), st.binary(max_size=200)))
def test_arbitrary_bytes_raise_nothing_but_config_errors(raw: bytes) -> None:
    assert_is_read_or_refused(raw)


TREES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["${A}", "5m", "*"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "type", "match", "sources", "routes", "receivers", "x"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)
SECTIONS = [
    "version",
    "brands",
    "sources",
    "receivers",
    "routes",
    "mutes",
    "escalations",
    "server",
    "store",
    "defaults",
]


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from(SECTIONS), TREES, max_size=6))
def test_arbitrary_values_raise_nothing_but_config_errors(tree: dict[str, object]) -> None:
    assert_is_read_or_refused(json.dumps(tree).encode())


def assert_is_read_or_refused(raw: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "crisiswatch.yml"
        path.write_bytes(raw)
        problems = check(path, ENVIRON, CATALOGUES)
        report = render(problems, read_texts(path, CATALOGUES))
        has_errors = any(not told.is_warning for told in problems)
        try:
            loaded = load(path, ENVIRON, CATALOGUES)
        except ConfigError as error:
            assert has_errors
            assert error.problems == problems
            assert report.count("\n") >= len(problems)
        else:
            assert not has_errors
            assert show(loaded)
            assert len(config_hash(loaded)) == 16

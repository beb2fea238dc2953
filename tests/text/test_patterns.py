"""Regular expressions of operators: what they see, what is refused, and that none of them can stall the daemon."""

import itertools

import pytest

from crisiswatch.text.matching import Index, QueryError, check_query, is_match, parse, spans
from crisiswatch.text.patterns import MOST_PATTERNS

EVIL = [
    "(a+)+$",
    "(a|a)+$",
    "(a|aa)+$",
    "(a*)*b",
    "(a*)*$",
    "([a-z]+)*$",
    "(.*a){20}",
    "(.*)*x",
    "(x+x+)+y",
    "^(([a-z])+.)+[A-Z]([a-z])+$",
    r"(\w+\s?)*$",
    r"(\d+)*$",
    r"^(\w+)+$",
    "(a?){30}a{30}",
    "(a{1,10}){1,10}$",
    "((a+)+)+$",
    "(?:a|b|ab)*c",
    "(.+)+b",
    r"\s+$",
    r"(\S+)*@",
    r"([\w.]+)+@",
    "(a+){10}y",
    "(a|b)*?c",
    "((ab)*)*d",
    r"(\W*\w+)*!",
    "a.*b.*c.*d.*e",
    "(aa|a)*b",
    "(a+a+)+b",
    "([^b]+)*b",
    "(.{0,100}){10}z",
]
TEXTS = ["a" * 20_000, "ab" * 10_000, "a b " * 5_000, "a" * 19_999 + "!"]


def test_there_are_thirty_evil_patterns():
    assert len(set(EVIL)) == 30


@pytest.mark.timeout(30)
@pytest.mark.parametrize("pattern", EVIL)
def test_an_evil_pattern_is_refused_or_answers(pattern):
    query = f"/{pattern}/"
    if check_query(query) is None:
        assert len(Index({"k": [query]}).match(TEXTS)) == len(TEXTS)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        (r"/ac[mn]e-?\d+/", "my ACME-200 broke"), (r"/explos/", "EXPLOSIÓN"), ("/explosión/", "explosion"),
        (r"/\bfire\b/", "on fire!"), ("/a b/", "a\n b"), (r"/and\/or/", "and/or"), ("/acme/", "ａｃｍｅ"),
        ("/(fire|smoke) (from|in)/", "smoke from it"), ("acme /v\\d/", "acme v2"), ("NOT /x\\d/ acme", "acme"),
    ],
)  # fmt: skip
def test_a_pattern_sees_the_text_without_case_accents_and_disguises(query, text):
    assert is_match(parse(query), text)
    assert Index({"k": [query]}).match([text]) == [frozenset({"k"})]


@pytest.mark.parametrize(
    ("query", "text"), [(r"/\bfire\b/", "firewall"), (r"acme /v\d/", "acme v"), ("/^acme$/", "my acme")]
)
def test_a_pattern_matches_no_more_than_it_says(query, text):
    assert not is_match(parse(query), text)


def test_a_pattern_says_where_it_stands():
    assert spans(r"/b[a-z]ter[ií]a \d+/", "la Batería 42 ardió") == [(3, 13)]


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("/(?=a)b/", "look-around"),
        ("/(?<!a)b/", "look-around"),
        (r"/(a)\1/", "cannot be read"),
        ("/(a/", "cannot be read"),
        ("/a*/", "empty text"),
        ("//", "empty text"),
        ("/a", "between two slashes"),
        ("/r/news", "between two slashes"),
        ("/" + "a" * 513 + "/", "at most 512"),
        ("/((a{1000}){1000}){9}/", "cannot be read"),
    ],
)
def test_what_cannot_be_run_is_refused_with_the_reason_and_the_place(query, told):
    error = check_query(query) or ""

    assert told in error
    assert "at character 1)" in error


def test_a_pattern_stands_in_no_distance():
    assert "beside NEAR" in (check_query("/a/ NEAR/3 b") or "")


def test_there_is_a_limit_to_how_many_patterns_are_asked():
    many = {str(n): [f"/x{n}/"] for n in range(MOST_PATTERNS)}

    assert Index(many).match(["x7"]) == [frozenset({"7"})]
    with pytest.raises(QueryError, match="at most 200"):
        Index({**many, "one more": ["acme /y/"]})


BRANDS = ("acme", "globex", "volt", "pico", "oasis")
DISGUISES = {
    "cyrillic": lambda name: name.translate(str.maketrans("aceopxi", "асеорхі")),
    "one cyrillic letter": lambda name: name[:1] + name[1:].translate(str.maketrans("aceopxi", "асеорхі")),
    "greek": lambda name: name.translate(str.maketrans("oai", "οαι")),
    "full width": lambda name: "".join(chr(0xFEE0 + ord(letter)) for letter in name),
    "bold": lambda name: "".join(chr(0x1D41A + ord(letter) - ord("a")) for letter in name),
    "italic script": lambda name: "".join(chr(0x1D4EA + ord(letter) - ord("a")) for letter in name),
    "circled": lambda name: "".join(chr(0x24D0 + ord(letter) - ord("a")) for letter in name),
    "fraktur": lambda name: "".join(chr(0x1D586 + ord(letter) - ord("a")) for letter in name),
    "double struck": lambda name: "".join(chr(0x1D552 + ord(letter) - ord("a")) for letter in name),
    "monospace": lambda name: "".join(chr(0x1D68A + ord(letter) - ord("a")) for letter in name),
    "zero width space": "\u200b".join,
    "zero width joiner": "\u200d".join,
    "soft hyphen": "\u00ad".join,
    "word joiner": "\u2060".join,
    "byte order mark": "\ufeff".join,
    "bidirectional marks": lambda name: "\u202e" + name[:2] + "\u202c" + name[2:],
    "variation selectors": "\ufe0f".join,
    "tags": lambda name: name[0] + "\U000e0041" + name[1:],
    "accents": lambda name: "".join(letter + "\u0301" for letter in name),
    "stacked marks": lambda name: name[0] + "\u0301\u0327\u0330" + name[1:],
    "entities": lambda name: "".join(f"&#{ord(letter)};" for letter in name),
}


@pytest.mark.parametrize(("brand", "disguise"), list(itertools.product(BRANDS, DISGUISES)))
def test_a_disguised_brand_is_found_by_word_and_by_pattern(brand, disguise):
    text = f"beware of {DISGUISES[disguise](brand)} today"
    is_wholly_foreign = (brand, disguise) == ("pico", "cyrillic")  # a word may be meant, a pattern cannot know

    found = Index({"word": [brand], "pattern": [f"/\\b{brand}\\b/"]}).match([text])

    assert found == [frozenset({"word"} if is_wholly_foreign else {"word", "pattern"})]


def test_more_than_a_hundred_disguises_are_tried():
    assert len(BRANDS) * len(DISGUISES) > 100

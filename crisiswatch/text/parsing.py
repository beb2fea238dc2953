r"""The query language: what a person writes, read into the parts of a query.

    acme                    the word, whatever its case, accents or disguise; matches @acme, #acme and acme.com too
    acme recall             both words (the same as acme AND recall)
    acme OR globex          either; AND binds tighter, parentheses group
    acme NOT county         the first without the second
    "acme corp"             the words in this order, with nothing but punctuation between
    recall NEAR/5 battery   at most five words apart, in either order
    @acme  #acme            only the handle, only the tag
    acme.com/help           the address and what lies below it, any subdomain
    explo*                  words that begin so
    /ac[mn]e-?\d+/          a regular expression (RE2), asked of the text without case and accents
    *                       every text

Hyphens stand for spaces too. Operators are in capital letters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from crisiswatch.text.patterns import Pattern, compile_pattern
from crisiswatch.text.queries import And, Everything, Near, Not, Or, Query, QueryError
from crisiswatch.text.terms import Term, TermKind, compile_term

LONGEST_QUERY = 4_096
MOST_TERMS = 200
DEEPEST = 32
FARTHEST = 100

_TOKEN = re.compile(r'\s*(?:([()])|(/(?:[^/\\]|\\.)*/?)(?=[\s)]|\Z)|["“”„«»]([^"“”„«»]*)(["“”„«»]?)|([^\s()"“”„«»]+))')
_NEAR = re.compile(r"NEAR/([0-9]{1,6})\Z")
_ADDRESS = re.compile(r"(?:https?://|www\.)\S|[^\W_][\w-]*\.[^\W_]|[^\W_][\w-]*/\w")
_OPERATORS = frozenset({"AND", "OR", "NOT"})
_EDGE = ",;:!?.…"


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    position: int


def parse(query: str) -> Query:
    """Return the compiled query. Raises QueryError, which says what is wrong and where."""
    if len(query) > LONGEST_QUERY:
        raise QueryError(f"a query has at most {LONGEST_QUERY:,} characters, this one {len(query):,}", LONGEST_QUERY)
    parser = _Parser(_tokens(query), len(query))
    parsed = parser.read_all()
    if not _asks_for_something(parsed):
        raise QueryError("this matches nearly every text; write * NOT … if that is meant", 0)
    return parsed


def check_query(query: str) -> str | None:
    """Return what is wrong with a query and where, None if nothing is."""
    try:
        parse(query)
    except QueryError as error:
        return str(error)
    return None


def _tokens(query: str) -> list[_Token]:
    found = []
    position = 0
    while match := _TOKEN.match(query, position):
        bracket, pattern, quoted, closing, bare = match.groups()
        start = match.end() - len(match[0].lstrip())
        if quoted is not None and not closing:
            raise QueryError("this quotation mark is never closed", start)
        if pattern is not None or (bare or "").startswith("/"):
            found.append(_Token("pattern", _between_slashes(pattern, start), start))
        elif bracket or quoted is not None:
            found.append(_Token(bracket or "phrase", quoted or "", start))
        else:
            found.append(_Token(bare if bare in _OPERATORS else _bare_kind(bare, start), bare, start))
        position = match.end()
    return found


def _between_slashes(pattern: str | None, position: int) -> str:
    if pattern is None or len(pattern) < 2 or not pattern.endswith("/"):
        raise QueryError("a regular expression stands between two slashes, with \\/ for a slash inside", position)
    return pattern[1:-1].replace("\\/", "/")


def _bare_kind(word: str, position: int) -> str:
    if word.startswith("NEAR") and (word == "NEAR" or word[4:5] == "/"):
        match = _NEAR.match(word)
        if match is None or not 1 <= int(match[1]) <= FARTHEST:
            raise QueryError(f"write NEAR/n with n from 1 to {FARTHEST}, not {word[:20]!r}", position)
        return "NEAR"
    if word.upper() in _OPERATORS:
        raise QueryError(f"write {word.upper()} in capital letters, or put the word in quotation marks", position)
    if word.startswith("-") and len(word) > 1:
        raise QueryError("write NOT before a word, not a minus sign", position)
    return "word"


def _asks_for_something(query: Query) -> bool:
    match query:
        case Not():
            return False
        case And(parts):
            return any(_asks_for_something(part) for part in parts)
        case Or(parts):
            return all(_asks_for_something(part) for part in parts)
    return True


class _Parser:
    """Reads tokens from left to right; every method returns what it read."""

    def __init__(self, tokens: list[_Token], end: int) -> None:
        self._tokens = tokens
        self._next = 0
        self._end = _Token("end", "", end)
        self._depth = 0
        self._terms = 0

    def read_all(self) -> Query:
        """Return the whole query."""
        if not self._tokens:
            raise QueryError("the query is empty", 0)
        query = self._read_or()
        if self._peek.kind != "end":
            raise QueryError("this parenthesis was never opened", self._peek.position)
        return query

    @property
    def _peek(self) -> _Token:
        return self._tokens[self._next] if self._next < len(self._tokens) else self._end

    def _take(self) -> _Token:
        token = self._peek
        self._next += 1
        return token

    def _read_or(self) -> Query:
        parts = [self._read_and()]
        while self._peek.kind == "OR":
            self._take()
            parts.append(self._read_and())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _read_and(self) -> Query:
        parts = [self._read_not()]
        while self._peek.kind not in ("OR", ")", "end"):
            if self._peek.kind == "AND":
                self._take()
            parts.append(self._read_not())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _read_not(self) -> Query:
        negations = 0
        while self._peek.kind == "NOT":
            self._take()
            negations += 1
        query = self._read_near()
        return Not(query) if negations % 2 else query

    def _read_near(self) -> Query:
        start = self._peek.position
        query = self._read_one()
        groups, distances = [query], []
        while self._peek.kind == "NEAR":
            distances.append(int(self._take().text[5:]))
            groups.append(self._read_one())
        if not distances:
            return query
        return Near(tuple(_choices(group, start) for group in groups), tuple(distances))

    def _read_one(self) -> Query:
        token = self._take()
        if token.kind == "(":
            return self._read_group(token)
        if token.kind not in ("word", "phrase", "pattern"):
            what = "the end" if token.kind == "end" else repr(token.text or token.kind)
            raise QueryError(f"a word, phrase or parenthesis must stand here, not {what}", token.position)
        self._terms += 1
        if self._terms > MOST_TERMS:
            raise QueryError(f"a query has at most {MOST_TERMS} terms", token.position)
        return _read_term(token)

    def _read_group(self, opening: _Token) -> Query:
        self._depth += 1
        if self._depth > DEEPEST:
            raise QueryError(f"parentheses nest at most {DEEPEST} deep", opening.position)
        query = self._read_or()
        if self._take().kind != ")":
            raise QueryError("this parenthesis is never closed", opening.position)
        self._depth -= 1
        return query


def _read_term(token: _Token) -> Term | Pattern | Everything:
    if token.kind == "pattern":
        try:
            return compile_pattern(token.text)
        except ValueError as error:
            raise QueryError(str(error), token.position) from error
    if token.kind == "word" and token.text == "*":
        return Everything()
    text = token.text if token.kind == "phrase" else token.text.strip(_EDGE)
    if any(before == "*" and not after.isspace() for before, after in pairwise(text)):
        raise QueryError("a * stands at the end of a word", token.position)
    term = compile_term(text, TermKind.PHRASE if token.kind == "phrase" else _kind_of(text))
    if term is None:
        raise QueryError(f"there is nothing to look for in {token.text[:20]!r}", token.position)
    return term


def _kind_of(word: str) -> TermKind:
    if word[:1] in ("@", "＠") and len(word) > 1:
        return TermKind.HANDLE
    if word[:1] in ("#", "＃") and len(word) > 1:
        return TermKind.TAG
    return TermKind.ADDRESS if _ADDRESS.match(word) else TermKind.WORD


def _choices(group: Query, position: int) -> tuple[Term, ...]:
    """Return the terms of one side of NEAR."""
    if isinstance(group, Term):
        return (group,)
    if isinstance(group, Or) and all(isinstance(part, (Term, Or)) for part in group.parts):
        return tuple(term for part in group.parts for term in _choices(part, position))
    raise QueryError("beside NEAR stand words, phrases, or a choice of them: (a OR b) NEAR/5 c", position)

"""Grammars: rules that write sentences, one choice at a time."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random

_SLOT = re.compile(r"\{([^{}]+)\}")
_NUMBERS = re.compile(r"(\d+)-(\d+)")
_SENTENCE = re.compile(r"(?:^|(?<=[.!?…] ))[a-zà-ÿ]")

Form = str | tuple["Part", ...]
Part = str | range | list[Form]


@dataclass(frozen=True, slots=True)
class Grammar:
    """Compiled rules. A rule's forms stand between bars; `{name}` calls a rule, `{2-9}` writes a number."""

    rules: Mapping[str, list[Form]]

    def write(self, random: Random, rule: str) -> str:
        """Return one text of the rule, its sentences with capitals. Raises KeyError for an unknown rule."""
        written: list[str] = []
        _write(random.random, self.rules[rule], written)
        return _SENTENCE.sub(lambda match: match[0].upper(), "".join(written))


def compile_rules(rules: Mapping[str, str]) -> Grammar:
    """Return the grammar of these rules. Raises KeyError if one calls a rule that is not there."""
    compiled: dict[str, list[Form]] = {name: [] for name in rules}
    for name, text in rules.items():
        compiled[name] += [_form(form, compiled) for form in text.split("|")]
    return Grammar(compiled)


def _form(text: str, rules: Mapping[str, list[Form]]) -> Form:
    pieces = _SLOT.split(" ".join(text.split()))
    if len(pieces) == 1:
        return pieces[0]
    return tuple(_slot(piece, rules) if i % 2 else piece for i, piece in enumerate(pieces) if piece)


def _slot(name: str, rules: Mapping[str, list[Form]]) -> Part:
    numbers = _NUMBERS.fullmatch(name)
    return range(int(numbers[1]), int(numbers[2]) + 1) if numbers else rules[name]


def _write(draw: Callable[[], float], forms: list[Form], written: list[str]) -> None:
    form = forms[int(draw() * len(forms))]
    if isinstance(form, str):
        written.append(form)
        return
    for part in form:
        if isinstance(part, str):
            written.append(part)
        elif isinstance(part, list):
            _write(draw, part, written)
        else:
            written.append(str(part[int(draw() * len(part))]))

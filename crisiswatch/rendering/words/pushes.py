"""The line that a locked phone shows, in every language: which brand, how bad, since when, about what, what to do."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushes:
    """How the line is put together, in one language."""

    line: str
    line_again: str
    line_short: str
    share: str
    reopened: str
    repeated: str
    escalated: str
    ack_ending: str
    easing: str
    about: str
    todo: str
    decide: str


ENGLISH = Pushes(
    line="{severity}: {brand} {how} since {time}",
    line_again="{severity}, {again}: {brand} since {time}",
    line_short="{severity}: {brand} since {time}",
    share="{share} negative",
    reopened="again",
    repeated="still open",
    escalated="no answer",
    ack_ending="ack runs out",
    easing="easing",
    about=", {topic}",
    todo=". Do: {todo}",
    decide="confirm the facts",
)

SPANISH = Pushes(
    line="{severity}: {brand} {how} desde {time}",
    line_again="{severity}, {again}: {brand} desde {time}",
    line_short="{severity}: {brand} desde {time}",
    share="{share} negativo",
    reopened="otra vez",
    repeated="sigue abierto",
    escalated="sin respuesta",
    ack_ending="la confirmación caduca",
    easing="remite",
    about=", {topic}",
    todo=". Guía: {todo}",
    decide="confirmar los hechos",
)

FRENCH = Pushes(
    line="{severity}\u00a0: {brand} {how} depuis {time}",
    line_again="{severity}, {again}\u00a0: {brand} depuis {time}",
    line_short="{severity}\u00a0: {brand} depuis {time}",
    share="{share} négatif",
    reopened="de nouveau",
    repeated="toujours ouvert",
    escalated="sans réponse",
    ack_ending="prise en charge expire",
    easing="recul",
    about=", {topic}",
    todo=". Agir\u00a0: {todo}",
    decide="confirmer les faits",
)

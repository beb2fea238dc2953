"""The words of the form that asks for a silence, in every language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Forms:
    """What the form says; its title and its buttons have 24 characters, plurals go by CLDR category."""

    title: str
    send: str
    cancel: str
    hours_label: str
    hours: Mapping[str, str]
    reason: str
    hint: str
    lacking: str
    failed: str
    scope: str
    holds: Mapping[str, str]
    holds_none: str
    passes: str


ENGLISH = Forms(
    title="Silence for a while",
    send="Silence",
    cancel="Cancel",
    hours_label="For how long",
    hours={"one": "{count} hour", "other": "{count} hours"},
    reason="Why",
    hint="Others see it with your name.",
    lacking="A silence needs a reason: others must know why nobody is told.",
    failed="It could not be kept, so nothing is silenced. Please try again.",
    scope="Everything of {brand} that is like {incident}.",
    holds={
        "one": "Holds back {count} open incident now: {names}.",
        "other": "Holds back {count} open incidents now: {names}.",
    },
    holds_none="Holds back no open incident now.",
    passes="What becomes worse than {severity} is told all the same, and so is the end of what you were told of.",
)

SPANISH = Forms(
    title="Silenciar un tiempo",
    send="Silenciar",
    cancel="Cancelar",
    hours_label="Durante cuánto tiempo",
    hours={"one": "{count} hora", "other": "{count} horas"},
    reason="Por qué",
    hint="Los demás lo ven con tu nombre.",
    lacking="Un silencio necesita un motivo: los demás deben saber por qué no se avisa a nadie.",
    failed="No se pudo guardar, así que no se silencia nada. Inténtalo de nuevo.",
    scope="Todo lo de {brand} que sea como {incident}.",
    holds={
        "one": "Retiene ahora {count} incidente abierto: {names}.",
        "other": "Retiene ahora {count} incidentes abiertos: {names}.",
    },
    holds_none="Ahora no retiene ningún incidente abierto.",
    passes="Lo que pase de {severity} se avisa igualmente, y también el final de lo que ya se avisó.",
)

FRENCH = Forms(
    title="Silence pour un moment",
    send="Mettre en silence",
    cancel="Annuler",
    hours_label="Pour combien de temps",
    hours={"one": "{count} heure", "other": "{count} heures"},
    reason="Pourquoi",
    hint="Les autres le voient avec votre nom.",
    lacking="Un silence a besoin d'un motif\u00a0: les autres doivent savoir pourquoi personne n'est averti.",
    failed="Cela n'a pas pu être enregistré\u00a0: rien n'est mis en silence. Veuillez réessayer.",
    scope="Tout ce qui, chez {brand}, ressemble à {incident}.",
    holds={
        "one": "Retient pour l'instant {count} incident ouvert\u00a0: {names}.",
        "other": "Retient pour l'instant {count} incidents ouverts\u00a0: {names}.",
    },
    holds_none="Ne retient aucun incident ouvert pour l'instant.",
    passes="Ce qui dépasse {severity} est annoncé quand même, comme la fin de ce qui a été annoncé.",
)

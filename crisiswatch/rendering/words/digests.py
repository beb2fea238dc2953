"""Messages that stand for many incidents, in every language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Digests:
    """Words of messages that stand for many incidents."""

    storm: Mapping[str, str]
    storm_state: str
    handover: Mapping[str, str]
    handover_none: str
    handover_state: str
    until: str
    line: str
    more: Mapping[str, str]
    subject: str


ENGLISH = Digests(
    storm={
        "one": "{count} incident in a storm of messages",
        "other": "{count} incidents in a storm of messages",
    },
    storm_state="Too much happened at once: this message stands for all of them",
    handover={
        "one": "You are on call: {count} incident is open",
        "other": "You are on call: {count} incidents are open",
    },
    handover_none="You are on call: nothing is open",
    handover_state="On call since {time}",
    until="Until {time}.",
    line="{severity}; {state}",
    more={"one": "and {count} more", "other": "and {count} more"},
    subject="crisiswatch: several incidents",
)


SPANISH = Digests(
    storm={
        "one": "{count} incidente en una avalancha de mensajes",
        "other": "{count} incidentes en una avalancha de mensajes",
    },
    storm_state="Pasaron demasiadas cosas a la vez: este mensaje las reúne todas",
    handover={
        "one": "Está de guardia: hay {count} incidente abierto",
        "other": "Está de guardia: hay {count} incidentes abiertos",
    },
    handover_none="Está de guardia: no hay nada abierto",
    handover_state="De guardia desde {time}",
    until="Hasta {time}.",
    line="{severity}; {state}",
    more={"one": "y {count} más", "other": "y {count} más"},
    subject="crisiswatch: varios incidentes",
)


FRENCH = Digests(
    storm={
        "one": "{count} incident dans une avalanche de messages",
        "other": "{count} incidents dans une avalanche de messages",
    },
    storm_state="Trop de choses à la fois : ce message les réunit toutes",
    handover={
        "one": "Vous êtes d’astreinte : {count} incident ouvert",
        "other": "Vous êtes d’astreinte : {count} incidents ouverts",
    },
    handover_none="Vous êtes d’astreinte : rien n’est ouvert",
    handover_state="D’astreinte depuis {time}",
    until="Jusqu’à {time}.",
    line="{severity} ; {state}",
    more={"one": "et {count} de plus", "other": "et {count} de plus"},
    subject="crisiswatch : plusieurs incidents",
)

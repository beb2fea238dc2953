"""The words of a day's or a week's digest, in every language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Briefs:
    """What the digest of a day or a week says, in one language; plurals by CLDR category."""

    day: str
    days: Mapping[str, str]
    span: str
    alive: str
    unseen_since: str
    never_seen: str
    quiet: str
    quiet_partly: str
    wrong: Mapping[str, str]
    mentions: Mapping[str, str]
    negative: str
    negative_between: str
    critical: str
    warning: str
    watched: str
    good_news: str
    open_title: str
    open: str
    taken: str
    untaken: str
    blind_title: str
    all_seen: str
    unseen: str
    dead: Mapping[str, str]
    judge_title: str
    no_terms: str
    peak: str
    sector: str
    said_title: str
    no_department: str
    about: str
    praise: Mapping[str, str]
    criticism: Mapping[str, str]
    question: Mapping[str, str]
    request: Mapping[str, str]
    beside: str
    competitor: str
    voice: str


ENGLISH = Briefs(
    day="Daily brief",
    days={"one": "{count} day", "other": "{count} days"},
    span="{start} to {end}",
    alive="crisiswatch is watching; the newest data is of {time}.",
    unseen_since="NOTHING WAS SEEN since {time}: is crisiswatch running?",
    never_seen="NOTHING WAS SEEN in all that time: is crisiswatch running?",
    quiet="Nothing was wrong, and every source was seen.",
    quiet_partly="Nothing was wrong, in what could be seen.",
    wrong={"one": "{count} incident, {open} still open.", "other": "{count} incidents, {open} still open."},
    mentions={"one": "{count} mention", "other": "{count} mentions"},
    negative=", {share} negative",
    negative_between=", {share} negative (between {lower} and {upper})",
    critical="critical",
    warning="warning",
    watched="watched",
    good_news="good news",
    open_title="Still open",
    open="{incident}  {brand}, since {time}: {who}",
    taken="{who} is on it",
    untaken="nobody has acknowledged it",
    blind_title="Not seen",
    all_seen="nothing: every source was seen all the time",
    unseen="{source}: not seen for {span} ({share})",
    dead={
        "one": "{count} message reached nobody ({receivers}): crisiswatch outbox list",
        "other": "{count} messages reached nobody ({receivers}): crisiswatch outbox list",
    },
    judge_title="To be judged",
    no_terms="no terms",
    peak="peak {ratio}× normal",
    sector="sector event with {others}",
    said_title="What people say of {brand}",
    no_department="nobody named",
    about="{told} ({terms})",
    praise={"one": "{count} praises", "other": "{count} praise"},
    criticism={"one": "{count} criticises", "other": "{count} criticise"},
    question={"one": "{count} asks", "other": "{count} ask"},
    request={"one": "{count} wants something done", "other": "{count} want something done"},
    beside="beside: {brands}",
    competitor="{brand} {mentions}{share}",
    voice="{department}: {told}",
)
SPANISH = Briefs(
    day="Resumen del día",
    days={"one": "{count} día", "other": "{count} días"},
    span="de {start} a {end}",
    alive="crisiswatch está vigilando; los datos más nuevos son de {time}.",
    unseen_since="NO SE VIO NADA desde {time}: ¿está en marcha crisiswatch?",
    never_seen="NO SE VIO NADA en todo ese tiempo: ¿está en marcha crisiswatch?",
    quiet="Nada iba mal, y se vieron todas las fuentes.",
    quiet_partly="Nada iba mal en lo que se pudo ver.",
    wrong={
        "one": "{count} incidente; siguen abiertos: {open}.",
        "other": "{count} incidentes; siguen abiertos: {open}.",
    },
    mentions={"one": "{count} mención", "other": "{count} menciones"},
    negative=", {share} negativas",
    negative_between=", {share} negativas (entre {lower} y {upper})",
    critical="crítico",
    warning="aviso",
    watched="vigilado",
    good_news="buena noticia",
    open_title="Sigue abierto",
    open="{incident}  {brand}, desde {time}: {who}",
    taken="{who} se encarga",
    untaken="nadie se ha hecho cargo",
    blind_title="Sin ver",
    all_seen="nada: todas las fuentes se vieron todo el tiempo",
    unseen="{source}: sin ver durante {span} ({share})",
    dead={
        "one": "{count} mensaje no llegó a nadie ({receivers}): crisiswatch outbox list",
        "other": "{count} mensajes no llegaron a nadie ({receivers}): crisiswatch outbox list",
    },
    judge_title="Por juzgar",
    no_terms="sin términos",
    peak="pico de {ratio} veces lo normal",
    sector="suceso del sector con {others}",
    said_title="Qué se dice de {brand}",
    no_department="sin responsable",
    about="{told} ({terms})",
    praise={"one": "{count} elogia", "other": "{count} elogian"},
    criticism={"one": "{count} critica", "other": "{count} critican"},
    question={"one": "{count} pregunta", "other": "{count} preguntan"},
    request={"one": "{count} pide que se haga algo", "other": "{count} piden que se haga algo"},
    beside="al lado: {brands}",
    competitor="{brand} {mentions}{share}",
    voice="{department}: {told}",
)
FRENCH = Briefs(
    day="Résumé du jour",
    days={"one": "{count} jour", "other": "{count} jours"},
    span="du {start} au {end}",
    alive="crisiswatch veille\u00a0; les données les plus récentes datent de {time}.",
    unseen_since="RIEN N'A ÉTÉ VU depuis {time}\u00a0: crisiswatch fonctionne-t-il\u00a0?",
    never_seen="RIEN N'A ÉTÉ VU de tout ce temps\u00a0: crisiswatch fonctionne-t-il\u00a0?",
    quiet="Rien n'allait mal, et toutes les sources ont été vues.",
    quiet_partly="Rien n'allait mal dans ce qui a pu être vu.",
    wrong={
        "one": "{count} incident, toujours ouverts\u00a0: {open}.",
        "other": "{count} incidents, toujours ouverts\u00a0: {open}.",
    },
    mentions={"one": "{count} mention", "other": "{count} mentions"},
    negative=", {share} négatives",
    negative_between=", {share} négatives (entre {lower} et {upper})",
    critical="critique",
    warning="alerte",
    watched="veille",
    good_news="bonne nouvelle",
    open_title="Encore ouvert",
    open="{incident}  {brand}, depuis {time}\u00a0: {who}",
    taken="{who} s'en charge",
    untaken="personne ne s'en est chargé",
    blind_title="Pas vu",
    all_seen="rien\u00a0: toutes les sources ont été vues tout le temps",
    unseen="{source}\u00a0: pas vue pendant {span} ({share})",
    dead={
        "one": "{count} message n'est arrivé à personne ({receivers})\u00a0: crisiswatch outbox list",
        "other": "{count} messages ne sont arrivés à personne ({receivers})\u00a0: crisiswatch outbox list",
    },
    judge_title="À juger",
    no_terms="sans termes",
    peak="pic à {ratio} fois la normale",
    sector="événement du secteur avec {others}",
    said_title="Ce que l'on dit de {brand}",
    no_department="sans responsable",
    about="{told} ({terms})",
    praise={"one": "{count} fait l'éloge", "other": "{count} font l'éloge"},
    criticism={"one": "{count} critique", "other": "{count} critiquent"},
    question={"one": "{count} demande", "other": "{count} demandent"},
    request={"one": "{count} veut que l'on agisse", "other": "{count} veulent que l'on agisse"},
    beside="à côté\u00a0: {brands}",
    competitor="{brand} {mentions}{share}",
    voice="{department}\u00a0: {told}",
)

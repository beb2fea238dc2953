"""One reader: the language, the clock and the forms in which numbers, times and lists are told to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from babel import Locale
from babel.dates import format_datetime
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent
from babel.units import format_unit

from crisiswatch.rendering.words import LANGUAGES, Plural, Words, known_language


@dataclass(frozen=True, slots=True)
class Reader:
    """How one receiver reads: `language` has words, `zone` is where they live, `now` is when they are told."""

    language: str
    zone: tzinfo
    now: datetime
    words: Words
    locale: Locale

    def count(self, value: float) -> str:
        """Return a whole number with the separators of the language."""
        return str(format_decimal(round(value), locale=self.locale))

    def decimal(self, value: float) -> str:
        """Return a number with at most two decimals."""
        return str(format_decimal(value, format="#,##0.##", locale=self.locale))

    def ratio(self, value: float) -> str:
        """Return a multiple: whole from 10 on, one decimal below, for more would feign precision."""
        pattern = "#,##0" if value >= 9.95 else "#,##0.#"
        return str(format_decimal(value, format=pattern, locale=self.locale))

    def percent(self, share: float) -> str:
        """Return a share (0..1) as a whole percentage."""
        return str(format_percent(share, locale=self.locale))

    def plural(self, forms: Plural, count: int, **values: str) -> str:
        """Return the sentence for `count`, which stands in it in the forms of the language."""
        form = forms.get(self.locale.plural_form(count), forms["other"])
        return form.format(count=self.count(count), **values)

    def clock(self, at: datetime) -> str:
        """Return the reader's time with UTC beside, and the day where it is not today."""
        utc = f"{at.astimezone(UTC):%H:%M}\u00a0UTC"
        if at.astimezone(self.zone).utcoffset() == timedelta(0):
            return self._day(at, UTC) + utc
        return f"{self._day(at, self.zone)}{at.astimezone(self.zone):%H:%M} ({utc})"

    def brief_clock(self, at: datetime) -> str:
        """Return the reader's time without a zone, for the second time in a line that already names it."""
        return f"{self._day(at, self.zone)}{at.astimezone(self.zone):%H:%M}"

    def placed_clock(self, at: datetime) -> str:
        """Return the reader's time with its place, for the first time in a message."""
        place = _place(self.zone)
        clock = self.clock(at)
        return clock.replace(" (", f" {place} (", 1) if place else clock

    def span(self, length: timedelta) -> str:
        """Return a stretch of time in at most two units, rounded to minutes."""
        minutes = max(0, round(length.total_seconds() / 60))
        if minutes < 60:
            return self._units((minutes, "minute"))
        if minutes < 48 * 60:
            return self._units((minutes // 60, "hour"), (minutes % 60, "minute"))
        return self._units((minutes // 1440, "day"), (minutes % 1440 // 60, "hour"))

    def listing(self, items: Sequence[str]) -> str:
        """Return items as the language lists them."""
        return str(format_list(list(items), locale=self.locale))

    def language_name(self, code: str) -> str:
        """Return the name of a language; an unknown code is told as unknown."""
        known = self.locale.languages.get(code.partition("-")[0].lower()) if code != "und" else None
        return str(known or self.words.labels.undetermined)

    def _day(self, at: datetime, zone: tzinfo) -> str:
        if at.astimezone(zone).date() == self.now.astimezone(zone).date():
            return ""
        return str(format_datetime(at.astimezone(zone), "d MMM ", locale=self.locale))

    def _units(self, *parts: tuple[int, str]) -> str:
        shown = [part for index, part in enumerate(parts) if part[0] or index == 0]
        return " ".join(self._unit(value, unit) for value, unit in shown)

    def _unit(self, value: int, unit: str) -> str:
        if unit == "hour":
            return f"{value}\u00a0h"  # the symbol of the hour is the same in every language; CLDR's short forms differ
        told = format_unit(value, f"duration-{unit}", length="long" if unit == "day" else "short", locale=self.locale)
        return str(told).replace(" ", "\u00a0")


def reader(language: str, zone: tzinfo, now: datetime) -> Reader:
    """Return the reader for a configured language, English where that has no words."""
    known = known_language(language)
    return Reader(language=known, zone=zone, now=now, words=LANGUAGES[known], locale=Locale.parse(known))


def _place(zone: tzinfo) -> str:
    key = getattr(zone, "key", "")
    return "" if key.startswith("Etc/") else str(key).rsplit("/", maxsplit=1)[-1].replace("_", " ")

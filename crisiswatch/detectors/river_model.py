"""Any anomaly or drift detector of river as a noticer: it judges one feature of the hours, and reaches watch at most.

An anomaly detector's scores have no common scale, and some end at 1; so a score s is read against the detector's own
past: z = (s - mean) ÷ deviation, and the rarity of z in a running tail (`core.rarity`), -log10 P(Z > z), divided by
that of once in ninety days of hours. With `above` the score is s ÷ above instead. A drift detector scores 1 for an
hour after it detected a drift. Only rises count: a value at or below its own running mean is worth nothing.

Each hour is scored once, before it is learnt, when its last bucket closes: some of river's detectors learn while they
score, so the running hour is not shown to them.

Models of river cannot be written down safely. The state is therefore what was shown: the values since an anchor, at
most two weeks of buckets, from which a model is taught again. Every week the older half is dropped and the running
model is taught anew as well; so a restored model is the same as one that never stopped.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from crisiswatch.core.rarity import Tail
from crisiswatch.core.steps import Feature
from crisiswatch.errors import BadInput, StoreUnusable

VERSION = 1

FAMILIES = ("anomaly", "drift")
"""Modules of river whose classes can be named."""

SENSELESS = frozenset({"NoDrift", "DummyDriftDetector"})
"""Detectors that do not look at what they are given."""

KEPT = 2016
"""Values that a model is taught from at least, once that many were shown; twice as many at most."""

WARM = 288
"""Values shown before anything is said."""

ONCE_IN = 90 * 24
"""Hours in which one is expected to be as unusual by chance."""

HOUR = 12
"""Buckets for which a drift is held against the brand."""

MEMORY = 0.002
"""How much of a running mean each value replaces at least: about two days of buckets."""

SETTLED, WINSORISED = 50, 8.0
"""Values learnt before the first is scored; and deviations by which a score can move the running mean at most."""

LARGEST, HIGHEST = 100_000, 15
"""The largest whole number that an option can be, and the highest tree: its size is two to the power of that."""

TRIED = 300
"""Values that options are tried on."""

FAILURES = (TypeError, ValueError, AttributeError, ArithmeticError, LookupError, AssertionError, RuntimeError)
"""What river's code raises on options or values that it cannot take."""

Option = bool | int | float | str


@dataclass(frozen=True, slots=True)
class Setup:
    """Which class of river (`anomaly.HalfSpaceTrees`), with which options, on which feature of the hours."""

    path: str
    series: Feature = Feature.NEGATIVE_SHARE
    options: tuple[tuple[str, Option], ...] = ()
    above: float | None = None

    @property
    def key(self) -> str:
        """Return a name that says everything: a state is only taken up under the same one."""
        told = ",".join(f"{name}={value!r}" for name, value in sorted(self.options))
        return f"river/{self.path}({told})/{self.series}/{self.above}"


class State(msgspec.Struct):
    """What a checkpoint holds: the values shown since the anchor, oldest first."""

    key: str
    values: list[float]
    version: int = VERSION


class RiverModel:
    """A detector of river on one feature. `learn_one` scores an hour, then learns it; 1.0 is worth a notice."""

    def __init__(self, setup: Setup, state: bytes | None = None) -> None:
        self._setup = setup
        self.series = setup.series
        self.name = setup.path.rpartition(".")[2]
        self._state = State(setup.key, []) if state is None else _restored(state, setup)
        self._pupil = _Pupil(setup)
        self._teach()

    def score_one(self, x: Mapping[str, float]) -> float:
        """Return the score of the last hour that was learnt."""
        return self._pupil.score if self._pupil.shown > WARM else 0.0

    def usual_one(self, x: Mapping[str, float]) -> float:
        """Return the running mean of the feature."""
        return self._pupil.usual

    def learn_one(self, x: Mapping[str, float]) -> None:
        """Score the hour, then learn it; a value that is no count or share is passed over."""
        value = x.get(self.series, math.nan)
        if not 0 <= value < math.inf:
            return
        values = self._state.values
        values.append(value)
        if len(values) < 2 * KEPT:
            self._show(value)
            return
        del values[:KEPT]
        self._pupil = _Pupil(self._setup)
        self._teach()

    def to_bytes(self) -> bytes:
        """Return the state as versioned MessagePack."""
        return msgspec.msgpack.encode(self._state)

    def _teach(self) -> None:
        for value in self._state.values:
            self._show(value)

    def _show(self, value: float) -> None:
        """Show a value to the model; a model that fails on it begins anew, for what it knew cannot be trusted."""
        try:
            self._pupil.show(value)
        except FAILURES:
            self._pupil = _Pupil(self._setup)


class _Pupil:
    """A model of river with what is needed to read its scores."""

    def __init__(self, setup: Setup) -> None:
        self._model, self._kind = _built(setup)
        self._above = setup.above
        self._series = str(setup.series)
        self._tail = Tail.above(1.0)
        self._mean, self._deviation = 0.0, 0.0
        self._before = 0.0
        self._held = 0
        self.usual, self.score, self.shown = 0.0, 0.0, 0

    def show(self, value: float) -> None:
        weight = max(MEMORY, 1 / (self.shown + 1))
        is_rise = value > self.usual
        raw = self._drift(value, is_rise) if self._kind == "drift" else self._anomaly(value)
        self.score = raw if is_rise or self._kind == "drift" else 0.0
        self.usual += weight * (value - self.usual)
        self._before = value
        self.shown += 1

    def _drift(self, value: float, is_rise: bool) -> float:
        self._model.update(value)
        self._held = max(0, self._held - 1)
        if self._model.drift_detected and is_rise:
            self._held = HOUR
        return float(self._held > 0)

    def _anomaly(self, value: float) -> float:
        """Score and learn; unsupervised detectors are shown 0..1: a share as it is, a count n as n ÷ (n + usual)."""
        if self._kind == "supervised":
            arguments: tuple[Any, ...] = ({"before": self._before}, value)
        else:
            is_share = self._series == Feature.NEGATIVE_SHARE
            arguments = ({self._series: value if is_share else value / (value + self.usual + 1)},)
        if self.shown < SETTLED:  # before they have learnt, some fail, and some give scores without bounds
            self._model.learn_one(*arguments)
            return 0.0
        raw = float(self._model.score_one(*arguments))
        self._model.learn_one(*arguments)
        if not math.isfinite(raw):
            return 0.0
        return raw / self._above if self._above is not None else self._against_its_past(raw)

    def _against_its_past(self, raw: float) -> float:
        distance = raw - self._mean
        z = max(0.0, distance / self._deviation) if self._deviation > 1e-9 else 0.0
        rarity = self._tail.rarity(z)
        self._tail.learn(z)
        weight = max(MEMORY, 1 / (self.shown - SETTLED + 1))
        if self.shown > 2 * SETTLED:
            distance = max(-WINSORISED * self._deviation, min(WINSORISED * self._deviation, distance))
        self._mean += weight * distance
        self._deviation += weight * (abs(distance) - self._deviation)
        return rarity / math.log10(ONCE_IN)


def problem_of(path: str, options: Mapping[str, Option], above: float | None = None) -> tuple[str, str] | None:
    """Return what is wrong with a detector as the configuration names it: the key it is under, and a sentence.

    The key is `class`, `above`, or the name of an option. The model is built, and tried on a few values.
    """
    try:
        found, kind = _found(path)
    except BadInput as error:
        return "class", str(error)
    if above is not None and kind == "drift":
        return "above", f"{path} says yes or no: it has no score to be above anything"
    for name, value in options.items():
        told = _problem_of_option(found, name, value)
        if told:
            return name, told
    try:
        pupil = _Pupil(Setup(path, options=tuple(options.items()), above=above))
        for number in range(TRIED):
            pupil.show(0.1 + number % 7 / 20)
    except FAILURES as error:
        return "options", f"{path} cannot be used with these options: {str(error)[:120]}"
    return None


def _problem_of_option(found: type, name: str, value: Option) -> str:
    known = _options_of(found)
    if name not in known:
        return f"{found.__name__} has no option '{name[:40]}'; it takes {', '.join(known) or 'none'}"
    most = HIGHEST if name == "height" else LARGEST
    if isinstance(value, int | float) and not -LARGEST <= value <= most:
        return f"{name} must be a number up to {most}"
    return ""


def _options_of(found: type) -> list[str]:
    return [name for name in inspect.signature(found).parameters if name not in ("args", "kwargs")]


def _found(path: str) -> tuple[type, str]:
    """Return the class that is meant, and how it is used. Raises BadInput for what is no detector of river."""
    from river import anomaly, base, drift

    family, _, name = path.partition(".")
    modules = {"anomaly": anomaly, "drift": drift}
    if family not in modules or not name.isidentifier():
        raise BadInput(f"'{path[:60]}' is not in river's {' or '.join(FAMILIES)}; write for example drift.PageHinkley")
    kinds: dict[str, type] = {
        "anomaly": base.AnomalyDetector,
        "supervised": base.SupervisedAnomalyDetector,
        "drift": base.DriftDetector,
    }
    allowed = {
        each: kind
        for each in modules[family].__all__
        for kind, root in kinds.items()
        if inspect.isclass(found := getattr(modules[family], each, None)) and issubclass(found, root)
    }
    usable = sorted(set(allowed) - SENSELESS)
    if name not in usable:
        raise BadInput(f"river has no detector {path[:60]} to be used; known: {', '.join(usable)}")
    return getattr(modules[family], name), allowed[name]


def _built(setup: Setup) -> tuple[Any, str]:
    """Return a new model; what draws lots draws the same ones each time."""
    found, kind = _found(setup.path)
    options: dict[str, Any] = dict(setup.options)
    if "seed" in _options_of(found):
        options.setdefault("seed", 1)
    return found(**options), kind


def _restored(data: bytes, setup: Setup) -> State:
    try:
        state = msgspec.msgpack.decode(data, type=State)
    except msgspec.MsgspecError as error:
        raise StoreUnusable(f"{setup.path}: the checkpoint cannot be read: {error}") from error
    if state.version != VERSION or state.key != setup.key or len(state.values) > 2 * KEPT:
        raise StoreUnusable(f"{setup.path}: the checkpoint is of another version or other options")
    return state

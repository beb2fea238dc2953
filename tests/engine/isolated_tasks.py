"""Functions that a worker is asked to run in tests: honest ones, and ones that misbehave."""

from __future__ import annotations

import os
import signal
import sys
from datetime import datetime

import msgspec


class Answer(msgspec.Struct, frozen=True):
    words: tuple[str, ...]
    at: datetime | None = None


def count_words(body: bytes, at: datetime | None) -> Answer:
    return Answer(words=tuple(body.decode().split()), at=at)


def double(answer: Answer) -> Answer:
    return Answer(words=answer.words * 2, at=answer.at)


def untyped(value):
    return {"value": value}


def process() -> int:
    return os.getpid()


def modules() -> list[str]:
    return sorted(sys.modules)


def environment() -> dict[str, str]:
    return dict(os.environ)


def fail(message: str) -> None:
    raise RuntimeError(message)


def shout() -> str:
    print("noise on stdout", flush=True)  # noqa: T201  # printing is what this function is for
    os.write(1, b"raw noise")
    return "said"


def hang() -> None:
    signal.pause()


def spin() -> None:
    while True:
        pass


def swell() -> int:
    return len(bytearray(8 * 1024**3))


def vanish(status: int) -> None:
    os._exit(status)


def crash() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def spawn_and_hang() -> None:
    if os.fork() == 0:
        signal.pause()
    signal.pause()


def wrong_type() -> int:
    return "not a number"  # type: ignore[return-value]  # the annotation is false on purpose

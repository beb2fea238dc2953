"""Every error raised on purpose.

The engine asks one thing of an error: is it worth another try?

CrisiswatchError
├── TransientError             try again later
│   ├── SourceUnavailable      timed out, refused, 5xx, broken body
│   ├── RateLimited            the source named a time to come back
│   │   └── QuotaSpent         the quota of its credential is spent until its cycle begins anew
│   ├── StoreBusy              the database did not answer in time
│   ├── Conflict               somebody else changed the incident first
│   ├── WorkTimedOut           an isolated worker was stopped
│   └── WorkNotBegun           an isolated worker had no time for it: nothing was done
├── Interrupted                somebody stopped the work; says how far it came
└── PermanentError             do not try again; tell a person
    ├── ConfigError            the configuration is wrong; every problem with its place
    ├── SourceRejected         not allowed, not found, asked wrongly
    ├── UnsafeAddress          an address that the daemon refuses to contact
    ├── TooLarge               a body above its limit
    ├── BadInput               a line, file or payload that cannot be read
    ├── StoreUnusable          wrong version, corrupt, locked by another process
    └── WorkFailed             an isolated worker raised an error
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


class CrisiswatchError(Exception):
    """Root of the errors that crisiswatch raises on purpose."""


class Interrupted(CrisiswatchError):
    """Somebody stopped the work on the way; the message says how far it came."""


class TransientError(CrisiswatchError):
    """A failure that may go away: the same call is worth another try."""


class PermanentError(CrisiswatchError):
    """A failure that stays: trying again would fail in the same way."""


class SourceUnavailable(TransientError):
    """The source timed out, refused, answered 5xx or sent a broken body.

    `reason` is the value of the metric label: timeout, dns, tls, refused, http_5xx, parse.
    """

    def __init__(self, message: str, reason: str = "unavailable") -> None:
        super().__init__(message)
        self.reason = reason


class RateLimited(TransientError):
    """The source asked us to come back later; `retry_after` is None when it named no time."""

    def __init__(self, message: str, retry_after: timedelta | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.reason = "rate_limited"


class QuotaSpent(RateLimited):
    """A quota of a day or a cycle is spent: asking sooner than `retry_after` is of no use, whoever asks."""

    def __init__(self, message: str, retry_after: timedelta) -> None:
        super().__init__(message, retry_after)
        self.reason = "quota"


class StoreBusy(TransientError):
    """The database did not answer in time."""


class Conflict(TransientError):
    """Another writer changed the incident since it was read."""


class WorkTimedOut(TransientError):
    """An isolated worker exceeded its time or memory and was stopped."""


class WorkNotBegun(TransientError):
    """An isolated worker was busy with other calls for too long: this one was never begun."""


class SourceRejected(PermanentError):
    """The source refuses this request: wrong credentials, no such thing, bad query.

    `reason` is the value of the metric label: auth, not_found, http_4xx, blocked.
    """

    def __init__(self, message: str, reason: str = "http_4xx") -> None:
        super().__init__(message)
        self.reason = reason


class UnsafeAddress(PermanentError):
    """The address is private, reserved or not http(s), and no option allows it."""

    reason = "ssrf_blocked"


class TooLarge(PermanentError):
    """A body above its size limit, on the wire or decoded."""

    reason = "too_large"


class BadInput(PermanentError):
    """A line, file or payload that cannot be read."""

    reason = "parse"


class StoreUnusable(PermanentError):
    """The database is of another version, corrupt, on a network file system or in use."""


class WorkFailed(PermanentError):
    """The function in an isolated worker raised an error."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a configuration, and where.

    `line` and `column` count from 1; `where` is the path inside the file (`brands[0].name`).
    """

    code: str
    message: str
    where: str = ""
    file: str = ""
    line: int = 0
    column: int = 0
    hint: str = ""
    is_warning: bool = False


class ConfigError(PermanentError):
    """The configuration cannot be used; carries every problem that was found."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(f"{p.file}:{p.line}:{p.column}: {p.message}" for p in problems))
        self.problems = problems

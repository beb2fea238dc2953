"""Which credential a source has, and what its requests may cost."""

from __future__ import annotations

from pydantic import SecretStr

from crisiswatch.app.rationing import budget_of, secrets
from crisiswatch.engine.rationing import digest
from crisiswatch.plugins import Options, SourceTools
from crisiswatch.sources.web.x import KIND as X
from crisiswatch.sources.web.youtube import KIND as YOUTUBE


class Nested(Options):
    token: SecretStr
    headers: dict[str, SecretStr]


def test_credentials_are_told_apart_without_being_told():
    one = Nested(token=SecretStr("canary"), headers={"a": SecretStr("b")})

    assert secrets(one) == ["canary", "b"]
    assert digest(secrets(one), b"k") == digest(["canary", "b"], b"k") != digest(["canary"], b"k")
    assert "canary" not in digest(["canary"], b"k")
    assert digest([], b"k") == ""


def test_searches_and_other_requests_have_budgets_of_their_own():
    tools = SourceTools(None, None)  # type: ignore[arg-type]  # nothing is asked
    videos = YOUTUBE.build("v", YOUTUBE.options(key="k", queries=["a"]), tools)
    posts = X.build("x", X.options(token="t", brand="A", query="a", dollars_per_day=1), tools)

    budgets = [budget_of(videos)("https://g.example/youtube/v3/search?q=a"),
               budget_of(videos)("https://g.example/youtube/v3/videos?id=a"),
               budget_of(posts)("https://api.x.com/2/tweets/counts/recent?query=a")]  # fmt: skip
    assert [(one.requests, one.name) for one in budgets if one] == [
        (100, "searches"),
        (10_000, "units"),
        (300, "counts"),
    ]
    assert budget_of(object())("https://a.example") is None

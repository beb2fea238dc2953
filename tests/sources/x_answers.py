"""An X source, and what the API answers to it."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from source_fakes import NOW, answer, tools

from crisiswatch.sources.web.x import KIND


def source(*answers, **options):
    given = {"token": "canary", "brand": "Norvik", "query": "norvik", "dollars_per_day": 2.0, "posts": "never"}
    return KIND.build("x", KIND.options(**(given | options)), tools(*answers))


def counts(now: datetime, *steps: int):
    """Answer as the API does at a moment: minutes up to it, the newest five-minute steps with these counts."""
    start = now - timedelta(minutes=5 * len(steps))
    minutes = [
        {"start": (start + timedelta(minutes=5 * n + m)).isoformat(),
         "end": (start + timedelta(minutes=5 * n + m + 1)).isoformat(), "post_count": step if m == 0 else 0}
        for n, step in enumerate(steps) for m in range(5)
    ]  # fmt: skip
    return answer(json.dumps({"data": minutes, "meta": {"total_post_count": sum(steps)}}).encode())


def posts(*keys: int, token: str = "", at: datetime = NOW):
    data = [{"id": str(key), "text": f"norvik {key}", "created_at": at.isoformat()} for key in keys]
    meta = {"result_count": len(data)} | ({"next_token": token} if token else {})
    return answer(json.dumps(({"data": data} if data else {}) | {"meta": meta}).encode())

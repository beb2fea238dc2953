"""A Slack that keeps its messages, checks the documented limits and fails on demand."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from http_server import Fault, HttpServer, Reply, Request
from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.views import View

CHANNEL = "C0PRALERTS"
TOKEN = "xoxb-hunter2"
APP_TOKEN = "xapp-hunter2"


class FakeSlack:
    """Answers like Slack; `faults` are used up first. `after_accepting` faults come once the post is stored."""

    def __init__(self) -> None:
        self.posts: list[dict[str, Any]] = []
        self.calls: list[str] = []
        self.faults: list[Reply | Fault] = []
        self.after_accepting: list[Reply | Fault] = []
        self.errors: dict[str, list[str]] = {}
        self.page_size = 200
        self.files: dict[str, bytes] = {}
        self.shown: set[str] = set()
        self.socket_url = ""
        self.channel: dict[str, Any] = {"id": CHANNEL, "is_archived": False, "is_member": True}
        self.views: list[dict[str, Any]] = []
        self.exchanged: set[str] = set()
        self.acknowledged: list[dict[str, Any]] = []
        self.file_faults: list[Reply | Fault] = []
        self.server = HttpServer(self._answer)

    def cards(self) -> list[dict[str, Any]]:
        return [post for post in self.posts if "thread_ts" not in post]

    def replies(self) -> list[dict[str, Any]]:
        return [post for post in self.posts if "thread_ts" in post]

    def _answer(self, request: Request) -> Reply | Fault:
        method = request.path.rsplit("/", 1)[1]
        self.calls.append(method)
        if self.faults:
            return self.faults.pop(0)
        if self.errors.get(method):
            return said({"ok": False, "error": self.errors[method].pop(0)})
        if method.startswith("files.") and self.file_faults:
            return self.file_faults.pop(0)
        if request.path.startswith("/upload/"):
            self.files[method] = request.body
            return Reply(200, b"OK - 1")
        wanted = APP_TOKEN if method == "apps.connections.open" else TOKEN
        if request.headers.get("authorization") != f"Bearer {wanted}":
            return said({"ok": False, "error": "invalid_auth"})
        methods: dict[str, Callable[[Request], dict[str, Any]]] = {
            "chat.postMessage": self._post,
            "chat.update": self._update,
            "files.getUploadURLExternal": self._upload_url,
            "files.completeUploadExternal": self._complete,
            "views.open": self._open,
            "auth.test": lambda request: {"ok": True, "user_id": "U0CRISISW"},
            "conversations.info": self._info,
            "apps.connections.open": lambda request: {"ok": True, "url": self.socket_url},
            "conversations.list": self._list,
            "conversations.history": self._history,
            "conversations.replies": self._thread,
        }
        answer = methods[method](request)
        is_faulty = answer["ok"] and method.startswith("chat.") and self.after_accepting
        return self.after_accepting.pop(0) if is_faulty else said(answer)

    def _post(self, request: Request) -> dict[str, Any]:
        post = json.loads(request.body)
        if error := fault_in(post) or self._wrong_picture(post):
            return {"ok": False, "error": error}
        if post["channel"] not in (CHANNEL, "#pr-alerts"):
            return {"ok": False, "error": "channel_not_found"}
        ts = f"{1772373600 + len(self.posts)}.000100"
        self.posts.append({**post, "ts": ts})
        return {"ok": True, "channel": CHANNEL, "ts": ts}

    def _update(self, request: Request) -> dict[str, Any]:
        new = json.loads(request.body)
        if error := fault_in(new) or self._wrong_picture(new):
            return {"ok": False, "error": error}
        if new["channel"] != CHANNEL:
            return {"ok": False, "error": "channel_not_found"}
        for post in self.posts:
            if post["ts"] == new["ts"]:
                post.update(new)
                return {"ok": True, "channel": CHANNEL, "ts": new["ts"]}
        return {"ok": False, "error": "message_not_found"}

    def _upload_url(self, request: Request) -> dict[str, Any]:
        form = dict(parse_qsl(request.body.decode()))
        if not form.get("filename") or not int(form.get("length", "0")):
            return {"ok": False, "error": "invalid_arguments"}
        file = f"F{len(self.files):09}"
        self.files[file] = b""
        return {"ok": True, "file_id": file, "upload_url": f"{self.server.url}/upload/{file}"}

    def _complete(self, request: Request) -> dict[str, Any]:
        form = dict(parse_qsl(request.body.decode()))
        done = [one["id"] for one in json.loads(form["files"])]
        if "channel_id" in form or not all(self.files.get(file) for file in done):
            return {"ok": False, "error": "invalid_arguments"}
        self.shown.update(done)
        return {"ok": True, "files": [{"id": file} for file in done]}

    def _wrong_picture(self, post: dict[str, Any]) -> str | None:
        """A picture must be a whole private file, and have words that replace it."""
        pictures = [block for block in post.get("blocks", []) if block["type"] == "image"]
        is_whole = all(one.get("slack_file", {}).get("id") in self.shown for one in pictures)
        return (
            None if is_whole and all(0 < len(one.get("alt_text", "")) <= 2000 for one in pictures) else "invalid_blocks"
        )

    def _info(self, request: Request) -> dict[str, Any]:
        asked = dict(parse_qsl(request.body.decode()))["channel"]
        return (
            {"ok": True, "channel": self.channel} if asked == CHANNEL else {"ok": False, "error": "channel_not_found"}
        )

    def _open(self, request: Request) -> dict[str, Any]:
        asked = json.loads(request.body)
        if asked["trigger_id"] in self.exchanged:
            return {"ok": False, "error": "exchanged_trigger_id"}
        if fault_in_view(asked["view"]):
            return {"ok": False, "error": "invalid_arguments"}
        self.exchanged.add(asked["trigger_id"])
        self.views.append(asked["view"])
        return {"ok": True, "view": {**asked["view"], "id": f"V{len(self.views):09}"}}

    def _list(self, request: Request) -> dict[str, Any]:
        return {"ok": True, "channels": [{"id": "C0GENERAL1", "name": "general"}, {"id": CHANNEL, "name": "pr-alerts"}]}

    def _history(self, request: Request) -> dict[str, Any]:
        seen = [post for post in self.posts if "thread_ts" not in post or post.get("reply_broadcast")]
        return self._page(request, seen[::-1])

    def _thread(self, request: Request) -> dict[str, Any]:
        ts = dict(parse_qsl(request.body.decode()))["ts"]
        return self._page(request, [post for post in self.posts if ts in (post["ts"], post.get("thread_ts"))])

    def _page(self, request: Request, posts: list[dict[str, Any]]) -> dict[str, Any]:
        form = dict(parse_qsl(request.body.decode()))
        if form["channel"] != CHANNEL:
            return {"ok": False, "error": "channel_not_found"}
        posts = [post for post in posts if float(post["ts"]) >= float(form["oldest"])]
        if form.get("include_all_metadata") != "true":
            posts = [{"ts": post["ts"]} for post in posts]
        start = int(form.get("cursor") or 0)
        end = start + self.page_size
        following = str(end) if end < len(posts) else ""
        return {"ok": True, "messages": posts[start:end], "response_metadata": {"next_cursor": following}}


def said(answer: dict[str, Any]) -> Reply:
    return Reply(200, json.dumps(answer).encode(), {"Content-Type": "application/json"})


def fault_in(post: dict[str, Any]) -> str | None:
    """Return Slack's error for a message beyond its limits."""
    blocks = post.get("blocks", [])
    if not str(post.get("text", "")).strip():
        return "no_text"
    if len(post["text"]) > 40_000:
        return "msg_too_long"
    if len(json.dumps(blocks, ensure_ascii=False)) > 13_000:
        return "msg_blocks_too_long"
    limits = {"header": 150, "section": 3000}
    too_long = any(len(block.get("text", {}).get("text", "")) > limits.get(block["type"], 3000) for block in blocks)
    return "invalid_blocks" if len(blocks) > 50 or too_long else None


def fault_in_view(view: dict[str, Any]) -> bool:
    """Tell whether Slack's own library finds fault with a view: its limits are those of the documentation."""
    try:
        View(**view).validate_json()
    except SlackObjectFormationError:
        return True
    texts = [view["title"], view["submit"], view["close"]]
    return any(not 0 < len(text["text"]) <= 24 for text in texts)

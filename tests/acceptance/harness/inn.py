"""A real INN: one newsgroup or more, its own folder and port.

INN runs as the user `news` and nobody else (that is compiled into it): tests that run as root start it as that user,
tests that run as somebody else cannot start it.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from harness.ports import free_port
from harness.showing import show
from harness.unprivileged import certify, hand_over, ordinary_user, own_folder, start, stop
from harness.waiting import until

BIN = Path("/usr/lib/news/bin")
USER, PASSWORD = "reader", "secret"

CONFIG = """
domain: news.example
pathhost: news.example
fromhost: news.example
server: 127.0.0.1
ovmethod: tradindexed
hismethod: hisv6
mta: "/bin/true"
mailcmd: /bin/true
pathnews: /usr/lib/news
pathbin: /usr/lib/news/bin
pathspool: {folder}
patharticles: {folder}/articles
pathoverview: {folder}/overview
pathincoming: {folder}/incoming
pathoutgoing: {folder}/outgoing
patharchive: {folder}/archive
pathtmp: {folder}/tmp
pathdb: {folder}/db
pathetc: {folder}/etc
pathrun: {folder}/run
pathlog: {folder}/log
pathfilter: {folder}/filter
pathhttp: {folder}/http
enableoverview: true
wireformat: true
doinnwatch: false
nnrpdloadlimit: 0
pgpverify: false
port: {port}
nnrpdpostport: {port}
bindaddress: 127.0.0.1
bindaddress6: "::1"
tlscertfile: {folder}/etc/cert.pem
tlskeyfile: {folder}/etc/key.pem
tlscafile: {folder}/etc/cert.pem
"""

FOLDERS = ("articles", "overview", "incoming/bad", "outgoing", "archive", "tmp", "db", "etc", "run", "log", "filter",
           "http")  # fmt: skip
READERS = 'auth all {{ hosts: "*" {how} }}\naccess all {{ users: "*" newsgroups: "*" access: RPA }}\n'
ETC = {
    "storage.conf": "method tradspool {\n  newsgroups: *\n  class: 0\n}\n",
    "newsfeeds": "ME:*::\n",
    "incoming.conf": 'peer localhost {\n  hostname: "127.0.0.2"\n}\n',
    "expire.ctl": "/remember/:11\n*:A:1:10:never\n",
    "moderators": "", "distrib.pats": "", "control.ctl": "", "localgroups": "", "passwd.nntp": "", "subscriptions": "",
}  # fmt: skip


def missing() -> str:
    """Return why INN cannot be run here; empty if it can."""
    if not (BIN / "innd").exists():
        return "INN is not installed (Debian: inn2)"
    is_news = os.getuid() == 0 or ordinary_user().pw_name == "news"
    return "" if is_news else "INN runs as the user news only: run the tests as root or as news"


class Inn:
    """The server with its port; `cert` is what a client must trust."""

    def __init__(self, folder: Path, groups: Sequence[str], *, asks_password: bool) -> None:
        self.port = free_port()
        self.cert = folder / "etc" / "cert.pem"
        self._folder = folder
        self._groups = tuple(groups)
        self._process: subprocess.Popen[bytes] | None = None
        how = f'auth: "ckpasswd -f {folder}/etc/readers"' if asks_password else 'default: "anybody"'
        files = ETC | {
            "inn.conf": CONFIG.format(folder=folder, port=self.port),
            "readers.conf": READERS.format(how=how),
            "readers": f"{USER}:{_encrypted(PASSWORD)}\n",
        }
        for name in FOLDERS:
            (folder / name).mkdir(parents=True)
        for name, text in files.items():
            (folder / "etc" / name).write_text(text)
        certify(folder / "etc")
        hand_over(ordinary_user("news"), *folder.rglob("*"))
        for name in ("passwd.nntp", "key.pem"):
            (folder / "etc" / name).chmod(0o600)
        self.rebuild()

    def rebuild(self) -> None:
        """Forget every article: numbers begin at 1 again. Only while it is stopped."""
        assert self._process is None, "stopped before"
        for name in ("articles", "overview", "db"):
            shutil.rmtree(self._folder / name)
            (self._folder / name).mkdir()
        names = ("control", "control.cancel", "junk", *self._groups)
        files = {"active": "".join(f"{name} 0000000000 0000000001 y\n" for name in names), "active.times": "",
                 "newsgroups": "", "history": ""}  # fmt: skip
        for name, text in files.items():
            (self._folder / "db" / name).write_text(text)
        hand_over(ordinary_user("news"), *(self._folder / name for name in ("articles", "overview", "db")))
        hand_over(ordinary_user("news"), *(self._folder / "db").iterdir())
        command = [str(BIN / "makedbz"), "-i", "-o", "-f", str(self._folder / "db" / "history")]
        assert self._run(command).wait(120) == 0, self._said()

    def start(self) -> None:
        """Start and wait until it takes connections."""
        self._process = self._run([str(BIN / "innd"), "-d", "-f", "-P", str(self.port)])
        until(self._is_listening, 20, "innd")

    def stop(self) -> None:
        """End it in order: a signal alone makes it wait."""
        if self._process is not None:
            if self._process.poll() is None:
                self._run([str(BIN / "ctlinnd"), "-t", "20", "shutdown", "done"]).wait(60)
            stop(self._process)
            self._process = None
            show(self._folder / "out.log")

    def post(self, *articles: bytes) -> None:
        """Post articles, in this order."""
        with socket.create_connection(("127.0.0.1", self.port), 60) as wire, wire.makefile("rwb") as lines:
            _expect(lines.readline(), b"200")
            for command in (b"MODE READER", b"AUTHINFO USER reader", b"AUTHINFO PASS secret"):
                lines.write(command + b"\r\n")
                lines.flush()
                lines.readline()
            for article in articles:
                lines.write(b"POST\r\n")
                lines.flush()
                _expect(lines.readline(), b"340")
                stuffed = article.replace(b"\r\n.", b"\r\n..")
                lines.write(stuffed + b"\r\n.\r\n")
                lines.flush()
                _expect(lines.readline(), b"240")

    def lose(self, group: str, *numbers: int) -> None:
        """Remove articles from the spool; the overview goes on listing them."""
        for number in numbers:
            (self._folder / "articles" / group.replace(".", "/") / str(number)).unlink()

    def _run(self, command: list[str]) -> subprocess.Popen[bytes]:
        inn_conf = str(self._folder / "etc" / "inn.conf")
        return start(ordinary_user("news"), command, self._folder / "out.log", INNCONF=inn_conf)

    def _is_listening(self) -> bool:
        assert self._process is not None, "started before"
        assert self._process.poll() is None, self._said()
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True

    def _said(self) -> str:
        log = self._folder / "out.log"
        return log.read_text("utf-8", "replace")[-2_000:] if log.exists() else ""


@contextmanager
def running(*groups: str, asks_password: bool = False) -> Iterator[Inn]:
    """Give a running server with these newsgroups."""
    with own_folder(ordinary_user("news")) as folder:
        server = Inn(folder, groups, asks_password=asks_password)
        try:
            server.start()
            yield server
        finally:
            server.stop()


def _encrypted(password: str) -> str:
    command = ["openssl", "passwd", "-6", password]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout.strip()


def _expect(answer: bytes, code: bytes) -> None:
    assert answer.startswith(code), answer

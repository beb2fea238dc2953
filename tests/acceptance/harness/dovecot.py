"""A real Dovecot: one account, its own folder and ports, run as an ordinary user."""

from __future__ import annotations

import imaplib
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.ports import free_port
from harness.showing import show
from harness.unprivileged import certify, hand_over, ordinary_user, own_folder, start, stop
from harness.waiting import until

DOVECOT = shutil.which("dovecot", path=os.environ.get("PATH", "") + ":/usr/sbin")
USER, PASSWORD = "press", 'quoted " secret'

CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
disable_plaintext_auth = no
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = {uid}
first_valid_gid = {gid}
mail_location = maildir:{folder}/mail/%u
passdb {{
  driver = passwd-file
  args = {folder}/passwd
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {plain}
  }}
  inet_listener imaps {{
    port = {tls}
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


class Dovecot:
    """The server with its ports; `cert` is what a client must trust."""

    def __init__(self, folder: Path) -> None:
        self.plain, self.tls = free_port(), free_port()
        self.cert = folder / "cert.pem"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        user = ordinary_user()
        (folder / "passwd").write_text(f"{USER}:{{PLAIN}}{PASSWORD}::::::\n")
        certify(folder)
        config = CONFIG.format(
            folder=folder, user=user.pw_name, group=_group(user.pw_gid), uid=user.pw_uid, gid=user.pw_gid,
            plain=self.plain, tls=self.tls,
        )  # fmt: skip
        (folder / "dovecot.conf").write_text(config)
        hand_over(user, *folder.iterdir())

    def start(self) -> None:
        """Start and wait until it takes connections."""
        command = [str(DOVECOT), "-F", "-c", str(self._folder / "dovecot.conf")]
        self._process = start(ordinary_user(), command, self._folder / "out.log")
        until(self._is_listening, 20, "dovecot")

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            stop(self._process)
            self._process = None
            show(*self._logs)

    def deliver(self, *letters: bytes, folder: str = "INBOX") -> None:
        """Put letters into a folder, in this order."""
        with self.client() as imap:
            for letter in letters:
                answer, said = imap.append(folder, None, None, letter)
                assert answer == "OK", said

    @contextmanager
    def client(self) -> Iterator[imaplib.IMAP4]:
        """Give a logged-in client."""
        imap = imaplib.IMAP4("127.0.0.1", self.plain, timeout=60)
        try:
            imap.login(USER, PASSWORD)
            yield imap
        finally:
            imap.logout()

    def _is_listening(self) -> bool:
        assert self._process is not None, "started before"
        assert self._process.poll() is None, "dovecot ended"
        try:
            socket.create_connection(("127.0.0.1", self.plain), 1).close()
        except OSError:
            return False
        return True

    @property
    def _logs(self) -> tuple[Path, Path]:
        return self._folder / "dovecot.log", self._folder / "out.log"


@contextmanager
def running() -> Iterator[Dovecot]:
    """Give a running server."""
    with own_folder(ordinary_user()) as folder:
        server = Dovecot(folder)
        try:
            server.start()
            yield server
        finally:
            server.stop()


def _group(gid: int) -> str:
    import grp

    return grp.getgrgid(gid).gr_name

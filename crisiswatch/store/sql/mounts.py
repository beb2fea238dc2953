"""Which file system a path is on; SQLite's log does not work on those of a network."""

from __future__ import annotations

import re
from pathlib import Path

_NETWORK = frozenset(
    [
        "nfs",
        "nfs4",
        "cifs",
        "smb",
        "smb2",
        "smb3",
        "smbfs",
        "ncpfs",
        "afs",
        "ceph",
        "glusterfs",
        "lustre",
        "gpfs",
        "beegfs",
        "ocfs2",
        "gfs2",
        "davfs",
        "sshfs",
        "fuse.sshfs",
        "fuse.glusterfs",
        "fuse.ceph",
        "fuse.s3fs",
        "fuse.rclone",
        "fuse.davfs2",
        "fuse.gcsfuse",
        "fuse.cifs",
    ]
)
_ESCAPE = re.compile(r"\\([0-7]{3})")


def network_file_system(path: Path, mounts: str) -> str | None:
    """Return the type of the network file system that `path` is on, None if it is local.

    `mounts` is the text of /proc/mounts; the deepest and, among equals, the last mount counts.
    """
    found = ("", "")
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        point = _ESCAPE.sub(lambda match: chr(int(match[1], 8)), fields[1])
        if path.is_relative_to(point) and len(point) >= len(found[0]):
            found = (point, fields[2])
    return found[1] if found[1] in _NETWORK else None


def read_mounts() -> str:
    """Return the mounts of this process, nothing where the system does not say."""
    mounts = Path("/proc/mounts")
    return mounts.read_text(encoding="utf-8", errors="surrogateescape") if mounts.exists() else ""

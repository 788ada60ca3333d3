"""Which files and directories of secrets are accepted: who else can read or write them.

A pure decision from the result of ``stat``, by rules that name the deployments they are for. There
is no switch to turn it off. Nothing here opens, reads or changes a file. "We" are the user that
runs this process.

A **file** is accepted when it is one of

``private``     owned by us or root, and closed to group and others, as ``chmod 600`` leaves it.
``group``       owned by root, readable by one of our groups, closed to others: ``root:ci 0640``.
``credential``  owned by root or us, in ``$CREDENTIALS_DIRECTORY``, 0440: systemd sets an ACL on it,
                whose mask appears as group bits (systemd.exec(5), "Credentials").
``container``   owned by root and writable by nobody, 0444, in directories that are root's and that
                nobody else can write to, as Docker mounts ``/run/secrets`` (Docker documentation,
                "Manage sensitive data with Docker secrets").
``kubernetes``  owned by root, reached through a ``..data`` link, writable by root only: the layout
                of the kubelet's AtomicWriter (Kubernetes, pkg/volume/util/atomic_writer.go).

A ``container`` or ``kubernetes`` file is readable by **everybody who can enter its directory**. It
is accepted because the platform leaves no choice, because everything in such a container usually
runs as one user, and because only root, who can read the secret anyway, can have put it there. On a
shared machine, root has published a 0444 file in a directory that is open to all, and this does not
report it.

A **directory** is accepted when only we and root can write to it, and nobody else can list it
unless root allowed that. The sticky 01777 root of a Kubernetes volume is accepted for that layout.
Every directory between the configured one and the file must be accepted.

A file or directory of **encrypted** secrets may be readable by everybody; it is accepted when it is
ours or root's and nobody else can write to it.

A **closed** directory is ours and nobody else can enter it, so nobody else can reach the files in
it, whatever their own modes are. This is used only for files written by a program that ignores
modes, such as git.
"""

from __future__ import annotations

import os
import shlex
import stat
from dataclasses import dataclass, field

_GROUP_AND_OTHERS = 0o077
_OTHERS_AND_GROUP_WRITE = 0o037
_ANY_WRITE = 0o222
_FOREIGN_WRITE = 0o022


@dataclass(frozen=True)
class Reader:
    """The process that reads: its user, its groups, and systemd's directory if there is one."""

    uid: int = field(default_factory=os.geteuid)
    gids: frozenset[int] = field(default_factory=lambda: frozenset((os.getegid(), *os.getgroups())))
    credentials: str | None = field(default_factory=lambda: os.environ.get("CREDENTIALS_DIRECTORY"))


def file_problem(
    path: str,
    found: os.stat_result,
    reader: Reader,
    *,
    kubernetes: bool,
    sealed: bool,
    closed: bool = False,
) -> str | None:
    """Return what is wrong with a file of secrets and what to run; ``None`` if it is accepted.

    :param path: the file, with links resolved.
    :param found: its ``stat``.
    :param kubernetes: whether it was reached through root's ``..data`` link.
    :param sealed: whether every directory on the way to it `is_sealed`.
    :param closed: whether its own mode does not matter, because its directory `is_closed`.
    """
    mode = stat.S_IMODE(found.st_mode)
    ours = found.st_uid in {reader.uid, 0}
    by_root = found.st_uid == 0
    credential = reader.credentials is not None and _is_below(path, reader.credentials)
    accepted = (
        (ours and (closed or not mode & _GROUP_AND_OTHERS))
        or (
            by_root
            and reader.uid != 0
            and found.st_gid in reader.gids
            and not mode & _OTHERS_AND_GROUP_WRITE
        )
        or (ours and credential and not mode & (_OTHERS_AND_GROUP_WRITE | _ANY_WRITE))
        or (by_root and sealed and not mode & _ANY_WRITE)
        or (by_root and kubernetes and not mode & _FOREIGN_WRITE)
    )
    return None if accepted else _open_to_others("file", path, found, reader, "600")


def directory_problem(
    path: str, found: os.stat_result, reader: Reader, *, kubernetes: bool, closed: bool = False
) -> str | None:
    """Return what is wrong with a directory of secrets and what to run; ``None`` if accepted.

    :param path: the directory, with links resolved.
    :param found: its ``stat``.
    :param kubernetes: whether it contains a ``..data`` link of root's.
    :param closed: whether its own mode does not matter, because its directory `is_closed`.
    """
    mode = stat.S_IMODE(found.st_mode)
    ours = found.st_uid in {reader.uid, 0}
    by_root = found.st_uid == 0
    sticky = bool(found.st_mode & stat.S_ISVTX)
    # With execute bits only, others reach a file if they know its name; its own mode decides then.
    accepted = (
        (ours and (closed or not mode & 0o066))
        or (by_root and not mode & _FOREIGN_WRITE)
        or (by_root and kubernetes and sticky)
    )
    return None if accepted else _open_to_others("directory", path, found, reader, "700")


def write_problem(what: str, path: str, found: os.stat_result, reader: Reader) -> str | None:
    """Return what to run if others can write to a file or directory of encrypted secrets.

    Everybody may read it. But a user who can write to it can replace the values, which takes only
    the public key. ``None`` if it is accepted.

    :param what: ``file`` or ``directory``.
    :param path: its path, with links resolved.
    :param found: its ``stat``.
    """
    mode = stat.S_IMODE(found.st_mode)
    protected = not mode & _FOREIGN_WRITE or (what == "directory" and bool(mode & stat.S_ISVTX))
    if protected and found.st_uid in {reader.uid, 0}:
        return None
    quoted = shlex.quote(path)
    remedy = f"chmod go-w {quoted}"
    if found.st_uid not in {reader.uid, 0}:
        remedy = f"chown {_user(reader.uid)} {quoted} && {remedy}"
    return f"the {what} {_description(path, found)} can be changed by other users; run: {remedy}"


def is_sealed(found: os.stat_result) -> bool:
    """Return whether a directory is root's and only root can write to it."""
    return found.st_uid == 0 and not stat.S_IMODE(found.st_mode) & _FOREIGN_WRITE


def is_closed(found: os.stat_result, reader: Reader) -> bool:
    """Return whether a directory is ours, and only we and root can enter it."""
    return found.st_uid == reader.uid and not stat.S_IMODE(found.st_mode) & _GROUP_AND_OTHERS


def _open_to_others(
    what: str, path: str, found: os.stat_result, reader: Reader, wanted: str
) -> str:
    quoted = shlex.quote(path)
    remedy = f"chmod {wanted} {quoted}"
    if found.st_uid != reader.uid:  # also if it is root's: mode 600 would lock us out
        remedy = f"chown {_user(reader.uid)} {quoted} && {remedy}"
    return f"the {what} {_description(path, found)} is open to other users; run: {remedy}"


def _description(path: str, found: os.stat_result) -> str:
    return f"{path} (mode {stat.S_IMODE(found.st_mode):04o}, owner {_user(found.st_uid)})"


def _user(uid: int) -> str:
    import pwd  # noqa: PLC0415 - missing on Windows, where this is not called

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _is_below(path: str, directory: str) -> bool:
    return path.startswith(os.path.realpath(directory) + os.sep)

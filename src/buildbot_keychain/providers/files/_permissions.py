"""Who else can read or write a file or directory of secrets, and when that is as it should be.

A pure decision over what ``stat`` says, made by rules that name the deployments they are for; there
is no switch to turn it off. Nothing here opens, reads or changes a file.

A **file** is accepted when it is one of

``private``     owned by us or root, and closed to group and others: what ``chmod 600`` gives.
``group``       owned by root, readable by a group of ours, closed to others: ``root:ci 0640``.
``credential``  owned by root or us, in ``$CREDENTIALS_DIRECTORY``, 0440: systemd puts an ACL on it,
                whose mask shows as group bits (systemd.exec(5), "Credentials").
``container``   owned by root and writable by nobody, 0444, in directories that are root's and that
                nobody else can write to: what Docker mounts at ``/run/secrets`` (Docker
                documentation, "Manage sensitive data with Docker secrets").
``kubernetes``  owned by root, reached through a ``..data`` link, writable by no one but root: the
                layout of the kubelet's AtomicWriter (Kubernetes, pkg/volume/util/atomic_writer.go).

A ``container`` or ``kubernetes`` file is readable by **everybody who can enter its directory**. It
is accepted because the platform makes it so and lets nobody choose; because all who run in such a
container are usually one user; and because only root, who could have read the secret anyhow, can
have put it there. On a shared machine, root who puts a 0444 file into a directory that is open to
all has published it, and nothing here says so.

A **directory** is accepted when nobody but us and root can write to it, and nobody else can list
it unless root made it so. The sticky 01777 root of a Kubernetes volume is accepted for that layout.
Every directory between the configured one and the file has to be.

What holds **encrypted** secrets may be read by everybody, and is accepted when it is ours or root's
and nobody else can write to it.

What lies in a **closed** directory, ours and entered by nobody else, can be reached by nobody else
whatever its own mode is. That is used where a program writes the files that does not care for
modes, such as git, and by nothing else.
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
    """The process that reads: its user, its groups, and systemd's directory, where there is one."""

    uid: int = field(default_factory=os.geteuid)
    gids: frozenset[int] = field(default_factory=lambda: frozenset((os.getegid(), *os.getgroups())))
    credentials: str | None = field(default_factory=lambda: os.environ.get("CREDENTIALS_DIRECTORY"))


def file_complaint(
    path: str,
    found: os.stat_result,
    reader: Reader,
    *,
    kubernetes: bool,
    sealed: bool,
    closed: bool = False,
) -> str | None:
    """Say what is wrong with a file of secrets and what to run, or ``None`` when it is accepted.

    :param path: the file, with links resolved.
    :param found: its ``stat``.
    :param kubernetes: whether it was reached through root's ``..data`` link.
    :param sealed: whether every directory on the way to it `is_sealed`.
    :param closed: whether its own mode does not matter, since it lies in what `is_closed`.
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
    return None if accepted else _complaint("file", path, found, reader, "600")


def directory_complaint(
    path: str, found: os.stat_result, reader: Reader, *, kubernetes: bool, closed: bool = False
) -> str | None:
    """Say what is wrong with a directory of secrets and what to run, or ``None``.

    :param path: the directory, with links resolved.
    :param found: its ``stat``.
    :param kubernetes: whether it holds a ``..data`` link of root's.
    :param closed: whether its own mode does not matter, since it lies in what `is_closed`.
    """
    mode = stat.S_IMODE(found.st_mode)
    ours = found.st_uid in {reader.uid, 0}
    by_root = found.st_uid == 0
    sticky = bool(found.st_mode & stat.S_ISVTX)
    # Execute bits alone let others reach a file whose name they know; the file's own mode decides.
    accepted = (
        (ours and (closed or not mode & 0o066))
        or (by_root and not mode & _FOREIGN_WRITE)
        or (by_root and kubernetes and sticky)
    )
    return None if accepted else _complaint("directory", path, found, reader, "700")


def writers_complaint(what: str, path: str, found: os.stat_result, reader: Reader) -> str | None:
    """Say who else can write to what holds encrypted secrets and what to run, or ``None``.

    Everybody may read it. Whoever can write to it can put other values in: that takes nothing but
    the public key.

    :param what: ``file`` or ``directory``.
    :param path: it, with links resolved.
    :param found: its ``stat``.
    """
    mode = stat.S_IMODE(found.st_mode)
    kept = not mode & _FOREIGN_WRITE or (what == "directory" and bool(mode & stat.S_ISVTX))
    if kept and found.st_uid in {reader.uid, 0}:
        return None
    quoted = shlex.quote(path)
    remedy = f"chmod go-w {quoted}"
    if found.st_uid not in {reader.uid, 0}:
        remedy = f"chown {_user(reader.uid)} {quoted} && {remedy}"
    return f"the {what} {_described(path, found)} can be changed by other users; run: {remedy}"


def is_sealed(found: os.stat_result) -> bool:
    """Tell whether a directory is root's and nobody but root can write to it."""
    return found.st_uid == 0 and not stat.S_IMODE(found.st_mode) & _FOREIGN_WRITE


def is_closed(found: os.stat_result, reader: Reader) -> bool:
    """Tell whether a directory is ours, and nobody else but root can enter it."""
    return found.st_uid == reader.uid and not stat.S_IMODE(found.st_mode) & _GROUP_AND_OTHERS


def _complaint(what: str, path: str, found: os.stat_result, reader: Reader, wanted: str) -> str:
    quoted = shlex.quote(path)
    remedy = f"chmod {wanted} {quoted}"
    if found.st_uid != reader.uid:  # root's too: mode 600 alone would lock us out
        remedy = f"chown {_user(reader.uid)} {quoted} && {remedy}"
    return f"the {what} {_described(path, found)} is open to other users; run: {remedy}"


def _described(path: str, found: os.stat_result) -> str:
    return f"{path} (mode {stat.S_IMODE(found.st_mode):04o}, owner {_user(found.st_uid)})"


def _user(uid: int) -> str:
    import pwd  # noqa: PLC0415 - there is none on Windows, where this is not called

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _is_below(path: str, directory: str) -> bool:
    return path.startswith(os.path.realpath(directory) + os.sep)

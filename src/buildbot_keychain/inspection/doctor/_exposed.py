"""`exposed_files`: the files of an installation that others can read, write or replace."""

from __future__ import annotations

import os
import stat
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from shlex import quote

from buildbot_keychain.inspection._findings import Finding
from buildbot_keychain.inspection.doctor._access import (
    Somebody,
    mode_of,
    name_of,
    readers,
    words,
    writers,
)
from buildbot_keychain.inspection.doctor._codes import found
from buildbot_keychain.inspection.doctor._files import File, files_of
from buildbot_keychain.inspection.doctor._installation import Installation
from buildbot_keychain.links import link_of_others

_LATER = "; and umask = 0o077 in buildbot.tac, or a closed base directory, for those to come"


def exposed_files(installation: Installation) -> Iterator[Finding]:
    """Yield a finding for each directory, and for each kind of files."""
    basedir = installation.basedir
    owner = basedir.stat().st_uid
    yield from _base_directory(basedir)
    files = files_of(installation)
    yield from _above([basedir, *(each.path.parent for each in files)], basedir)
    yield from _others_files(files, basedir)
    closed = [each.path for each in files if each.code == "log-file" and not _is_readable(each)]
    if closed:
        remedy = f"chown -h {name_of('user', owner)} {_spelled(closed)}"
        sentence = "it cannot be read, and is not searched for secrets"
        yield found("unread", sentence, *closed, remedy=remedy)
    exposed: dict[tuple[str, str, bool], list[Path]] = defaultdict(list)
    for file in filter(_is_no_device, files):
        leads_away = _leads_away(file.path)
        for sentence in _problem_of(file):
            exposed[file.code, sentence, leads_away].append(file.path)
    for (code, sentence, leads_away), paths in exposed.items():
        remedy = _remedy(code, paths)
        if leads_away:
            remedy = f"have the link lead to a file of {name_of('user', owner)} that is closed"
        yield found(code, sentence, *paths, remedy=remedy)


def _base_directory(basedir: Path) -> Iterator[Finding]:
    remedy = f"chmod 700 {quote(str(basedir))}"
    if writing := writers(basedir):
        sentence = f"{words(writing)} can put files into it, and replace all in it"
    elif reading := readers(basedir):
        sentence = f"{words(reading)} can list it, and read what is not closed by itself"
    else:
        return
    yield found("base-directory", f"{sentence} ({mode_of(basedir)})", basedir, remedy=remedy)


def _above(directories: list[Path], basedir: Path) -> Iterator[Finding]:
    """Yield a finding for each directory above in which others can replace what is there."""
    # Who can replace a link, or what it leads to, replaces what is there.
    named = dict.fromkeys(path for each in directories for path in (each, each.resolve()))
    owner = basedir.stat().st_uid
    itself = {basedir, basedir.resolve()}
    above = dict.fromkeys(
        parent for each in named for parent in (each, *each.parents) if parent not in itself
    )
    for directory in above:
        try:
            status = directory.stat()
        except OSError:
            continue
        writing = [] if status.st_mode & stat.S_ISVTX else writers(directory)
        if status.st_uid not in {0, owner} and not writing:
            writing = [Somebody("user", status.st_uid)]
        if writing:
            sentence = f"{words(writing)} can replace what is in it ({mode_of(directory)})"
            remedy = f"chmod go-w {quote(str(directory))}"
            yield found("directory-above", sentence, directory, remedy=remedy)


def _others_files(files: list[File], basedir: Path) -> Iterator[Finding]:
    owner = basedir.stat().st_uid
    others = [each.path for each in files if each.path.lstat().st_uid not in {owner, 0}]
    if owner != 0:
        # Root may have a master's configuration; but the master must write these.
        written = [each.path for each in files if each.code in {"database-file", "log-file"}]
        others += [path for path in written if path.lstat().st_uid == 0]
    for path in others:
        user, master = name_of("user", path.lstat().st_uid), name_of("user", owner)
        sentence = f"it belongs to {user}, and the base directory to {master}"
        yield found("owner", sentence, path, remedy=f"chown -h {master} {quote(str(path))}")


def _is_readable(file: File) -> bool:
    return os.access(file.path, os.R_OK)


def _is_no_device(file: File) -> bool:
    """Return whether what is at a path may be closed for others."""
    try:
        mode = file.path.stat().st_mode
    except OSError:
        return True
    return any(is_a(mode) for is_a in (stat.S_ISREG, stat.S_ISDIR, stat.S_ISSOCK))


def _leads_away(path: Path) -> bool:
    """Return whether root, who follows a remedy, may be led to what is not the master's."""
    try:
        return link_of_others(path) is not None
    except OSError:
        return False


def _problem_of(file: File) -> Iterator[str]:
    is_socket = file.code == "socket"
    reading = readers(file.path) if file.is_secret and not is_socket else []
    writing = writers(file.path)
    if writing:
        verb = "connect to" if is_socket else "write to"
        yield f"{words(writing)} can {verb} it ({mode_of(file.path)})"
    elif reading:
        yield f"{words(reading)} can read it ({mode_of(file.path)})"


def _remedy(code: str, paths: list[Path]) -> str:
    names = _spelled(paths)
    if code == "configuration-file":
        return f"chmod go-w {names}"
    later = _LATER if code in {"database-file", "log-file"} else ""
    return f"chmod go-rwx {names}{later}"


def _spelled(paths: list[Path]) -> str:
    return " ".join(quote(str(path)) for path in paths)

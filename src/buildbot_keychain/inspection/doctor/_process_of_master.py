"""The process that runs a master: its user, its environment, its versions."""

from __future__ import annotations

import configparser
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from shlex import quote

from buildbot_keychain.inspection._findings import PROBLEM, Finding
from buildbot_keychain.inspection.doctor._codes import found
from buildbot_keychain.inspection.doctor._installation import Installation
from buildbot_keychain.versions import ACCEPT_VARIABLE, version_of

_PROC = Path("/proc")

_UNITS = (Path("/etc/systemd/system"), Path("/run/systemd/system"), Path("/usr/lib/systemd/system"))

_SECRET = re.compile(
    r"(?i)(^|_)(token|passw(or)?d|passphrase|secret|secret_?id|api_?key|access_?key|private_?key)($|_)"
)
"""Names of variables that are likely to have a secret."""

_PLACE = re.compile(r"(?i)_(file|path|dir|url|uri|name|id_file|type|ttl)$")
"""Names of variables that say where one is."""

_PYTHONS, _BUILDBOTS = ((3, 10), (3, 13)), ((4, 0), (4, 3))
"""The oldest and the newest that the tests run with."""


def process_of_master(
    installation: Installation, proc: Path = _PROC, units: tuple[Path, ...] = _UNITS
) -> Iterator[Finding]:
    """Yield what is wrong with the process, and with what starts it.

    :param proc: where the kernel tells of processes.
    :param units: where systemd looks for units.
    """
    yield from _root(installation, proc, units)
    environment = _environment(installation, proc)
    names = [n for n in sorted(environment) if _SECRET.search(n) and not _PLACE.search(n)]
    if names:
        sentence = f"all programs of its user can read {', '.join(names)}, which may be secrets"
        remedy = "put them into files, or credentials of systemd (LoadCredential=)"
        yield found("environment", sentence, f"process {installation.process}", remedy=remedy)
    if ACCEPT_VARIABLE in environment or os.environ.get(ACCEPT_VARIABLE):
        sentence = f"{ACCEPT_VARIABLE} is set: what some patches would hide is not hidden"
        remedy = "use a version of Buildbot that the patches are for, and remove the variable"
        yield found("unguarded", sentence, installation.basedir, remedy=remedy)
    yield from _versions()


def _root(installation: Installation, proc: Path, units: tuple[Path, ...]) -> Iterator[Finding]:
    remedy = f"useradd --system buildbot; chown -R buildbot: {quote(str(installation.basedir))}"
    if installation.process is not None:
        place = f"process {installation.process}"
        try:
            is_root = (proc / str(installation.process)).stat().st_uid == 0
        except OSError:
            is_root = False
    else:
        place, is_root = str(installation.basedir), installation.basedir.stat().st_uid == 0
    if is_root:
        yield found("runs-as-root", "the master runs as root", place, remedy=remedy)
    for unit in _units_of(installation, units):
        if _user_of(unit) in {None, "root", "0"}:
            sentence = "the unit that starts the master has no User="
            remedy = "User=buildbot, in its [Service]"
            yield found("runs-as-root", sentence, unit, remedy=remedy)


def _units_of(installation: Installation, units: tuple[Path, ...]) -> Iterator[Path]:
    """Yield the units of systemd that name the base directory in what they start."""
    named = re.compile(rf"{re.escape(str(installation.basedir))}(?![\w.-])")
    for directory in units:
        for unit in sorted(directory.glob("*.service")):
            service = _service(unit)
            started = (service.get(key, "") for key in ("ExecStart", "WorkingDirectory"))
            if any(map(named.search, started)):
                yield unit


def _user_of(unit: Path) -> str | None:
    service = _service(unit)
    user = service.get("User")
    for more in sorted(unit.with_name(f"{unit.name}.d").glob("*.conf")):
        user = _service(more).get("User", user)
    return "dynamic" if service.get("DynamicUser", "").lower() in {"yes", "true", "1"} else user


def _service(unit: Path) -> dict[str, str]:
    parser = configparser.RawConfigParser(strict=False, delimiters="=", allow_no_value=True)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    try:
        parser.read_string(unit.read_text(encoding="utf-8", errors="replace"))
    except (OSError, configparser.Error):
        return {}
    section = parser["Service"] if parser.has_section("Service") else {}
    return {name: value or "" for name, value in section.items()}


def _environment(installation: Installation, proc: Path) -> set[str]:
    """Return the names of the variables of the running master that have a value."""
    if installation.process is None:
        return set()
    try:
        data = (proc / str(installation.process) / "environ").read_bytes()
    except OSError:  # of another user
        return set()
    pairs = (entry.partition(b"=") for entry in data.split(b"\0") if b"=" in entry)
    return {os.fsdecode(name) for name, _, value in pairs if value}


def _versions() -> Iterator[Finding]:
    buildbot = tuple(map(int, re.findall(r"\d+", version_of("buildbot") or "")[:2]))
    for name, version, (oldest, newest) in (
        ("Python", tuple(sys.version_info[:2]), _PYTHONS),
        ("Buildbot", buildbot, _BUILDBOTS),
    ):
        if not oldest <= version <= newest:
            shown = ".".join(map(str, version))
            level = PROBLEM if version < oldest else None
            tried = f"{'.'.join(map(str, oldest))} to {'.'.join(map(str, newest))}"
            sentence = f"{name} {shown} is not among those that are tested, which are {tried}"
            remedy = f"use {name} {'.'.join(map(str, newest))}, or watch the master's first start"
            yield found("not-tried", sentence, sys.executable, remedy=remedy, level=level)

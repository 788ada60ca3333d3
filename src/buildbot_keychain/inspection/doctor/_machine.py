"""What the machine does with the memory of a master."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from buildbot_keychain.inspection._findings import Finding
from buildbot_keychain.inspection.doctor._codes import found
from buildbot_keychain.inspection.doctor._installation import Installation

_PROC, _SYS = Path("/proc"), Path("/sys")

_CRYPT = "CRYPT-"
"""What the uuid of a device begins with that device-mapper encrypts."""


def machine(installation: Installation, proc: Path = _PROC, sys: Path = _SYS) -> Iterator[Finding]:
    """Yield where memory of the master may be written to a disk.

    :param proc: where the kernel tells of processes.
    :param sys: where it tells of devices.
    """
    if installation.process is not None:
        yield from _core_dumps(proc, installation.process)
    devices = [each for each in _swaps(proc) if not _is_encrypted(each, sys)]
    if devices:
        sentence = "memory with secrets may be written to swap that is not encrypted"
        remedy = "encrypt it (crypttab, with a key from /dev/urandom), or use zram"
        yield found("swap", sentence, *devices, remedy=remedy)


def _core_dumps(proc: Path, process: int) -> Iterator[Finding]:
    limit = _core_limit(_read(proc / str(process) / "limits"))
    pattern = _read(proc / "sys/kernel/core_pattern").strip()
    is_pipe = pattern.startswith("|")
    # The kernel starts no program for a limit of 1 byte, but for one of 0 it does (core(5)).
    if limit is None or limit == 1 or (limit == 0 and not is_pipe):
        return
    where = f"given to {pattern[1:].split()[0]}" if is_pipe else "written to a file"
    sentence = f"the memory of a master that crashes is {where}, with all secrets"
    least = 1 if is_pipe else 0
    remedy = f"LimitCORE={least} in its unit, or at once: prlimit --core={least} --pid={process}"
    yield found("core-dumps", sentence, f"process {process}", remedy=remedy)


def _core_limit(limits: str) -> float | None:
    """Return the bytes that a dump may have; ``None`` if that is not known."""
    for line in limits.splitlines():
        if line.startswith("Max core file size"):
            soft = line.split()[4]
            return float("inf") if soft == "unlimited" else float(soft)
    return None


def _swaps(proc: Path) -> list[str]:
    lines = _read(proc / "swaps").splitlines()[1:]
    return [line.split()[0] for line in lines if line.strip()]


def _is_encrypted(device: str, sys: Path) -> bool:
    name = Path(device).resolve().name
    if name.startswith("zram"):
        return True
    return _read(sys / "block" / name / "dm" / "uuid").startswith(_CRYPT)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""

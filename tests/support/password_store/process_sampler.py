"""`Sampler`: samples what any user of the machine could see of our child processes."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path


def parents() -> dict[int, int]:
    """Return the parent of each process of the machine."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, IndexError):  # it has ended
            found[int(folder.name)] = int(status_of(folder)[1])
    return found


def status_of(folder: Path) -> list[str]:
    """Return what /proc/…/stat shows of a process after its name: its state, its parent, …"""
    return (folder / "stat").read_text().rpartition(")")[2].split()


def descendants() -> set[int]:
    """Return our children, their children, and so on."""
    parent_of = parents()
    found = {os.getpid()}
    while more := {p for p, parent in parent_of.items() if parent in found} - found:
        found |= more
    return found - {os.getpid()}


@dataclass
class Sampler:
    """A context manager that looks at all our descendants, in a thread, until it is left.

    :param canary: what no argument and no environment may contain, in UTF-8.
    """

    canary: bytes
    samples: int = 0
    seen: set[bytes] = field(default_factory=set)
    """The command lines that were seen."""
    leaking: set[bytes] = field(default_factory=set)
    """Those whose arguments or environment contained the canary."""
    most: dict[str, int] = field(default_factory=dict)
    """The highest number of simultaneous processes, by the program's name."""
    zombies: set[int] = field(default_factory=set)
    """Children that had ended in two successive samples."""

    def __enter__(self) -> Sampler:  # noqa: PYI034 - typing has Self from Python 3.11 on
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        ended: set[int] = set()
        while not self._over.is_set():
            ended = self._sample(ended)
            self.samples += 1

    def _sample(self, ended_before: set[int]) -> set[int]:
        counted: dict[str, int] = {}
        ended = set()
        for number in descendants():
            folder = Path("/proc", str(number))
            try:
                command = (folder / "cmdline").read_bytes()
                everything = command + (folder / "environ").read_bytes()
                state = status_of(folder)[0]
            except OSError:
                continue
            if state == "Z":
                ended.add(number)
                continue
            self.seen.add(command)
            if self.canary in everything:
                self.leaking.add(command)
            program = Path(os.fsdecode(command.split(b"\0")[0])).name
            counted[program] = counted.get(program, 0) + 1
        for program, count in counted.items():
            self.most[program] = max(count, self.most.get(program, 0))
        self.zombies |= ended & ended_before
        return ended

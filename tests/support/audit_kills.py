"""A program that gives secrets until it is killed, and looks at what the audit trail has of them.

``python -m tests.support.audit_kills DIRECTORY TIMES SEED`` prints what it has found. The process
dies of SIGKILL at random moments, between any two instructions. It says of each secret when it was
given: from then on, its event must be in the trail, as the trail fails closed.
"""

from __future__ import annotations

import json
import os
import random
import select
import signal
import sys
import traceback
from pathlib import Path

from buildbot_keychain.audit import AuditToFile
from buildbot_keychain.audit.verification import Verified, verify

LONGEST = 0.05
"""Seconds from the last secret that was given to the kill."""


def serve(path: Path, writer: int, first: int) -> None:
    """Serve secrets, one after the other, and report each; in bursts, as builds start."""
    from twisted.internet import reactor  # noqa: PLC0415 - a new one in each process
    from twisted.internet.defer import Deferred, gatherResults  # noqa: PLC0415

    from buildbot_keychain.manager import SecretManager  # noqa: PLC0415 - it imports Twisted
    from tests.support.fakes import DictProvider  # noqa: PLC0415 - the same

    class Provider(DictProvider):
        def get(self, name: str) -> str:
            return f"value-of-{name}"

    async def give(name: str) -> None:
        await manager.get(name)
        os.write(writer, f"{name}\n".encode())

    async def run() -> None:
        number = first
        while True:
            await gatherResults(
                [Deferred.fromCoroutine(give(f"s{number + each}")) for each in range(5)]
            )
            number += 5

    sink = AuditToFile(path, max_size=8192)
    manager = SecretManager([Provider("files", {})], audit=[sink], audit_fail_closed=True)
    reactor.callWhenRunning(
        lambda: Deferred.fromCoroutine(run()).addErrback(lambda f: f.printTraceback())
    )
    reactor.run()


def killed(path: Path, first: int, wait_for: int, seconds: float) -> list[str]:
    """Serve in a process that is killed; return the names of the secrets that were given."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.close(reader)
        try:
            serve(path, writer, first)
        except BaseException:  # noqa: BLE001 - nothing else would tell of it
            traceback.print_exc()
        os._exit(1)
    os.close(writer)
    said = b""
    while said.count(b"\n") < wait_for:
        more = os.read(reader, 4096)
        assert more, "it did not serve"
        said += more
    select.select([], [], [], seconds)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    while more := os.read(reader, 4096):
        said += more
    os.close(reader)
    return said.decode().splitlines()


def check(path: Path, given: set[str]) -> tuple[int, int]:
    """Return how many lines there are, and how many of them repairs; fail if an event is lost."""
    result = Verified()
    problems = list(verify(str(path), result))
    assert not problems, problems[:3]
    recorded: set[str] = set()
    repaired = 0
    for file in sorted(path.parent.glob("audit.jsonl*")):
        if file.suffix == ".state":
            continue
        for line in file.read_bytes().split(b"\n")[:-1]:
            event = json.loads(line)
            repaired += event.get("action") == "repaired"
            if event["event"] == "lookup":
                recorded.add(event["secret"])
    assert given <= recorded, sorted(given - recorded)[:5]
    return result.lines, repaired


def main(directory: str, times: int, seed: int) -> None:
    """Kill it so often, and print what was found."""
    chance = random.Random(seed)
    path = Path(directory) / "audit.jsonl"
    given: set[str] = set()
    lines = repaired = 0
    for number in range(times):
        wait_for = chance.choice((0, 1, 1, 6, 40))
        names = killed(path, number * 100_000, wait_for, chance.random() * LONGEST)
        given.update(names)
        lines, repaired = check(path, given)
    print(  # noqa: T201 - it reports
        f"killed {times} times: {len(given)} given, {lines} lines, {repaired} repaired, none lost"
    )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))

"""Counts the lookups that simultaneous renderings of a real master lead to.

Run ``python -m tests.benchmarks.renders [BUILDS NAMES [ROUNDS]]`` at the top of the repository; by
default, 10 builds render 1,000 names each, once. Nothing is known before; later rounds render the
same with other builds. It prints what each round takes: questions to the provider, processor and
elapsed seconds, the most memory so far, and how many objects there are afterwards. It fails where
the provider is asked more than once a round for a name.
"""

from __future__ import annotations

import gc
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from twisted.internet.defer import Deferred
from twisted.internet.task import react

from tests.support.ending import end_process
from tests.support.real_master import RealMaster
from tests.support.simultaneous_renders import SimultaneousRenders

KIB_PER_MIB = 1024


async def measure(directory: Path, builds: int, names: int, rounds: int) -> None:
    """Print what rounds take, and end the process."""
    renders = SimultaneousRenders(builds, names, directory / "audit.jsonl")
    master = RealMaster(directory, renders.config, "null")
    await master.start()
    exact = True
    for number in range(1, rounds + 1):
        renders.provider.asked.clear()
        began, cpu = time.monotonic(), time.process_time()
        results = await renders.run(master)
        elapsed, cpu = time.monotonic() - began, time.process_time() - cpu
        gc.collect()
        asked = len(renders.provider.asked)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // KIB_PER_MIB
        print(
            f"round {number}: {builds * names} renderings, {asked} questions, {cpu:.1f} s of the "
            f"processor in {elapsed:.1f} s, {memory} MiB, {len(gc.get_objects())} objects, "
            f"{', '.join(sorted(set(results)))}",
            flush=True,
        )
        exact = exact and asked == names and set(results) == {"success"}
    end_process(directory, 0 if exact else 1)


def main(arguments: Sequence[str]) -> None:
    builds, names, rounds = [*map(int, arguments), *(10, 1000, 1)[len(arguments) :]]
    with tempfile.TemporaryDirectory() as directory:
        react(
            lambda _: Deferred.fromCoroutine(measure(Path(directory), builds, names, rounds)),
        )


if __name__ == "__main__":
    main(sys.argv[1:])

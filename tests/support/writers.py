"""A program of many writers that count together: processes, each with threads.

``python -m tests.support.writers URL RING DIRECTORY PROCESSES THREADS`` exits with 0 when all have
counted. Each thread adds one to a secret, as long as nobody else did so in the meantime.
"""

from __future__ import annotations

import os
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor

from buildbot_keychain.errors import StoreConflict
from buildbot_keychain.store.opening import OpenStore
from tests.support.store_keys import NOW

COUNTERS = 25


def count(store: OpenStore, name: str) -> None:
    """Add one."""
    while True:
        value = store.secrets.get(name)
        assert value is not None
        try:
            store.secrets.set(name, str(int(value.text) + 1), now=NOW, expected=value.version)
        except StoreConflict:
            continue
        return


def write(store: OpenStore, threads: int) -> None:
    names = [f"counter {number % COUNTERS}" for number in range(threads)]
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda name: count(store, name), names))


def main(url: str, ring: str, directory: str, processes: int, threads: int) -> int:
    children = []
    for number in range(processes):
        child = os.fork()
        if not child:
            try:
                seen = f"{directory}/writer-{number}.seen"
                write(OpenStore(url, ring, actor=f"{number}", seen=seen), threads)
            except BaseException:  # noqa: BLE001 - nothing else would tell of it
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        children.append(child)
    return sum(os.waitpid(child, 0)[1] for child in children)


if __name__ == "__main__":
    _, url_, ring_, directory_, processes_, threads_ = sys.argv
    sys.exit(bool(main(url_, ring_, directory_, int(processes_), int(threads_))))

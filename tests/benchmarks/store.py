"""Compares the encrypted store of many secrets with one of few, with files, and with the cipher.

Run ``python -m tests.benchmarks.store`` at the top of the repository; ``--secrets`` says how many
are many (default 2,000; 100,000 take some minutes to write). Times are of the processor, and the
ratios are of one run.
"""

from __future__ import annotations

import argparse
import secrets
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.task import react

from buildbot_keychain import SecretInAFile, SecretInStore
from buildbot_keychain.providers.service import ProviderService
from buildbot_keychain.store.contents import Contents
from buildbot_keychain.store.creation import create_store
from buildbot_keychain.store.database import Database
from buildbot_keychain.store.metadata import Metadata
from buildbot_keychain.store.opening import OpenStore
from buildbot_keychain.store.records import UID_LENGTH
from buildbot_keychain.store.ring_file import RingFile
from buildbot_keychain.store.transaction import SecretState
from tests.support.memory import resident
from tests.support.store_keys import NOW

FEW = 100
LATE = 1 << 40  # no master is waited for
LOOKUPS = 200
AT_ONCE = 1000
VALUE = "the value of a secret, such as a token"


def new_store(
    base: Path, count: int, about: Callable[[int], Metadata] = lambda _: Metadata(NOW)
) -> OpenStore:
    """Return a store of that many secrets: written many at once, which is all that differs.

    :param about: returns what is known of each.
    """
    for path in (base, base / "data", base / "keys"):
        path.mkdir(mode=0o700)
    url = f"sqlite:///{base}/data/secrets.sqlite"
    database = Database(url)
    create_store(database, RingFile(base / "keys" / "ring"), now=NOW, actor="benchmark")
    database.close()
    store = opened(base)
    contents = Contents(store.ledger)
    for begin in range(0, count, AT_ONCE):
        with store.ledger.writing(NOW) as change:
            for number in range(begin, min(begin + AT_ONCE, count)):
                uid, name = secrets.token_bytes(UID_LENGTH), f"team/{number:06}"
                secret = SecretState(uid, name, 0, 0, ())
                change.rows.add_secret(uid, name)
                row, payload = contents.seal(
                    change.store.primary, secret, 1, about(number), VALUE.encode()
                )
                change.rows.add_version(row, payload)
                change.record(f"create {name}", 1, replace(secret, version=1, versions=(row,)))
    return store


def opened(base: Path) -> OpenStore:
    """Open a store as a command does."""
    url = f"sqlite:///{base}/data/secrets.sqlite"
    return OpenStore(url, base / "keys" / "ring", actor="benchmark", seen=base / "keys" / "seen")


def seconds(work: Callable[[], object], times: int = 1) -> float:
    """Return the median time of the processor that some work takes."""
    found = []
    for _ in range(times):
        begin = time.process_time()
        work()
        found.append(time.process_time() - begin)
    return statistics.median(found)


async def lookups(provider: ProviderService, name: Callable[[], str]) -> float:
    """Return the median time of the processor that a lookup takes, with all threads."""
    await maybeDeferred(provider.startService)
    found = []
    for _ in range(LOOKUPS):
        begin = time.process_time()
        assert await maybeDeferred(provider.get, name()) == VALUE
        found.append(time.process_time() - begin)
    await maybeDeferred(provider.stopService)
    return statistics.median(found)


async def compare_lookups(base: Path, many: int) -> None:
    """Print what lookups take, as a master does them."""
    numbers = (number * 7919 for number in range(1 << 30))
    files = base / "files"
    files.mkdir(mode=0o700)
    (files / "secret").touch(mode=0o600)
    (files / "secret").write_text(VALUE)
    cipher, nonce = AESGCM(bytes(32)), bytes(12)
    sealed = cipher.encrypt(nonce, VALUE.encode(), None)

    few = await lookups(provider_of(base / "few"), lambda: f"team/{next(numbers) % FEW:06}")
    large = await lookups(provider_of(base / "many"), lambda: f"team/{next(numbers) % many:06}")
    in_file = await lookups(SecretInAFile(str(files)), lambda: "secret")
    show(f"a lookup among {FEW:,}", few)
    show(f"a lookup among {many:,}", large, few)
    show("a lookup of SecretInAFile", in_file, few)
    bare = seconds(lambda: cipher.decrypt(nonce, sealed, None), LOOKUPS)
    show("a call of AES-GCM on the same value", bare, few)


def provider_of(base: Path) -> SecretInStore:
    """Return the provider of a store."""
    url = f"sqlite:///{base}/data/secrets.sqlite"
    return SecretInStore(url, base / "keys" / "ring", seen_file=base / "keys" / "master.seen")


def compare(base: Path, many: int) -> None:
    """Print what else is done with them."""
    few, large = opened(base / "few"), opened(base / "many")
    page = seconds(few.secrets.page, 5)
    show(f"a page of 100 among {FEW:,}", page)
    show(f"a page of 100 among {many:,}", seconds(large.secrets.page, 5), page)
    show("rotation", seconds(lambda: large.rotation.rotate(now=NOW, alive_since=LATE)))
    before = resident()
    show("rotation again", seconds(lambda: large.rotation.rotate(now=NOW, alive_since=LATE)))
    print(f"{'  grows by':45} {(resident() - before) / 1e6:10.1f} MB")
    show("verify", seconds(large.verify))
    large.close()
    few.close()


def compare_openings(base: Path) -> None:
    """Print what it takes to open the store of many secrets, as each command does."""
    before = resident()
    show("opening it for the first time", seconds(lambda: opened(base / "many").close()))
    store = opened(base / "many")
    print(f"{'  takes':45} {(resident() - before) / 1e6:10.1f} MB")
    store.close()
    show("opening it again", seconds(lambda: opened(base / "many").close()))


def show(what: str, took: float, base: float | None = None) -> None:
    """Print a time, and how often another one that is."""
    ratio = "" if base is None else f"{took / base:10.4f} x"
    print(f"{what:45} {took * 1000:10.3f} ms{ratio}")


async def main(reactor: object, base: Path, many: int) -> None:
    """Print everything."""
    del reactor
    base.mkdir(mode=0o700)
    new_store(base / "few", FEW).close()
    new_store(base / "many", many).close()
    compare_openings(base)
    await compare_lookups(base, many)
    compare(base, many)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--secrets", type=int, default=2000, metavar="COUNT")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        stores = Path(temporary).resolve() / "stores"
        react(lambda reactor: Deferred.fromCoroutine(main(reactor, stores, arguments.secrets)))

"""Lookups without a pause, over TLS, while one thing after the other goes wrong.

Each lookup must give the right value, ``None`` for what is not there, or an error of ours, in time.
`KEYCHAIN_SOAK` multiplies the number of lookups: a larger soak is run by hand::

    KEYCHAIN_SOAK=10 python -m pytest tests/integration/vault/test_soak.py -s
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThread

from buildbot_keychain.errors import KeychainError
from buildbot_keychain.providers.vault import VaultAuthenticatorApprole
from tests.support.openbao import engines, logins
from tests.support.openbao.certificates import Authority
from tests.support.openbao.proxy import Corrupt, Fault, Hang, Pass, Reset, Truncate
from tests.support.openbao.server import OpenBao
from tests.support.reachable import reachable_text
from tests.support.vault.case import VaultTestCase

LOOKUPS = 60 * int(os.environ.get("KEYCHAIN_SOAK", "1"))
"""Before a fault, during it, and after it."""

CLIENTS = 40
CONNECTIONS = 8
DEADLINE = 1.0
_SLACK = 2.0  # seconds, on a busy machine


class SoakTests(VaultTestCase):
    """One durable server, behind a proxy."""

    counts: Counter[str]
    timeout = 600 * int(os.environ.get("KEYCHAIN_SOAK", "1"))

    async def test_every_lookup_is_right_or_an_error_in_time(self) -> None:
        await self.set_up()
        clients = [self.client(number) for number in range(CLIENTS)]
        for name, begin, end in self.faults():
            self.results[name] = Counter()
            self.counts = self.results[name]
            await self.looked_up(LOOKUPS)
            await begin()
            await self.looked_up(LOOKUPS)
            await end()
            await self.recovered(name)
        self.over = True
        await gatherResults(clients)
        for name, counts in self.results.items():
            print(f"{name:30}", dict(counts))  # noqa: T201 - for who runs it by hand
        self.assertEqual(self.wrong, [])
        self.assertLess(self.longest, DEADLINE + _SLACK)
        threads = [t for t in threading.enumerate() if t.name.startswith("keychain-")]
        self.assertLessEqual(len(threads), CONNECTIONS)

    async def set_up(self) -> None:
        self.random = random.Random(5)  # as it came up
        self.results: dict[str, Counter[str]] = {}
        self.wrong: list[str] = []
        self.longest = 0.0
        self.over = False
        self.waiting: list[tuple[int, Deferred[None]]] = []
        self.done = 0
        self.counts = Counter()
        authority = Authority(self.directory())
        self.server = OpenBao(durable=True, authority=authority)
        self.addCleanup(self.server.stop)
        await deferToThread(self.server.start)
        root = self.server.root
        self.hide(str(root.token))
        engines.enable_kv(root)
        self.values = {f"n{number}": self.hide(f"value-of-n{number}") for number in range(30)}
        for name, value in self.values.items():
            engines.write_kv(root, name, value=value)
        logins.write_policy(root, "ci", ("secret/data/*", ["read"]))
        logins.enable_auth(root, "approle")
        # Its life ends many times during the test.
        role_id, secret_id = logins.approle(root, "m", "ci", token_ttl="2s", token_max_ttl="5s")
        self.front = self.proxy(self.server)
        self.subject = self.provider(
            self.front.address,
            VaultAuthenticatorApprole(self.hide(role_id), self.hide(secret_id)),
            ca_bundle=authority.certificate,
            timeout=DEADLINE,
            connections=CONNECTIONS,
        )

    def faults(
        self,
    ) -> list[tuple[str, Callable[[], Awaitable[Any]], Callable[[], Awaitable[Any]]]]:
        """Return what goes wrong: its name, and how it begins and ends."""
        root, server = self.server.root, self.server

        def blocking(work: Callable[..., Any], *arguments: Any) -> Callable[[], Awaitable[Any]]:
            return lambda: deferToThread(work, *arguments)

        def fault(kind: Fault) -> Callable[[], Awaitable[Any]]:
            async def set_fault() -> None:
                self.front.fault = kind

            return set_fault

        async def listen() -> None:
            self.front.start()

        healed = fault(Pass())
        return [
            ("nothing", healed, healed),
            ("hanging", fault(Hang()), healed),
            ("cut short", fault(Truncate()), healed),
            ("cut short later", fault(Truncate(200)), healed),
            ("corrupt", fault(Corrupt()), healed),
            ("reset", fault(Reset()), healed),
            ("unreachable", self.front.refuse, listen),
            ("sealed", blocking(server.seal), blocking(server.unseal)),
            ("killed", blocking(server.kill), blocking(server.start)),
            ("restarted", blocking(self.restart), healed),
            ("all tokens revoked", blocking(self.revoke_tokens), healed),
            (
                "a quota",
                blocking(logins.limit_rate, root, "slow", 30, "secret"),
                blocking(logins.lift_rate, root, "slow"),
            ),
        ]

    def restart(self) -> None:
        self.server.terminate()
        self.server.start()

    def revoke_tokens(self) -> None:
        root = self.server.root
        for accessor in root.list("auth/token/accessors"):
            found = root.write("auth/token/lookup-accessor", accessor=accessor)
            if found["path"].startswith("auth/approle/"):
                root.write("auth/token/revoke-accessor", accessor=accessor)

    def looked_up(self, count: int) -> Deferred[None]:
        """Fire after so many more lookups."""
        done: Deferred[None] = Deferred()
        self.waiting.append((self.done + count, done))
        return done

    def client(self, number: int) -> Deferred[None]:
        return Deferred.fromCoroutine(self.keep_looking_up(number))

    async def keep_looking_up(self, number: int) -> None:
        while not self.over:
            name = self.random.choice([*self.values, f"absent-{number}"])
            started = time.monotonic()
            try:
                value = await self.subject.get(name)
            except KeychainError as error:
                self.shows_nothing(reachable_text(error), "an error")
                self.counts[type(error).__name__] += 1
            except Exception as error:  # noqa: BLE001 - that is what is looked for
                self.wrong.append(f"{name}: {type(error).__name__}")
            else:
                right = value == self.values.get(name)
                self.counts["right" if right else "wrong"] += 1
                if not right:
                    self.wrong.append(f"{name}: another value")
            self.longest = max(self.longest, time.monotonic() - started)
            self.done += 1
            while self.waiting and self.waiting[0][0] <= self.done:
                self.waiting.pop(0)[1].callback(None)
            # A lookup that is refused at once leaves the reactor no turn, and nothing would heal.
            await deferLater(reactor, 0)

    async def recovered(self, name: str) -> None:
        """Wait until there is a right value again; there must be one soon."""
        end = time.monotonic() + 20
        while await self.is_down():
            self.assertLess(time.monotonic(), end, f"after {name}")
            await self.looked_up(1)

    async def is_down(self) -> bool:
        try:
            value = await self.subject.get("n0")
        except KeychainError:
            return True
        self.assertEqual(value, self.values["n0"])
        return False

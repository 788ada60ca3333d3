from __future__ import annotations

import socket
import threading
from collections.abc import Sequence
from typing import Any
from unittest import mock

from twisted.internet import reactor
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import (
    IHostnameResolver,
    IReactorPluggableNameResolver,
    IResolutionReceiver,
)
from twisted.trial.unittest import TestCase
from zope.interface import implementer
from zope.interface.verify import verifyObject

from buildbot_keychain.providers.http._names import NameResolver, ResolvingReactor
from buildbot_keychain.workpool import WorkPool


@implementer(IResolutionReceiver)
class Receiver:
    def __init__(self) -> None:
        self.addresses: list[Any] = []
        self.began: list[Any] = []
        self.completed: Deferred[list[Any]] = Deferred()

    def resolutionBegan(self, resolutionInProgress: Any) -> None:
        self.began.append(resolutionInProgress)

    def addressResolved(self, address: Any) -> None:
        self.addresses.append(address)

    def resolutionComplete(self) -> None:
        self.completed.callback(self.addresses)


class NameResolverTests(TestCase):
    def setUp(self) -> None:
        self.pool = WorkPool(reactor, 2, "test-names")
        self.addCleanup(self.pool.stop)

    def resolver(self, timeout: float = 20.0) -> NameResolver:
        resolver = NameResolver(self.pool, timeout)
        verifyObject(IHostnameResolver, resolver)
        return resolver

    def resolve(self, resolver: NameResolver, name: str) -> Deferred[list[Any]]:
        receiver = Receiver()
        resolution = resolver.resolveHostName(receiver, name, 80)
        self.assertEqual(receiver.began, [resolution])
        return receiver.completed

    def answering(self, answer: Any) -> None:
        """Have threads resolve names to `answer`, or as it does."""
        really = socket.getaddrinfo

        def getaddrinfo(host: str, port: int, *numbers: int) -> Any:
            if numbers[-1] & socket.AI_NUMERICHOST:
                return really(host, port, *numbers)
            return answer() if callable(answer) else answer

        patch = mock.patch("socket.getaddrinfo", getaddrinfo)
        patch.start()
        self.addCleanup(patch.stop)

    def test_an_address_needs_no_thread(self) -> None:
        self.patch(self.pool, "run", lambda *_: self.fail("a thread was used"))
        resolver = self.resolver()
        for name, kind in (("127.0.0.1", IPv4Address), ("::1", IPv6Address)):
            (address,) = self.successResultOf(self.resolve(resolver, name))
            self.assertIsInstance(address, kind)
            self.assertEqual((address.host, address.port), (name, 80))

    async def test_a_name_is_resolved_in_a_thread_of_the_pool(self) -> None:
        threads = []

        def answer() -> Sequence[Any]:
            threads.append(threading.current_thread().name)
            return [
                (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::1", 80, 0, 0)),
                (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 80)),
                (socket.AF_UNIX, socket.SOCK_STREAM, 0, "", ("/x",)),
            ]

        self.answering(answer)
        found = await self.resolve(self.resolver(), "example.org")
        self.assertEqual([address.host for address in found], ["::1", "127.0.0.1"])
        self.assertEqual(threads, ["test-names-1"])

    async def test_names_without_an_address(self) -> None:
        def unknown() -> None:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

        for name, answer, problem in (
            ("x" * 64 + ".example", None, "it is not a valid host name"),
            ("no.such.host", unknown, "Name or service not known"),
            ("no.address", [], "it has no address"),
        ):
            if answer is not None:
                self.answering(answer)
            resolver = self.resolver()
            self.assertEqual(await self.resolve(resolver, name), [])
            self.assertEqual(resolver.problem, problem)
            self.assertFalse(resolver.timed_out)

    async def test_a_lookup_that_hangs_ends_at_the_deadline(self) -> None:
        release = threading.Event()
        self.addCleanup(release.set)
        self.answering(lambda: release.wait(30) and [])
        resolver = self.resolver(timeout=0.05)
        self.assertEqual(await self.resolve(resolver, "example.org"), [])
        self.assertEqual(resolver.problem, "its lookup took too long")
        self.assertTrue(resolver.timed_out)

    async def test_one_that_is_given_up_leaves_nothing(self) -> None:
        release = threading.Event()
        self.addCleanup(release.set)
        self.answering(lambda: release.wait(30) and [])
        resolver = self.resolver()
        resolving = self.resolve(resolver, "example.org")
        resolver.cancel()
        # Trial would find a delayed call that is left.
        self.assertEqual(self.successResultOf(resolving), [])

    def test_the_reactor_is_the_same_but_for_its_resolver(self) -> None:
        resolver = self.resolver()
        untyped: Any = reactor
        resolving: Any = ResolvingReactor(reactor, resolver)
        verifyObject(IReactorPluggableNameResolver, resolving)
        self.assertIs(resolving.nameResolver, resolver)
        self.assertEqual(resolving.seconds, untyped.seconds)
        self.assertIs(resolving.installNameResolver(self.resolver()), resolver)
        self.assertIsNot(untyped.nameResolver, resolver)

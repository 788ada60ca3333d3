from __future__ import annotations

import threading
from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase
from zope.interface.verify import verifyObject

from buildbot_keychain.configuration import Configuration
from buildbot_keychain.errors import (
    SecretNotFound,
)
from buildbot_keychain.interfaces import IListsNames
from buildbot_keychain.lookups import Lookups
from buildbot_keychain.manager import SecretManager
from buildbot_keychain.redaction import Redactor
from buildbot_keychain.rendering import Interpolate
from tests.support.fakes import ListingProvider

VALUE = "tr0ub4dor&3"


class HintTests(TestCase):
    """What may have been meant by a name that nobody holds."""

    async def test_the_names_that_providers_list(self) -> None:
        listing = ListingProvider("d", {"x": VALUE, "deploy_token": VALUE})
        verifyObject(IListsNames, listing)
        message = str(await self.assertFailure(self.lookup(listing), SecretNotFound))
        self.assertIn("secret 'depoly_token': no provider holds it (asked: d); did you", message)
        self.assertIn("did you mean 'deploy_token'? add it", message)
        broken = ListingProvider("b", {"deploy_token": VALUE, "x": OSError(VALUE)})
        message = str(await self.assertFailure(self.lookup(broken), SecretNotFound))
        self.assertNotIn("did you mean", message)

    async def test_strangers_learn_no_names(self) -> None:
        """Whoever may choose a part of a name could otherwise list what there is."""
        listing = ListingProvider("d", {"ci/tokens": VALUE, "deploy_token": VALUE})
        listing.kind = "vault"  # type: ignore[attr-defined]
        error = await self.assertFailure(self.lookup(listing), SecretNotFound)
        self.assertNotIn("deploy_token", error.page_message)
        error = await self.assertFailure(self.lookup(listing, "ci/token"), SecretNotFound)
        self.assertIn("did you mean 'ci/tokens'?", str(error))
        self.assertIn("if 'token' is a field of 'ci', write 'ci|token'.", error.page_message)
        error = await self.assertFailure(self.lookup(listing, "vault:x"), SecretNotFound)
        self.assertIn("write 'vault!x'", error.page_message)

    async def test_names_are_compared_in_one_thread(self) -> None:
        """Neither in the reactor's, nor in one for each secret that is missing."""
        threads: list[threading.Thread] = []

        class Name(str):
            __slots__ = ()

            def __len__(self) -> int:
                threads.append(threading.current_thread())
                return 5

        lookups = Lookups(Redactor())
        configuration = Configuration((ListingProvider("d", {Name("other"): VALUE}),))
        for _ in range(2):
            at_once = [lookups.get(configuration, "missing") for _ in range(5)]
            for lookup in at_once:
                await self.assertFailure(lookup, SecretNotFound)
            self.assertEqual(len(set(threads)), 1)
            self.assertNotIn(threading.main_thread(), threads)
            threads.clear()

    def test_no_names_are_listed_where_the_secret_may_be_missing(self) -> None:
        listing = ListingProvider("d", {"deploy_token": VALUE})
        self.patch(listing, "names", lambda: self.fail("listed"))
        manager = SecretManager([listing])
        for operator, expected in (":-no", "no"), (":~no", "no"), (":+yes", ""), (":?|y|n", "n"):
            text = Interpolate(f"%(secret:depoly_token{operator})s")
            self.assertEqual(self.successResultOf(manager.render(text)), expected)

    def lookup(self, provider: Any, name: str = "depoly_token") -> Deferred[Any]:
        return Lookups(Redactor()).get(Configuration((provider,)), name)

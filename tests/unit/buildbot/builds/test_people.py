"""For whom something is done, and for how long that counts."""

from __future__ import annotations

import contextvars
import sys
from types import SimpleNamespace
from typing import Any
from unittest import mock

from buildbot.www.oauth2 import GitHubAuth, GoogleAuth
from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.builds._people import (
    asking,
    person_of,
    telegram_person,
    who_is_asking,
)


class AskingTests(SynchronousTestCase):
    """`asking`."""

    def test_until_it_is_done(self) -> None:
        waits: Deferred[None] = Deferred()
        found: list[str | None] = []
        contexts: list[contextvars.Context] = []

        @inlineCallbacks
        def do() -> Any:
            contexts.append(contextvars.copy_context())
            found.append(who_is_asking())
            yield waits
            found.append(who_is_asking())

        doing = asking("alice", do)
        self.assertIsNone(who_is_asking())
        self.assertEqual(contexts[0].run(who_is_asking), "alice")
        waits.callback(None)
        self.assertEqual(found, ["alice", "alice"])
        self.successResultOf(doing)
        # Somebody has kept the context, such as the message queue.
        self.assertIsNone(contexts[0].run(who_is_asking))

    def test_what_is_done_at_once_or_fails(self) -> None:
        self.assertEqual(asking("alice", who_is_asking), "alice")
        self.assertRaises(ZeroDivisionError, asking, "alice", lambda: 1 / 0)
        self.assertIsNone(who_is_asking())

    def test_the_innermost_counts(self) -> None:
        self.assertIsNone(asking("alice", lambda: asking(None, who_is_asking)))


class PersonTests(SynchronousTestCase):
    """`person_of` and `telegram_person`."""

    def test_users_of_pages(self) -> None:
        github, google = GitHubAuth("id", "secret"), GoogleAuth("id", "secret")
        user = {"username": "alice", "email": "alice@example.org", "full_name": "bob"}
        self.assertEqual(person_of(user, github), "alice")
        # The user name is only the beginning of the address.
        self.assertEqual(person_of(user, google), "alice@example.org")
        for nobody in (
            {"anonymous": True},
            {"anonymous": True, "username": "alice"},
            {"full_name": "alice", "email": "alice@example.org"},
            {"username": ""},
            {"username": 5},
            {},
        ):
            self.assertIsNone(person_of(nobody, github), nobody)

    def test_telegram(self) -> None:
        class Contact:
            user_info = {"id": 17, "first_name": "alice", "username": "alice"}

        telegram = SimpleNamespace(TelegramContact=Contact)
        with mock.patch.dict(sys.modules, {"buildbot.reporters.telegram": telegram}):
            self.assertEqual(telegram_person(Contact()), "telegram:17")
            self.assertIsNone(telegram_person(self))
        with mock.patch.dict(sys.modules, {"buildbot.reporters.telegram": None}):
            self.assertIsNone(telegram_person(Contact()))

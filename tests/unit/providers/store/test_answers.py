from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.details import DescribedText, PublicText, Requester
from buildbot_keychain.errors import AccessDenied, InvalidSecret, ProviderError
from buildbot_keychain.providers.store._answers import Refused, answer
from buildbot_keychain.store.metadata import Metadata
from buildbot_keychain.store.store import Value
from tests.support.store_keys import NOW


def answered(
    content: bytes,
    field: str | None = None,
    numbers: str = "error",
    current: dict[str, Any] | None = None,
    **known: Any,
) -> Any:
    value = Value(content, 1, Metadata(NOW, **known))
    now = Metadata(NOW, **(known if current is None else current))
    return answer(value, now, field, Requester("build", builder="b"), NOW, numbers)


class AnswerTests(SynchronousTestCase):
    def problem(self, kind: type[ProviderError], *arguments: Any, **known: Any) -> str:
        error: Any = self.assertRaises(Refused, answered, *arguments, **known)
        self.assertIs(error.kind, kind)
        self.assertNotIn("canary", error.reason)
        return str(error.reason)

    def test_a_value_is_a_text(self) -> None:
        self.assertEqual(answered("pässword".encode()), "pässword")
        reason = self.problem(InvalidSecret, b"canary\xff")
        self.assertEqual(reason, "it is not UTF-8 text; store it in base64")

    def test_fields(self) -> None:
        self.assertEqual(answered(b'{"a": "x"}', "a"), "x")
        self.assertEqual(answered(b"A=x\nB=y", "B"), "y")
        self.assertIsNone(answered(b"A=x", "B"))
        self.assertEqual(answered(b'{"a": 5}', "a", "text"), "5")
        self.assertIn('set numbers="text"', self.problem(InvalidSecret, b'{"a": 5}', "a"))
        reason = self.problem(InvalidSecret, b"canary", "a")
        self.assertIn("it has no field 'a': it is neither a JSON object nor lines", reason)

    def test_it_may_be_shown(self) -> None:
        for arguments in ((b"x",), (b'{"a": "x"}', "a")):
            self.assertIs(type(answered(*arguments)), DescribedText)
            self.assertIs(type(answered(*arguments, redact=False)), PublicText)
        self.assertIsNone(answered(b"A=x", "b", redact=False))

    def test_what_the_current_version_says_counts_for_older_ones(self) -> None:
        shown = answered(b"x", redact=False, current={"redact": True})
        self.assertIs(type(shown), DescribedText)
        shown = answered(b"x", current={"redact": False})
        self.assertIs(type(shown), DescribedText)
        for known, current in (({}, {"allowed": ("c",)}), ({"allowed": ("c",)}, {})):
            self.problem(AccessDenied, b"canary", current=current, **known)
        self.assertEqual(answered(b"x", current={"expires": NOW}), "x")

    def test_it_expires(self) -> None:
        self.assertEqual(answered(b"x", expires=NOW + 1), "x")
        reason = self.problem(InvalidSecret, b"canary", expires=NOW)
        self.assertEqual(reason, "it expired on 2026-09-21 14:13 UTC; store a new value")

    def test_it_is_for_some_builders(self) -> None:
        self.assertEqual(answered(b"x", allowed=("b",)), "x")
        self.assertIn("'c'", self.problem(AccessDenied, b"canary", allowed=("c",)))

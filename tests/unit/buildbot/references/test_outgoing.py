"""Which properties of a new buildset travel by name, and what is stored of them."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.references import MadeValues, Name
from buildbot_keychain.buildbot.references._outgoing import LARGEST, MOST, Outgoing, outgoing
from buildbot_keychain.redaction import RedactionPolicy, Redactor
from tests.support.builds import FakeBuild

VALUE = "s3cr3t-t0ken"
OTHER = "an0ther-s3cr3t"
TOKEN = Name("token", "files")


class OutgoingTests(SynchronousTestCase):
    """`outgoing`."""

    def setUp(self) -> None:
        self.redactor = Redactor(RedactionPolicy.build_log())
        self.redactor.add("token", VALUE)
        self.redactor.add("other", OTHER)
        self.made = MadeValues()
        self.owner = FakeBuild()
        self.secret = self.made.secret(self.owner, TOKEN, VALUE)

    def format(self, fmtstring: str, *values: Any) -> str:
        return self.made.formatted(self.owner, fmtstring % values, fmtstring, values)

    def outgoing(self, *, public: bool = False, **values: Any) -> Outgoing:
        audience = self.redactor.seen_by({"token", "other"})
        properties = {name: (value, "Trigger") for name, value in values.items()}
        return outgoing(self.made, audience, properties, lambda _name, _value: public)

    def test_labels_are_stored(self) -> None:
        text = self.format("%s@%s", self.secret, "host")
        sent = self.outgoing(a=text, b=[self.secret, 1], c="text", d=VALUE)
        self.assertEqual(
            sent.shown, {"a": ("<token>@host", "Trigger"), "b": (["<token>", 1], "Trigger")}
        )
        self.assertEqual(set(sent.templates), {"a", "b"})
        self.assertNotIn(VALUE, repr(sent))

    def test_public_values_are_stored(self) -> None:
        user = self.made.secret(self.owner, Name("user", "files"), "deploy-user")
        self.assertEqual(self.outgoing(public=True, a=user).shown["a"][0], "deploy-user")

    def test_a_template_holds_nothing_that_is_hidden(self) -> None:
        """Of which nothing is known, such as what a step has made of a secret."""
        text = self.format("%s@%s", self.secret, f"x{OTHER}")
        listed = [self.secret, {OTHER: 1}]
        sent = self.outgoing(a=text, b=listed, c=self.format(f"{OTHER}%s", self.secret))
        self.assertEqual(sent.templates, {})
        self.assertEqual(set(sent.withheld), {"a", "b", "c"})
        shown = {name: value for name, (value, _source) in sent.shown.items()}
        self.assertEqual(
            shown,
            {"a": "<token>@x<other>", "b": ["<token>", {"<other>": 1}], "c": "<other><token>"},
        )

    def test_a_name_that_is_hidden_itself(self) -> None:
        self.assertEqual(self.outgoing(**dict[str, Any]({OTHER: self.secret})), Outgoing())

    def test_what_json_does_not_give_back(self) -> None:
        sent = self.outgoing(a=[self.secret, {1: "x"}])
        self.assertEqual(sent.shown["a"][0], ["<token>", {1: "x"}])
        self.assertEqual((sent.templates, set(sent.withheld)), ({}, {"a"}))

    def test_bounds(self) -> None:
        many: dict[str, Any] = {f"p{number}": self.secret for number in range(MOST + 10)}
        sent = self.outgoing(**many)
        self.assertEqual((len(sent.templates), len(sent.withheld)), (MOST, 10))
        self.assertEqual({value for value, _source in sent.shown.values()}, {"<token>"})
        large = self.format("%s%s", self.secret, "x" * (LARGEST // 2))
        sent = self.outgoing(a=large, b=large, c=large, d=self.secret)
        self.assertEqual((set(sent.templates), set(sent.withheld)), ({"a", "d"}, {"b", "c"}))

    def test_a_secret_that_its_readers_could_guess_is_hidden_whatever_is_beside_it(self) -> None:
        """Also for nobody, to whom guesses are shown."""
        self.redactor.add("weak", "hunter27")
        weak = self.made.secret(self.owner, Name("weak", "files"), "hunter27")
        for beside in (OTHER, "x" * (LARGEST + 1000), "fine"):
            text = self.format("%s/%s", weak, beside)
            properties = {"a": (text, "Force"), "b": ([weak, (1,)], "Force")}
            sent = outgoing(
                self.made, self.redactor.seen_by(set()), properties, lambda _name, _value: False
            )
            self.assertNotIn("hunter27", repr(sent))
            self.assertTrue(sent.shown["a"][0].startswith("<weak>/"))

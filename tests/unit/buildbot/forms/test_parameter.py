"""What a field of a form takes, and what it says of the rest."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from buildbot.config import ConfigErrors
from buildbot.schedulers.forcesched import ValidationError
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.plugins import util


class _Forms:
    """Seals nothing."""

    def weakness(self, name: str, text: str) -> str:
        return f"its value is weak for {name}" if text == "s3cr" else ""

    async def seal(self, name: str, text: str) -> tuple[str, str]:
        return name, text


FIELD = "keychain_secret_pw"
MASTER = SimpleNamespace(buildbot_keychain=SimpleNamespace(forms=_Forms()))


class SecretParameterTests(SynchronousTestCase):
    def properties(
        self, typed: Any, *, sent_as: Any = (FIELD,), **arguments: Any
    ) -> dict[str, Any]:
        parameter = util.SecretParameter("pw", label="Password", **arguments)
        properties: dict[str, Any] = {}
        kwargs = {**dict.fromkeys(sent_as, typed), "other": ["stays"]}
        done = parameter.updateFromKwargs(
            properties=properties, kwargs=kwargs, master=MASTER, collector=None
        )
        if done is not None:
            self.successResultOf(done)
        self.assertEqual(kwargs, {"other": ["stays"]})
        return properties

    def refusal(self, typed: Any, **arguments: Any) -> str:
        message = str(self.assertRaises(ValidationError, self.properties, typed, **arguments))
        self.assertNotIn("s3cr3t", message)
        return message

    def test_it_seals_what_is_typed(self) -> None:
        for typed in (["s3cr3t"], "s3cr3t"):
            self.assertEqual(self.properties(typed), {"pw": ("pw", "s3cr3t")})
        self.assertEqual(self.properties(["  s3cr3t "]), {"pw": ("pw", "  s3cr3t ")})

    def test_programs_send_it_by_its_name(self) -> None:
        for typed in (["s3cr3t"], "s3cr3t"):
            self.assertEqual(self.properties(typed, sent_as=["pw"]), {"pw": ("pw", "s3cr3t")})
        twice = self.refusal(["s3cr3t"], sent_as=["pw", FIELD])
        self.assertEqual(twice, "Password: it must be one text")

    def test_one_line_or_several(self) -> None:
        for end in ("\n", "\r\n", "\r", "\u2028", "\x0b"):
            for typed in (f"s3cr3t{end}", f"s3cr3t{end}line"):
                self.assertIn("Password: it must be one line", self.refusal([typed]))
                self.assertEqual(self.properties([typed], multiline=True), {"pw": ("pw", typed)})

    def test_what_is_left_empty(self) -> None:
        for typed in ([], [""], ["  "], "", ["\n"]):
            self.assertEqual(self.refusal(typed), "'Password' needs to be specified")
            self.assertEqual(self.properties(typed, required=False), {})

    def test_its_size_is_in_bytes(self) -> None:
        self.assertEqual(self.properties(["é" * 5], maxsize=10), {"pw": ("pw", "é" * 5)})
        self.assertIn("larger than 10 bytes", self.refusal(["é" * 5 + "x"], maxsize=10))
        self.assertIn("larger than 1048576 bytes", self.refusal(["s3cr3t" * 200_000]))

    def test_what_strict_does_not_allow(self) -> None:
        self.assertEqual(self.refusal(["s3cr"]), "Password: its value is weak for pw")

    def test_what_is_not_one_text(self) -> None:
        for typed in (["s3cr3t", "other"], [{"s3cr3t": 1}], [7], {"s3cr3t": 1}, [None]):
            self.assertIn("it must be one text", self.refusal(typed))
        self.assertIn("not valid Unicode", self.refusal(["s3cr3t\ud800"]))

    def test_what_a_browser_is_told(self) -> None:
        spec = util.SecretParameter("pw", tooltip="of the server").getSpec()
        self.assertEqual((spec["type"], spec["secret"], spec["default"]), ("text", True, ""))
        self.assertEqual((spec["name"], spec["label"], spec["fullName"]), ("pw", "pw", FIELD))
        self.assertEqual((spec["tooltip"], spec["required"]), ("of the server", True))
        self.assertEqual(util.SecretParameter("pw", multiline=True).getSpec()["type"], "textarea")

    def test_a_parameter_that_cannot_be(self) -> None:
        for make, problem in (
            (lambda: util.SecretParameter("pw", default="s3cr3t"), "it has no default"),
            (lambda: util.SecretParameter("pw", value="s3cr3t"), "it has no default"),
            (lambda: util.SecretParameter("two words"), "must be an identifier"),
            (lambda: util.SecretParameter("owner"), "owner"),
            (lambda: util.SecretParameter("branch"), "take another one"),
            (lambda: util.SecretParameter("self"), "take another one"),
            (lambda: util.SecretParameter("collector"), "take another one"),
            (lambda: util.SecretParameter("keychain_form_values"), "take another one"),
            (lambda: util.SecretParameter("pw", regex="s3cr3t"), "it has no argument regex"),
            (lambda: util.SecretParameter("pw", maxsize=1 << 21), "maxsize must be"),
            (
                lambda: util.NestedParameter("group", [util.SecretParameter("pw")]),
                "cannot be a field of another parameter",
            ),
            (
                lambda: util.CodebaseParameter("", branch=util.SecretParameter("pw")),
                "cannot be a field of another parameter",
            ),
        ):
            message = str(self.assertRaises(ConfigErrors, make))
            self.assertIn(problem, message)
            self.assertNotIn("s3cr3t", message)

    def test_it_is_only_a_property(self) -> None:
        parameter = util.SecretParameter("pw")
        self.assertRaises(ValidationError, parameter.getFromKwargs, {"pw": ["s3cr3t"]})

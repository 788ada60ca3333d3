"""``redact --explain``: what it says about a secret, and that it shows nothing of one."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.redaction import explanation
from buildbot_keychain.redaction.fields import Field, Role
from tests.support.keychain_command import SecretFilesTestCase, run

STRONG = "k9QmT2vXzR7pLw4YbN8HsJ3dFgA6eUt"
GIVEN = "hidden from readers who were given it"
OTHERS = "hidden from all others"
BITS = "to be guessed by somebody who knows the rest"


class ExplainTests(SynchronousTestCase):
    def explain(self, value: str) -> dict[str, str]:
        facts = dict(explanation.explain("deploy/token", value))
        for word in value.split():
            shown = any(word in fact.split() for fact in facts.values())
            self.assertFalse(shown, "a value was printed")
        return facts

    def test_a_token(self) -> None:
        lines = self.explain(STRONG)
        self.assertEqual(lines[GIVEN], "wherever it occurs")
        self.assertEqual(lines[OTHERS], "where it stands as a whole")
        self.assertEqual(lines[BITS], "at least 60 bits")
        self.assertRegex(
            lines["spellings that are looked for"], r"^about [1-9][0,]*, in every form$"
        )

    def test_two_tokens_of_a_kind_are_explained_alike(self) -> None:
        other = "Zx4wC8nVb2Mq6LkJh9GfD3sA7pOiU5y"
        self.assertEqual(self.explain(STRONG), self.explain(other))
        self.assertEqual(self.explain("739105"), self.explain("264819"))

    def test_short_and_common_values(self) -> None:
        pin = self.explain("739105")
        self.assertIn("only where no letter or digit is next to it", pin[GIVEN])
        self.assertEqual(pin[OTHERS], "nowhere: somebody could guess it")
        self.assertEqual(pin[BITS], "fewer than 60 bits")
        self.assertIn("nowhere: it is too short", self.explain("true")[GIVEN])
        self.assertIn("it is a common word", self.explain("postgres")[GIVEN])
        self.assertIn("everybody tries it first", self.explain("12345678")[GIVEN])
        self.assertEqual(self.explain(" ")[GIVEN], "nowhere: it is blank")

    def test_lines_that_nobody_could_guess(self) -> None:
        lines = self.explain(f"hello\n{STRONG}\nworld")
        self.assertIn("those of its lines and fields", lines[OTHERS])

    def test_a_value_with_too_many_forms(self) -> None:
        lines = self.explain("\n".join(f"{n}!@#$%^&*'\"" for n in range(2000)))
        self.assertIn("not in every form", lines["spellings that are looked for"])

    def test_a_file_with_a_structure(self) -> None:
        lines = self.explain(f'{{"clientSecret": "{STRONG}", "project": "tk-unusual"}}')
        self.assertEqual(lines["fields that are hidden on their own"], "1 (client_secret)")
        self.assertEqual(lines["fields that are not"], "1 (project)")

    def test_fields_are_named_only_by_what_everybody_calls_them(self) -> None:
        fields = [
            Field("a", "clientSecret", Role.SECRET),
            Field("b", "PASSWORD", Role.SECRET),
            Field("c", "our-own-password", Role.SECRET),
            Field("q", "quux", Role.SECRET),
            Field("d", "tk-unusual", Role.UNKNOWN),
            Field("e", "user", Role.PUBLIC),
        ]
        self.assertEqual(
            explanation._named(fields),
            "client_secret, password, user, 1 secret by another name, 1 judged by what they hold",
        )


class CommandTests(SecretFilesTestCase):
    """As a process."""

    def test_it_reads_no_input_and_shows_no_value(self) -> None:
        files = ["--file", self.secret("token", STRONG), "--file", self.secret("pin", "739105")]
        ended = run("redact", *files, "--explain", "token", text=b"not read")
        self.assertEqual((ended.status, ended.err), (0, ""))
        self.assertTrue(ended.out.startswith("token\n  hidden from"))
        self.assertNotIn("pin", ended.out.splitlines())
        self.assertFalse(STRONG in ended.out)

    def test_a_secret_that_is_not_known(self) -> None:
        ended = run("redact", "--file", self.secret("token", STRONG), "--explain", "other")
        self.assertMessage(ended, 4, "there is no secret 'other'")

from __future__ import annotations

from twisted.python.failure import Failure
from twisted.trial.unittest import TestCase

from buildbot_keychain.errors import (
    AccessDenied,
    DeadlineExceeded,
    InvalidName,
    InvalidSecret,
    ProviderError,
    ProviderUnavailable,
    SecretNotFound,
    is_safe_summary,
    quote,
    safe_summary,
)


class MessageTests(TestCase):
    def test_a_missing_secret_says_who_was_asked_and_how_to_give_a_default(self) -> None:
        message = str(SecretNotFound("token", ("a", "b")))
        for expected in ("'token'", "asked: a, b", "%(secret:token:-default)s"):
            self.assertIn(expected, message)

    def test_what_strangers_may_read(self) -> None:
        reason = "cannot read /srv/secrets/x (owner alice) at https://vault.example.org"
        for kind, trouble in (
            (ProviderUnavailable, "it cannot be reached, or cannot answer now"),
            (DeadlineExceeded, "it did not answer in time"),
            (AccessDenied, "it denies access, or what it would have to read is not trusted"),
            (ProviderError, "it cannot answer as it is configured"),
        ):
            error = kind("vault", "ci/db", reason)
            self.assertEqual(
                error.page_message,
                f"secret 'ci/db': provider 'vault': {trouble}; the master's twistd.log says more",
            )
            self.assertIn(reason, str(error))
        missing = SecretNotFound("depoly", ("files", "vault"), "did you mean 'deploy'?")
        self.assertIn("(asked: files, vault); did you mean 'deploy'? add it", str(missing))
        self.assertIn("no provider holds it; add it", missing.page_message)
        self.assertNotIn("vault", missing.page_message)
        missing = SecretNotFound("a/b", ("vault",), "", "write 'a|b'.")
        self.assertIn("no provider holds it; write 'a|b'. add it", missing.page_message)
        invalid = InvalidSecret("vault", "app", "the entry has several fields: a, b")
        self.assertEqual(invalid.page_message, str(invalid))
        self.assertEqual(InvalidName("no (providers: a)", "no").page_message, "no")

    def test_any_name_makes_a_message_of_one_line_that_can_be_written(self) -> None:
        for name in ("a\ud800b", "a\0b", "a\nb", "a\x1b[31mb"):
            for error in (SecretNotFound(name, ("p",)), ProviderError("p", name, "is down")):
                message = str(error)
                message.encode()
                self.assertTrue(message.isprintable(), ascii(message))
                self.assertIn("a\\", message)

    def test_an_error_of_other_code_is_summarised_without_its_message(self) -> None:
        summary = safe_summary(Failure(ValueError("s3cr3t")))
        self.assertIn("it failed with ValueError at", summary)
        self.assertNotIn("s3cr3t", summary)
        self.assertTrue(is_safe_summary(summary))
        own = safe_summary(Failure(AccessDenied("p", "x", "the token is not accepted")))
        self.assertIn("the token is not accepted", own)
        self.assertFalse(is_safe_summary(own))

    def test_what_a_reason_quotes_can_be_written(self) -> None:
        str(AccessDenied("p", "x", "cannot read /srv/\udcff")).encode()
        str(InvalidName("no name: \ud800")).encode()

    def test_very_long_names_are_cut(self) -> None:
        name = "n" * 10_000
        for error in (SecretNotFound(name, ("p",)), ProviderError("p", name, "is down")):
            self.assertLess(len(str(error)), 700)
            self.assertIn("(10000 characters)", str(error))

    def test_errors_keep_the_name_as_it_was_asked_for(self) -> None:
        name = "\ud800" * 300
        self.assertEqual(SecretNotFound(name, ()).name, name)
        self.assertEqual(ProviderError("p", name, "x").path, name)

    def test_short_names_are_shown_whole(self) -> None:
        self.assertEqual(quote("team/p\u00e4ss"), "'team/p\u00e4ss'")
        self.assertEqual(quote(5), "5")

from __future__ import annotations

from twisted.trial.unittest import TestCase

from buildbot_keychain.buildbot.sinks._log_streams import LogStreams
from buildbot_keychain.redaction import RedactionPolicy, RedactionStream, Redactor
from buildbot_keychain.redaction.structures import WITHHELD

KEY = "first-line-of-it\nsecond-line-of-it\nthird-line-of-it"


class LogStreamsTests(TestCase):
    def setUp(self) -> None:
        self.redactor = Redactor(RedactionPolicy.build_log())
        self.redactor.add("token", "s3cr3t-t0ken")
        self.redactor.add("key", KEY)

    def test_lines_without_secrets_pass_as_they_are(self) -> None:
        streams = LogStreams(self.redactor.seen_by(None), "s")
        content = "oone\netwo\nhthree\no\nofour\n"
        self.assertEqual(streams.feed(content) + streams.close(), content)

    def test_every_stream_keeps_its_letter(self) -> None:
        streams = LogStreams(self.redactor.seen_by(None), "s")
        self.assertEqual(
            streams.feed("oa s3cr3t-t0ken\neb s3cr3t-t0ken\nhs3cr3t-t0ken\n"),
            "oa <token>\neb <token>\nh<token>\n",
        )

    def test_logs_without_letters_are_taken_whole(self) -> None:
        for kind in ("t", "h"):
            streams = LogStreams(self.redactor.seen_by(None), kind)
            self.assertEqual(streams.feed("os3cr3t-t0ken\n"), "o<token>\n")

    def test_lines_of_other_streams_in_between_hide_no_match(self) -> None:
        streams = LogStreams(self.redactor.seen_by(None), "s")
        out = streams.feed("ofirst-line-of-it\n")
        out += streams.feed("ea warning\n")
        out += streams.feed("osecond-line-of-it\n")
        out += streams.feed("othird-line-of-it\noafter\n")
        out += streams.close()
        self.assertEqual(out.count("o<key>\n"), 3)
        self.assertEqual(min(out.splitlines()), "ea warning")
        self.assertIn("oafter\n", out)

    def test_only_whole_lines_come_out_and_none_is_lost(self) -> None:
        streams = LogStreams(self.redactor.seen_by(None), "s")
        first = streams.feed("otext before first-line\n")
        self.assertTrue(first == "" or first.endswith("\n"))
        rest = streams.feed("oand no secret after all\n") + streams.close()
        self.assertEqual(first + rest, "otext before first-line\noand no secret after all\n")

    def test_what_is_held_at_the_end_comes_out_at_the_end(self) -> None:
        streams = LogStreams(self.redactor.seen_by(None), "s")
        out = streams.feed("ofirst-line-of-it\n")
        self.assertEqual(out + streams.close(), "o<key>\n")

    def test_a_text_that_cannot_be_redacted_is_withheld_line_by_line(self) -> None:
        class Broken(RedactionStream):
            def feed(self, chunk: str) -> str:
                raise RuntimeError(chunk)

        audience = self.redactor.seen_by(None)
        audience.stream = lambda: Broken(audience)  # type: ignore[method-assign]
        streams = LogStreams(audience, "s")
        self.assertEqual(
            streams.feed("oone\notwo\nethree\n"), f"o{WITHHELD}\no{WITHHELD}\ne{WITHHELD}\n"
        )

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
        audience.stream = lambda note=None: Broken(audience)  # type: ignore[method-assign]
        streams = LogStreams(audience, "s")
        self.assertEqual(
            streams.feed("oone\notwo\nethree\n"), f"o{WITHHELD}\no{WITHHELD}\ne{WITHHELD}\n"
        )

    def test_streams_that_are_covered(self) -> None:
        streams = LogStreams(self.redactor.seen_by(None), "s")
        streams.cover("o", "<all>")
        self.assertEqual(
            streams.feed("oone\no\netwo\nothree\n") + streams.feed("ofour\n") + streams.close(),
            "o<all>\no<all>\netwo\no<all>\no<all>\n",
        )

    def test_labels_have_the_line_that_they_leave_on(self) -> None:
        """Also when a line leaves later than it came, or lines of several streams are mixed."""
        given = {"token", "key"}
        streams = LogStreams(self.redactor.seen_by(given), "s", noting=True)
        stored: list[str] = []
        labels: list[tuple[str, int]] = []

        def store(text: str) -> None:
            labels_now, streams.labels = streams.labels, []
            for label in labels_now:
                self.assertEqual(label.shown, f"<{label.name}>")
                labels.append((label.name, len(stored) + label.line))
            stored.extend(text.splitlines())

        for content in (
            "oone\n",
            "ofirst-line-of-it\neb s3cr3t-t0ken\n",
            "hs3cr3t-t0ken\nha s3cr3t-t0ken s3cr3t-t0ken\n",
            "osecond-line-of-it\n",
            "othird-line-of-it\notwo\nos3cr3t-t0ken\n",
            "ofirst-line-of-it\n",
        ):
            store(streams.feed(content))
        store(streams.close())
        self.assertEqual([name for name, _ in labels].count("token"), 5)
        self.assertEqual([name for name, _ in labels].count("key"), 2)
        for name, line in labels:
            self.assertIn(f"<{name}>", stored[line])

    def test_nothing_is_noted_unless_it_is_asked_for(self) -> None:
        streams = LogStreams(self.redactor.seen_by(None), "s")
        streams.feed("os3cr3t-t0ken\n")
        self.assertEqual(streams.labels, [])

from __future__ import annotations

from twisted.trial.unittest import TestCase

from buildbot_keychain.buildbot.commands import ENVIRONMENT_NOTICE
from buildbot_keychain.buildbot.sinks._log_streams import LogStreams
from buildbot_keychain.redaction import RedactionPolicy, RedactionStream, Redactor
from buildbot_keychain.redaction.audience import Label
from buildbot_keychain.redaction.structures import WITHHELD

VALUE = "s3cr3t-t0ken"
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
        streams = LogStreams(self.redactor.seen_by(None), "t")
        self.assertEqual(streams.feed("os3cr3t-t0ken\n"), "o<token>\n")

    def test_labels_are_escaped_in_a_page_of_html(self) -> None:
        for kind, label in (("t", "<token>"), ("h", "&lt;token&gt;")):
            streams = LogStreams(self.redactor.seen_by(None), kind, noting=True)
            self.assertEqual(
                streams.feed(f"<b>{VALUE}</b>\n") + streams.close(), f"<b>{label}</b>\n"
            )
            self.assertEqual(streams.labels, [Label("token", "<token>", 0)])

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

    def test_headers_around_a_command_leave_with_others(self) -> None:
        """What hides in them stands where it is noted."""
        streams = LogStreams(self.redactor.seen_by({"token"}), "s", noting=True)
        for notice in (ENVIRONMENT_NOTICE, f"{ENVIRONMENT_NOTICE}h  NAME={VALUE}\n"):
            self.assertEqual(streams.feed(f"h{notice}"), "")
        first = streams.feed(f"hdeploy {VALUE}\n")
        notice = f"h{ENVIRONMENT_NOTICE}"
        self.assertEqual(first, f"{notice}{notice}h  NAME=<token>\nhdeploy <token>\n")
        self.assertEqual([label.line for label in streams.labels], [2, 3])
        for end in ("program finished with exit code -1", "elapsedTime=0.000111"):
            self.assertEqual(streams.feed(f"h{end}\n"), "")
        self.assertEqual(
            streams.close(), "hprogram finished with exit code -1\nhelapsedTime=0.000111\n"
        )

    def test_such_texts_of_programs_do_not_wait(self) -> None:
        for kind, content in (
            ("s", "oelapsedTime=1.5\n"),
            ("s", "helapsedTime=1.5\nhmore\n"),
            ("t", "helapsedTime=1.5\n"),
        ):
            self.assertEqual(LogStreams(self.redactor.seen_by(None), kind).feed(content), content)

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
        streams.cover("o", "all")
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

    def stored(self, *contents: str, given: frozenset[str] = frozenset({"token"})) -> list[str]:
        """Return the lines that are stored, and check the places of the labels that are noted."""
        streams = LogStreams(self.redactor.seen_by(given), "s", noting=True)
        stored: list[str] = []
        self.noted: list[int] = []
        for content in (*contents, None):
            text = streams.close() if content is None else streams.feed(content)
            self.noted += [len(stored) + label.line for label in streams.labels]
            for label in streams.labels:
                self.assertEqual((label.name, label.shown), ("token", "<token>"))
            streams.labels = []
            stored += text.splitlines()
        for line in self.noted:
            self.assertIn("<token>", stored[line])
        return stored

    def test_pieces_at_cuts_are_noted(self) -> None:
        """At the end and the start of a line, also behind lines that wait."""
        self.redactor.add("token", "another-line\nof-the-same-name")
        start, rest = "." * (4095 - 6) + VALUE[:6], VALUE[6:]
        stored = self.stored("oanother-line\n", f"oone\n{'o' + start}\no{rest} more\n", "oend\n")
        self.assertEqual(len(stored), 5)
        self.assertEqual(self.noted, [0, 2, 3])
        self.stored(f"o{start}\n", f"ox\no\no{rest} more\n")
        self.assertEqual(self.noted, [0])

    def test_secrets_in_dumps_are_noted(self) -> None:
        """Once for each, on the line where it begins, although its lines leave one by one."""
        data = b"0123456789" + VALUE.encode() + b"0123456789abcdefghi" + VALUE.encode() + b"\n"
        dump = [
            f"{at:08x}: {data[at : at + 16].hex(' ', 2)}  {data[at : at + 16].decode()}".rstrip()
            for at in range(0, len(data), 16)
        ]
        stored = self.stored("oone\n", *(f"o{line}\n" for line in dump), f"o{VALUE}\n")
        self.assertEqual(len(stored), len(dump) + 2)
        self.assertEqual(self.noted, [1, 3, len(stored) - 1])
        self.stored("".join(f"o{line}\n" for line in ("one", *dump, VALUE)))
        self.assertEqual(self.noted, [1, 3, len(stored) - 1])

    def test_covered_lines_are_noted(self) -> None:
        streams = LogStreams(self.redactor.seen_by(frozenset()), "s", noting=True)
        streams.cover("o", "made")
        streams.feed("eone\noone\notwo\nethree\nofour\n")
        self.assertEqual(streams.labels, [Label("made", "<made>", line) for line in (1, 2, 4)])
        silent = LogStreams(self.redactor.seen_by(frozenset()), "s")
        silent.cover("o", "made")
        silent.feed("oone\n")
        self.assertEqual(silent.labels, [])

    def test_nothing_is_noted_unless_it_is_asked_for(self) -> None:
        streams = LogStreams(self.redactor.seen_by(None), "s")
        streams.feed("os3cr3t-t0ken\n")
        self.assertEqual(streams.labels, [])

"""`LogScrubber`: channels, chunks and compressions."""

from __future__ import annotations

import io
import zlib

from buildbot_keychain.cli._database import Database
from buildbot_keychain.cli._terminal import Terminal
from buildbot_keychain.cli.scrub._compression import GZ, RAW
from buildbot_keychain.cli.scrub._locations import Locations
from buildbot_keychain.cli.scrub._logs import LogScrubber
from buildbot_keychain.cli.scrub._readers import Readers
from buildbot_keychain.cli.scrub._report import Report
from buildbot_keychain.redaction import RedactionPolicy, Redactor
from tests.support.small_database import SmallDatabaseTestCase

TOKEN = "canary-W7/x+9pQ"
STRONG = "k9QmT2vXzR7pLw4YbN8HsJ3dFgA6eUt"
KEY = ("one", "canary-of-line-two", "three")
STDIO = "builder release, build 118, step deploy, log stdio"


class LogScrubberTests(SmallDatabaseTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.redactor = Redactor(RedactionPolicy.build_log())
        self.redactor.add("token", TOKEN)
        self.redactor.add("key", "\n".join(KEY))
        self.errors = io.StringIO()

    def chunk(self, first: int, *lines: str, log: int = 1000, compressed: int = RAW) -> None:
        content = "\n".join(lines).encode()
        packed = zlib.compress(content) if compressed == GZ else content
        self.insert("logchunks", log, first, first + len(lines) - 1, packed, compressed)

    def scrub(
        self, *, writing: bool = True, after: int | None = None, guessable: bool = True
    ) -> list[str]:
        """Scrub all logs and return what is reported."""
        out = io.StringIO()
        database = Database(self.url, self.directory)
        report = Report(Terminal(self.errors, show_status=False), writing=writing, out=out)
        locations = Locations(database, self.redactor)
        readers = Readers(database, self.redactor, guessable=guessable)
        logs = LogScrubber(database, readers, locations, report)
        self.numbers = list(logs.scrub(after, lambda count: None))
        database.close()
        return out.getvalue().splitlines()

    def lines(self) -> list[str]:
        rows = self.query("SELECT content FROM logchunks ORDER BY logid, first_line")
        return [line for (content,) in rows for line in content.decode().split("\n")]

    def test_a_search_changes_nothing(self) -> None:
        self.chunk(0, "hsh", f"o{TOKEN}")
        self.assertEqual(self.scrub(writing=False), [f"token: {STDIO}, line 2"])
        self.assertEqual(self.lines(), ["hsh", f"o{TOKEN}"])

    def test_a_secret_across_chunks_with_another_channel_between(self) -> None:
        self.chunk(0, "hsh", f"o{KEY[0]}", "ewarning")
        self.chunk(3, f"o{KEY[1]}", f"e{TOKEN}", f"o{KEY[2]}", "oend")
        reported = self.scrub()
        self.assertEqual(
            sorted(reported),
            [f"key: {STDIO}, line 2 (replaced)", f"token: {STDIO}, line 5 (replaced)"],
        )
        self.assertEqual(
            self.lines(), ["hsh", "o<key>", "ewarning", "o<key>", "e<token>", "o<key>", "oend"]
        )

    def test_a_log_without_channels(self) -> None:
        self.insert("logs", 1001, "request", 100, "t")
        self.chunk(0, TOKEN, log=1001)
        self.scrub()
        self.assertEqual(self.lines(), ["<token>"])

    def test_a_page_of_html(self) -> None:
        """Labels are escaped in it, and scrubbing it again changes nothing."""
        self.insert("logs", 1001, "page", 100, "h")
        self.chunk(0, f"<b>{TOKEN}</b>", log=1001)
        for _ in range(2):
            self.scrub()
            self.assertEqual(self.lines(), ["<b>&lt;token&gt;</b>"])

    def test_logs_do_not_run_into_each_other(self) -> None:
        self.insert("logs", 1001, "stdio", 100, "s")
        self.chunk(0, f"o{KEY[0]}", log=1000)
        self.chunk(0, f"o{KEY[1]}", log=1001)
        self.scrub()
        self.assertEqual(self.lines()[0], f"o{KEY[0]}")

    def test_a_compressed_chunk_stays_compressed(self) -> None:
        self.chunk(0, *["ogcc -O2 -c file.c"] * 50, f"o{TOKEN}", compressed=GZ)
        self.scrub()
        ((content, compressed),) = self.query("SELECT content, compressed FROM logchunks")
        self.assertEqual(compressed, GZ)
        self.assertEqual(zlib.decompress(content).split(b"\n")[-1], b"o<token>")

    def test_a_damaged_chunk_counts_as_not_checked(self) -> None:
        self.insert("logchunks", 1000, 0, 1, b"no zlib", GZ)
        self.chunk(2, f"o{TOKEN}")
        self.assertEqual(self.scrub(), [f"token: {STDIO}, line 3 (replaced)"])
        self.assertIn(f"not checked: {STDIO}, a chunk of it, it is damaged", self.errors.getvalue())

    def test_it_starts_after_a_log(self) -> None:
        self.insert("logs", 1001, "stdio", 100, "s")
        self.chunk(0, f"o{TOKEN}", log=1000)
        self.chunk(0, f"o{TOKEN}", log=1001)
        self.assertEqual(len(self.scrub(after=1000)), 1)
        self.assertEqual(self.lines(), [f"o{TOKEN}", "o<token>"])
        self.assertEqual(self.numbers, [1000, 1001])

    def test_a_log_is_redacted_for_the_readers_of_its_build(self) -> None:
        self.redactor.add("pin", "837261")
        self.redactor.add("strong", STRONG)
        shown = "(shown: it could be guessed, and no record says who was given it here)"
        self.chunk(0, "o837261", f"e{STRONG}", f"o{KEY[1]}")
        self.give(10, "key")
        self.assertEqual(
            self.scrub(guessable=False),
            [
                f"strong: {STDIO}, line 2 (replaced)",
                f"key: {STDIO}, line 3 (replaced)",
                f"pin: {STDIO}, line 1 {shown}",
            ],
        )
        self.assertEqual(self.lines(), ["o837261", "e<secret>", "o<key>"])
        self.give(10, "pin")
        self.assertEqual(self.scrub(guessable=False), [f"pin: {STDIO}, line 1 (replaced)"])

    def test_what_readers_could_guess_is_reported_in_chunks_that_do_not_change(self) -> None:
        self.redactor.add("pin", "837261")
        self.chunk(0, "o837261")
        (reported,) = self.scrub(guessable=False)
        self.assertIn(f"pin: {STDIO}, line 1 (shown: ", reported)
        self.assertEqual(self.lines(), ["o837261"])

    def test_pieces_at_the_cuts_of_a_worker(self) -> None:
        self.redactor.add("strong", STRONG)
        self.chunk(0, "o" + "." * (4095 - 12) + STRONG[:12], f"o{STRONG[13:]} end")
        self.give(10, "strong")
        self.scrub(guessable=False)
        self.assertEqual(self.lines(), ["o" + "." * (4095 - 12) + "<strong>", "o<strong> end"])

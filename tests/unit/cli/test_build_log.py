"""``redact --build-log``: logs as a person downloads them."""

from __future__ import annotations

import gzip
import json
import subprocess
from collections import Counter

from buildbot_keychain.cli import _build_log as build_log
from buildbot_keychain.redaction import RedactionPolicy, Redactor
from tests.support.keychain_command import COMMAND, Ended, SecretFilesTestCase, run

TOKEN = "k9QmT2vXzR7pLw4YbN8HsJ3dFgA6eUt"
KEY = ("first-of-the-key", "second-of-the-key", "third-of-the-key")
PIN = "7391"
CUT = 4095
HEADER = "Builder: release\nBuild number: 118\nWorker name: w\n"


class BuildLogTests(SecretFilesTestCase):
    def setUp(self) -> None:
        super().setUp()
        redactor = Redactor(RedactionPolicy.build_log())
        for name, value in (("token", TOKEN), ("key", "\n".join(KEY)), ("pin", PIN)):
            redactor.add(name, value)
        self.audience = redactor.seen_by(None)
        self.hidden: Counter[str] = Counter()

    def redact(self, text: str) -> str:
        return build_log.redact(text.encode(), self.audience, self.hidden).decode()

    def contents(self, content: str) -> str:
        """Return what the REST API answers, and check that it is redacted as `content` is."""
        first = {"content": content, "firstline": 0, "logid": 3}
        answer = json.dumps({"logchunks": [first], "meta": {}})
        redacted = json.loads(self.redact(answer))
        (chunk,) = redacted["logchunks"]
        self.assertEqual(redacted, {"logchunks": [{**first, **chunk}], "meta": {}})
        return str(chunk["content"])

    def test_text_of_the_page(self) -> None:
        text = f"{HEADER}in dir /build\nuse {TOKEN}\nlast {PIN}\n"
        self.assertEqual(self.redact(text), f"{HEADER}in dir /build\nuse <token>\nlast <pin>\n")
        self.assertEqual(self.hidden, {"token": 1, "pin": 1})

    def test_contents_with_streams(self) -> None:
        content = f"hin dir /build\no{KEY[0]}\newarning\no{KEY[1]}\no{KEY[2]}\no{TOKEN}\n"
        expected = "hin dir /build\no<key>\newarning\no<key>\no<key>\no<token>\n"
        self.assertEqual(self.contents(content), expected)
        self.assertEqual(self.redact(content), expected)

    def test_a_text_whose_lines_only_look_as_if_they_had_letters(self) -> None:
        self.assertEqual(self.redact(f"only {PIN}\nhello\n"), "only <pin>\nhello\n")
        redactor = Redactor(RedactionPolicy.build_log())
        redactor.add("word", "openhagen-harbour")
        redacted = build_log.redact(b"openhagen-harbour\nend", redactor.seen_by(None), Counter())
        self.assertEqual(redacted, b"<word>\nend")

    def test_a_line_that_was_cut(self) -> None:
        before = "." * (CUT - 12)
        for letter in ("", "o"):
            content = f"{letter}{before}{TOKEN[:12]}\n{letter}{TOKEN[13:]} end\n"
            expected = f"{letter}{before}<token>\n{letter}<token> end\n"
            self.assertEqual(self.redact(content), expected)
            self.assertEqual(self.contents(content), expected)
        self.assertEqual(
            self.redact(f"{HEADER}{before}{TOKEN[:12]}\n{TOKEN[12:]} end\n"),
            f"{HEADER}{before}<token>\n<token> end\n",
        )

    def test_other_texts_pass_as_they_are(self) -> None:
        for text in ("", "\n", "{", '{"a": 1}', '{"logchunks": [1]}', "a\r\n\r\nb", '["x"]'):
            self.assertEqual(self.redact(text), text)
        self.assertEqual(build_log.redact(b"\xff\xfe\n", self.audience, self.hidden), b"\xff\xfe\n")

    def test_json_that_is_not_a_log_is_redacted_as_text(self) -> None:
        self.assertEqual(self.redact(f'{{"t": "{TOKEN}"}}'), '{"t": "<token>"}')

    def test_many_lines_take_time_by_their_number(self) -> None:
        text = "".join(f"o{'x' * (n % 80)}\n" for n in range(100_000))
        self.assertTrue(self.redact(text) == text)


class CommandTests(SecretFilesTestCase):
    """As a process."""

    def redact(self, data: bytes) -> Ended:
        return run("redact", "--build-log", "--file", self.secret("token", TOKEN), text=data)

    def test_a_cut_secret_that_a_plain_filter_would_not_find(self) -> None:
        log = ("." * (CUT - 12) + f"{TOKEN[:12]}\n{TOKEN[13:]}\n").encode()
        ended = self.redact(log)
        self.assertEqual((ended.status, ended.out), (0, "." * (CUT - 12) + "<token>\n<token>\n"))
        self.assertIn("1 occurrence hidden: (part of a secret) 1", ended.err)

    def test_a_compressed_log_is_rejected(self) -> None:
        ended = self.redact(gzip.compress(TOKEN.encode()))
        self.assertMessage(ended, 4, "the log is compressed: pipe it through gunzip first")

    def test_a_full_disk(self) -> None:
        with open("/dev/full", "wb") as full:  # noqa: PTH123 - a device
            done = subprocess.run(
                [*COMMAND, "redact", "--build-log", "--file", self.secret("token", TOKEN)],
                input=b"x",
                stdout=full,
                stderr=subprocess.PIPE,
                timeout=120,
                check=False,
            )
        ended = Ended(done.returncode, "", done.stderr.decode())
        self.assertMessage(ended, 4, "cannot write standard output: No space left on device")

"""What programs print of a value, and what is left of it: for tests of forms."""

from __future__ import annotations

import functools
import shutil
import subprocess
from pathlib import Path

import pytest

from buildbot_keychain.redaction import RedactionPolicy, Redactor

VALUES = [
    "pa\"ss'w\\ord",
    "it's a \\ se\"cret\twith\ttabs",
    "grüße-北京-🔑-token",
    "a&b<c>d;e|f$g`h*i?j",
    "user:pw/1+2=3%4 5~6",
    "line one of it\nline 'two' of it\nthe \"third\" line",
    "''quoted''value''",
    "!bang#hash{brace}[br],comma^",
    "\x01\x1b\x7fcontrol-chars",
    "~home=~user:~path#~end",
    "tab\there\nand there",
]
WORDS = [
    "Tr0ub4dor & three",
    "it's  a   \\ se\"cret",
    "correct horse battery staple",
    "!bang #hash {brace} [br],comma^ $x `y`",
    "~home =~user a:~path gr\xfc\xdfe",
]


def hidden(value: str, text: str, policy: RedactionPolicy | None = None) -> str:
    """Return a text (str) in which a value is redacted as ``<n>``."""
    return _redactor(value, policy).redact(text)


@functools.lru_cache(maxsize=64)
def _redactor(value: str, policy: RedactionPolicy | None) -> Redactor:
    """Return a redactor of one value, which most tests of a module use: to compile takes long."""
    redactor = Redactor(policy)
    redactor.add("n", value)
    return redactor


def left(value: str, text: str, policy: RedactionPolicy | None = None) -> set[str]:
    """Return the characters that are left of a text when a value is hidden in it."""
    return set(hidden(value, text, policy).replace("<n>", ""))


def printed(
    *command: str, stdin: str = "", locale: str = "C.UTF-8", cwd: Path | None = None
) -> str:
    """Return what a program prints on both streams; skip the test where it is not installed."""
    program = shutil.which(command[0])
    if program is None:
        pytest.skip(f"{command[0]} is not installed")
    done = subprocess.run(
        [program, *command[1:]],
        input=stdin.encode(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=True,
        cwd=cwd,
        env={"LC_ALL": locale, "PATH": "/usr/local/bin:/usr/bin:/bin"},
    )
    return done.stdout.decode("utf-8", "replace")

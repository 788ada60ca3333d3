"""Special characters written twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.form_case import VALUES, hidden, printed


@pytest.mark.parametrize("value", VALUES)
def test_doubled_quotes(value: str) -> None:
    for quote in "'\"":
        assert hidden(value, value.replace(quote, quote * 2)).replace("<n>", "").strip() == ""


def test_ninja(tmp_path: Path) -> None:
    value = "C:\\a b$c:d"
    (tmp_path / "build.ninja").write_text(
        "rule r\n command = echo $in\nbuild all: r C$:\\a$ b$$c$:d\n"
    )
    assert hidden(value, (tmp_path / "build.ninja").read_text()).endswith("r <n>\n")
    text = printed("ninja", "-t", "targets", "all", cwd=tmp_path)
    assert "error" not in text


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("pa$$-$word", "pa$$$$-$$word"),  # make
        ("pa$$-word", "pa$-word"),  # Jenkins
        ("C:\\a b$c:d", "C$:\\a$ b$$c$:d"),  # ninja
        ("100%-sure%", "100%%-sure%%"),  # ConfigParser, batch files
        ("it's a\\b", "it''s a\\\\b"),  # PostgreSQL's E'...'
        ('a"b\\c-d', 'a""b\\\\c-d'),  # a row of PostgreSQL
        ('a`b"c$d-x', 'a``b`"c`$d-x'),  # PowerShell
    ],
)
def test_others(value: str, written: str) -> None:
    assert hidden(value, f"x '{written}' y") == "x '<n>' y"

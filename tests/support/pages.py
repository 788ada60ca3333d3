"""The blocks of code in pages of Markdown."""

from __future__ import annotations

import re
from pathlib import Path

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def code_blocks(page: Path) -> list[tuple[str, str]]:
    """Return the language and text of each block of code of a page, in order."""
    return _BLOCK.findall(page.read_text())


def blocks_of(language: str, page: Path) -> list[str]:
    """Return the blocks of one language of a page, in order."""
    return [text for found, text in code_blocks(page) if found == language]

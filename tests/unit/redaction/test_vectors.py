"""Cases of other maskers, each as written, in one write, and a character at a time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from buildbot_keychain.redaction import RedactionPolicy, Redactor

VECTORS = json.loads(Path(__file__).with_name("vectors.json").read_text(encoding="utf-8"))
POLICIES = {
    "raw": RedactionPolicy.raw,
    "default": RedactionPolicy,
    "ansi": RedactionPolicy.ansi,
}


def run(case: dict[str, Any], writes: list[str], tier_options: dict[str, Any]) -> str:
    redactor = Redactor(POLICIES[case["policy"]](), **tier_options)
    later = case.get("register_before_write", {})
    for value in case["secrets"]:
        if value not in later:
            redactor.add("M", value)
    stream = redactor.stream()
    output = ""
    for index, text in enumerate(writes):
        for value, write in later.items():
            if write == index:
                redactor.add("M", value)
        output += stream.feed(text)
    return output + stream.close()


def ways(case: dict[str, Any]) -> list[str]:
    """Return how a case can be cut; writes that register secrets between them stay as they are."""
    return ["as written", *(() if "register_before_write" in case else ("whole", "by character"))]


@pytest.mark.parametrize("tier", ["native", "stdlib"])
@pytest.mark.parametrize(
    ("case", "cut"),
    [pytest.param(case, cut, id=f"{case['id']}-{cut}") for case in VECTORS for cut in ways(case)],
)
def test_vector(case: dict[str, Any], cut: str, tier: str) -> None:
    writes = case["writes"]
    if cut != "as written":
        whole = "".join(writes)
        writes = [whole] if cut == "whole" else list(whole)
    assert run(case, writes, {"tier": tier}) == case["expected"]

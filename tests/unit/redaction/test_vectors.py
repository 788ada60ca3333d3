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


def run(case: dict[str, Any], writes: list[str], tier_options: dict[str, str]) -> str:
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


@pytest.mark.parametrize("case", VECTORS, ids=[case["id"] for case in VECTORS])
@pytest.mark.parametrize("tier", ["native", "stdlib"])
@pytest.mark.parametrize("cut", ["as written", "whole", "by character"])
def test_vector(case: dict[str, Any], cut: str, tier: str) -> None:
    writes = case["writes"]
    if cut != "as written":
        if "register_before_write" in case:
            pytest.skip("the moment of registration is given by the writes")
        whole = "".join(writes)
        writes = [whole] if cut == "whole" else list(whole)
    assert run(case, writes, {"tier": tier}) == case["expected"]

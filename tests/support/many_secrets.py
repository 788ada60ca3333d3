"""Secrets so many that they are compiled together, which takes long."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.redaction import covered, redactor
from buildbot_keychain.redaction.compiler import Compiler
from buildbot_keychain.redaction.matching.layer import Layer
from buildbot_keychain.redaction.packed import PackedPatterns

SECRETS = {f"n{number}": sha256(b"%d" % number).hexdigest() for number in range(20)}
"""Values by name; they are many in a test that calls `compiled_together`."""


def compiled_together(test: SynchronousTestCase) -> list[int]:
    """Have few secrets be many; return how many are compiled each time, in a list that grows."""
    for module in (covered, redactor):
        test.patch(module, "AHEAD", 100)
    compiled: list[int] = []
    compile_parts = Compiler.compile

    def compiling(compiler: Compiler, parts: Sequence[PackedPatterns], **more: Any) -> Layer:
        compiled.append(len(parts))
        return compile_parts(compiler, parts, **more)

    test.patch(Compiler, "compile", compiling)
    return compiled

"""The examples of `docs/how-to/seal-state.md` are run."""

from __future__ import annotations

import os
import runpy
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from twisted.internet.utils import getProcessOutputAndValue
from twisted.trial.unittest import TestCase

from buildbot_keychain.testing import SealedStateInMemory
from tests.support.pages import blocks_of

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "seal-state.md"


class SealStateTests(TestCase):
    timeout = 120.0  # seconds

    def setUp(self) -> None:
        self.directory = Path(self.mktemp()).resolve()
        self.directory.mkdir()
        _, self.service, self.account, self.tests = blocks_of("python", PAGE)

    async def test_the_plug_in_passes_its_test(self) -> None:
        """By the page's own test case."""
        (self.directory / "test_uploads.py").write_text(f"{self.service}\n\n{self.tests}")
        out, _, status = await getProcessOutputAndValue(
            sys.executable,
            ["-m", "twisted.trial", "test_uploads"],
            env=dict(os.environ),
            path=str(self.directory),
        )
        self.assertEqual(status, 0, out.decode())

    async def test_a_field_of_a_dataclass(self) -> None:
        """It is saved and loaded."""
        script = self.directory / "account.py"
        script.write_text(self.account)
        sys.modules["account"] = ModuleType("account")  # where dataclasses looks annotations up
        self.addCleanup(sys.modules.pop, "account")
        author: Any = runpy.run_path(str(script), run_name="account")
        state = SealedStateInMemory()
        text = await author["save"](state, "alice", "s3cr3t")
        self.assertNotIn("s3cr3t", text)
        loaded = await author["load"](state, text)
        self.assertEqual((loaded.user, loaded.token.reveal()), ("alice", "s3cr3t"))
        self.assertEqual(str(loaded).count("<sealed>"), 1)

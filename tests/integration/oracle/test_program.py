"""A program in a build recovers ten secrets where everything is hidden, and nothing elsewhere.

`KEYCHAIN_ORACLE_MEGABYTES` sets how much it prints (default 5), 100 for the whole attack.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from tests.integration.oracle.masters import OracleTestCase, write_settings
from tests.support.oracle import targets
from tests.support.oracle.guesses import guesses, in_hex, in_json
from tests.support.oracle.targets import Target

MEGABYTES = float(os.environ.get("KEYCHAIN_ORACLE_MEGABYTES", "5"))

TARGETS = targets.targets("a master")


def harmless(text: str) -> bool:
    """Return whether a worker and a master write a line as it was printed."""
    return text.isascii() and text.isprintable() and 1 < len(text) < 3000


class ProgramTests(OracleTestCase):
    """It reads its own log over the REST API, and listens to the event stream."""

    timeout = OracleTestCase.timeout + 60 * MEGABYTES

    async def test_recovers_secrets_where_everything_is_hidden(self) -> None:
        """The others would only take longer; see the unit tests of redaction."""
        self.old_rule()
        chosen = [each for each in TARGETS if each.name in ("token of 26", "DSN", "PIN", "word")]
        learned, _, _ = await self._attacked(chosen, [], MEGABYTES)
        found = {each.name for each in chosen if _last_piece(each) in learned}
        self.assertEqual(sorted({each.name for each in chosen} - found), [])

    async def test_learns_nothing_where_the_secrets_were_not_given(self) -> None:
        texts = [text for each in TARGETS for text in guesses(each) if harmless(text)]
        learned, printed, log = await self._attacked(TARGETS, texts, MEGABYTES)
        self.assertEqual(len(learned), 0)
        self.assertGreater(len(printed), 0.9 * 1e6 * MEGABYTES)
        # A failure must not show a text.
        differing = set(printed.splitlines()) ^ set(log.splitlines())
        self.assertEqual(len(differing), 0)
        self.assertTrue(log == printed)

    async def _attacked(
        self, attacked: list[Target], texts: list[str], megabytes: float
    ) -> tuple[set[str], str, str]:
        """Return what had an effect, what the program printed, and its log."""
        directory = self.directory()
        step = self.program_step(directory / "settings")
        master = await self.start(attacked, [step])
        settings = write_settings(directory, master, attacked, texts, megabytes)
        build = await master.build("attacker")
        self.assertEqual(build.result, "success", build.outline())
        lines = build.step("program").logs["stdio"].splitlines()
        log = "".join(f"{line[1:]}\n" for line in lines if line.startswith("o"))
        learned = set(json.loads(Path(settings.learned).read_text()))
        return learned, Path(settings.printed).read_text(), log


def _last_piece(target: Target) -> str:
    if len(target.before) >= 4:
        return in_json(target.before + target.secret)
    return in_hex(target.secret)

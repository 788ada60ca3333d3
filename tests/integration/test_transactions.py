"""How often a build with secrets uses the master's database: counted, not timed."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Any

import sqlalchemy as sa

import buildbot_keychain
from buildbot_keychain.plugins import secrets, steps, util
from tests.support.real_master import BUILDER_NAME, RealMasterTestCase

VALUES = {f"secret-{number}": f"value-{number}-8fK2vQ" for number in range(4)}
STEPS = len(VALUES) // 2
OURS = str(Path(buildbot_keychain.__file__).parent)
"""Where our modules are."""


class TransactionsTests(RealMasterTestCase):
    """Of a build whose steps each have a secret in the environment, and print another one."""

    protocol = "null"

    def setUp(self) -> None:
        super().setUp()
        self.ours: Counter[str] = Counter()
        self.appended: Counter[int] = Counter()
        self.asked: list[Any] = []
        self.statements: Counter[str] = Counter()

    def configured(self) -> dict[str, Any]:
        manager = secrets.SecretManager(
            providers=[
                secrets.SecretInAFile(name="files", dirname=str(self.secrets_directory(VALUES)))
            ],
            policy=[secrets.Allow("secret-*", builders=[BUILDER_NAME], schedulers=["*"])],
        )
        names = iter(VALUES)
        environments = [{"NAME": util.Secret(next(names))} for _ in range(STEPS)]
        factory = util.BuildFactory(
            steps.ShellCommand(command=["echo", util.Secret(next(names))], env=environment)
            for environment in environments
        )
        return self.configuration(factory, secretsProviders=[manager])

    def count(self, master: Any) -> None:
        do, append, get = master.db.pool.do, master.db.logs.appendLog, master.data.get

        def counted(work: Any, *args: Any, **kwargs: Any) -> Any:
            if work.__module__.startswith("buildbot_keychain."):
                self.ours[work.__qualname__] += 1
            return do(work, *args, **kwargs)

        def appended(logid: int, content: str) -> Any:
            self.appended[logid] += 1
            return append(logid, content)

        def asked(path: Any, *args: Any, **kwargs: Any) -> Any:
            if _is_ours(sys._getframe(1)):
                self.asked.append(path[0])
            return get(path, *args, **kwargs)

        def executed(_connection: Any, _cursor: Any, text: str, *_: Any) -> None:
            if "keychain_" in text:
                self.statements[text.split(maxsplit=1)[0]] += 1

        engine = master.db.pool.engine
        sa.event.listen(engine, "before_cursor_execute", executed)
        self.addCleanup(sa.event.remove, engine, "before_cursor_execute", executed)
        self.patch(master.db.pool, "do", counted)
        self.patch(master.db.logs, "appendLog", appended)
        self.patch(master.data, "get", asked)

    async def test_a_build(self) -> None:
        running = await self.start_master(self.configured())
        await running.build(scheduler="nightly")
        self.count(running.master)
        build = await running.build(scheduler="nightly")
        self.assertEqual(build.result, "success", build.outline())
        # Who has asked for it, what each step is given, and the rest when it ends.
        self.assertLessEqual(self.ours.total(), STEPS + 2)
        # Nothing is looked for that is hardly ever there, but once for the request.
        self.assertLessEqual(self.statements["DELETE"], 1)
        # What the command is, what it prints, and how it has ended.
        self.assertEqual(list(self.appended.values()), [3] * STEPS)
        # Of the request alone.
        self.assertEqual(self.asked, ["buildsets", "sourcestamps"])
        rows = await running.master.db.pool.do(_rows)
        self.assertEqual(rows, [2 * len(VALUES), 2 * len(VALUES)])


def _is_ours(frame: Any) -> bool:
    """Return whether it was one of our functions that has called, perhaps by one of Twisted's."""
    while f"{Path('twisted', 'internet')}" in frame.f_code.co_filename:
        frame = frame.f_back
    return bool(frame.f_code.co_filename.startswith(OURS))


def _rows(connection: Any) -> list[int]:
    """Return how many names the builds were given, and how many decisions they had."""
    tables = ("keychain_given", "keychain_decisions")
    return [connection.exec_driver_sql(f"SELECT count(*) FROM {each}").scalar() for each in tables]

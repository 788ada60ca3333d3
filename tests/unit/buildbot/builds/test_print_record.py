"""In what secrets were hidden, on its way into the database."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.builds import PrintRecord
from buildbot_keychain.buildbot.builds import _waiting_rows as module
from buildbot_keychain.buildbot.state import PrintRow, PrintsTable
from tests.support.database_pool import DatabasePool

ROW = PrintRow(1, "app", "log", "shell", "stdio", 7, 100, 2)


class PrintRecordTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.pool = DatabasePool()
        self.addCleanup(self.pool.engine.dispose)
        self.table = PrintsTable(SimpleNamespace(db=SimpleNamespace(pool=self.pool)))
        self.ready = self.is_hidden = True
        self.record = PrintRecord(self.table, lambda: self.ready, self.redact)

    def redact(self, buildid: int | None, text: str) -> str:
        return text.replace("k9QmT2vXzR7p", f"<of {buildid}>") if self.is_hidden else text

    def stored(self) -> Any:
        reading = Deferred.fromCoroutine(self.table.of_build(1, 9))
        return self.successResultOf(reading)

    def test_it_is_written(self) -> None:
        self.record.note(ROW)
        self.record.note(ROW)
        self.assertEqual(self.stored(), [ROW._replace(times=4)])

    def test_what_is_made_of_a_secret_is_hidden(self) -> None:
        made = ROW._replace(secret="x/k9QmT2vXzR7p", step="k9QmT2vXzR7p", log="k9QmT2vXzR7p")
        self.record.note(made)
        (row,) = self.stored()
        self.assertEqual((row.secret, row.step, row.log), ("x/<of 1>", "<of 1>", "<of 1>"))

    def test_what_could_not_be_written_stays_hidden(self) -> None:
        """By then nobody may know any longer what the build was given."""
        self.pool.execute("CREATE TABLE keychain_prints (x INTEGER)")
        self.record.note(ROW._replace(secret="x/k9QmT2vXzR7p"))
        self.pool.execute("DROP TABLE keychain_prints")
        self.is_hidden = False
        self.successResultOf(self.record.flush())
        self.assertEqual([row.secret for row in self.stored()], ["x/<of 1>"])

    def test_what_cannot_be_written_now_is_added_up(self) -> None:
        """Until there is a database, and while one fails."""
        self.ready = False
        self.record.note(ROW)
        self.ready = True
        self.pool.execute("CREATE TABLE keychain_prints (x INTEGER)")
        self.record.note(ROW)
        self.pool.execute("DROP TABLE keychain_prints")
        self.record.note(ROW._replace(line=1))
        self.assertEqual(self.stored(), [ROW._replace(times=6)])

    def test_no_more_than_so_many_wait(self) -> None:
        self.patch(module, "MOST", 1)
        self.ready = False
        self.record.note(ROW)
        self.record.note(ROW._replace(secret="other"))
        self.ready = True
        self.successResultOf(self.record.flush())
        self.assertEqual(self.stored(), [ROW])

    def test_builds_that_there_are_no_more(self) -> None:
        self.record.note(ROW._replace(buildid=99))
        self.successResultOf(self.record.clean_up())
        self.assertEqual(self.pool.execute("SELECT count(*) FROM keychain_prints"), [(0,)])

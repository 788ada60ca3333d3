"""SQLAlchemy, which is imported when something of it is used."""

from __future__ import annotations

import subprocess
import sys
from unittest import mock

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.errors import ConfigurationError
from buildbot_keychain.store import _sqlalchemy


class SQLAlchemyTests(SynchronousTestCase):
    def test_it_is_not_imported_before(self) -> None:
        script = (
            "import sys, buildbot_keychain.store.database as database; before = 'sqlalchemy' in "
            "sys.modules; database.has_password('sqlite://'); print(before, 'sqlalchemy' in "
            "sys.modules)"
        )
        printed = subprocess.check_output([sys.executable, "-c", script], text=True)
        self.assertEqual(printed, "False True\n")

    def test_it_is_not_installed(self) -> None:
        with mock.patch.dict(sys.modules, {"sqlalchemy": None}):
            error = self.assertRaises(ConfigurationError, _sqlalchemy.require)
        self.assertIn("pip install 'buildbot-keychain[store]'", str(error))

"""Database URLs as Buildbot reads them."""

from __future__ import annotations

from pathlib import Path

from twisted.trial.unittest import SkipTest, SynchronousTestCase

from buildbot_keychain.cli import CommandError
from buildbot_keychain.cli._database_url import resolve

try:
    from sqlalchemy.engine import make_url
except ImportError:
    make_url = None  # type: ignore[assignment]


class ResolveTests(SynchronousTestCase):
    def setUp(self) -> None:
        if make_url is None:
            raise SkipTest("SQLAlchemy is not installed")

    def resolved(self, url: str) -> str:
        address = resolve(make_url(url), Path("/srv/master"))
        return str(address.render_as_string(hide_password=False))

    def test_a_sqlite_file_is_relative_to_the_basedir(self) -> None:
        for url, expected in (
            ("sqlite:///state.sqlite", "sqlite:////srv/master/state.sqlite"),
            ("sqlite:////var/state.sqlite", "sqlite:////var/state.sqlite"),
            ("sqlite:///%(basedir)s/state.sqlite", "sqlite:////srv/master/state.sqlite"),
        ):
            self.assertEqual(self.resolved(url), expected)

    def test_parameters_that_only_buildbot_knows_are_dropped(self) -> None:
        for url, expected in (
            ("sqlite:///s?serialize_access=1", "sqlite:////srv/master/s"),
            ("mysql://u:p@h/d?max_idle=300&storage_engine=x", "mysql://u:p@h/d?charset=utf8"),
            ("mysql://u:p@h/d?charset=latin1", "mysql://u:p@h/d?charset=latin1"),
            ("postgresql://u:p@h/d?sslmode=require", "postgresql://u:p@h/d?sslmode=require"),
        ):
            self.assertEqual(self.resolved(url), expected)

    def test_a_database_in_memory(self) -> None:
        for url in ("sqlite://", "sqlite:///:memory:"):
            error = self.assertRaises(CommandError, self.resolved, url)
            self.assertIn("nothing to read", str(error))

from __future__ import annotations

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.errors import ConfigurationError
from buildbot_keychain.inspection import Loaded, execute, find, load

CANARY = "canary-W7/x+9pQ"


class LoadingTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.basedir = Path(self.mktemp()).absolute()
        self.basedir.mkdir()

    def write(self, *lines: str, name: str = "master.cfg") -> Path:
        file = self.basedir / name
        file.write_text("\n".join(lines))
        return file

    def loaded(self, *lines: str) -> Loaded:
        return load(self.basedir, self.write("c = BuildmasterConfig = {}", *lines))

    def test_a_file_or_the_directory_of_a_master(self) -> None:
        file = self.write("", name="other.cfg")
        self.assertEqual(find(str(file)), (self.basedir, file))
        self.write("from twisted.application import service", "configfile = 'other.cfg'")
        self.write("configfile = 'other.cfg'", name="buildbot.tac")
        self.assertEqual(find(str(self.basedir)), (self.basedir, file))

    def test_there_is_none(self) -> None:
        with self.assertRaises(ConfigurationError):
            find(str(self.basedir / "master.cfg"))
        self.write(f"raise ValueError({CANARY!r})", name="buildbot.tac")
        error = self.assertRaises(ConfigurationError, find, str(self.basedir))
        self.assertIn("fails with ValueError", str(error))
        self.assertNotIn(CANARY, str(error))

    def test_an_error_is_named_with_its_line_and_not_quoted(self) -> None:
        file = self.write("c = BuildmasterConfig = {}", f"raise ValueError({CANARY!r})")
        error = self.assertRaises(ConfigurationError, execute, self.basedir, file)
        self.assertEqual(len(self.flushLoggedErrors(ValueError)), 1)
        self.assertIn("fails with ValueError in line 2: run buildbot checkconfig", str(error))
        self.assertNotIn(CANARY, str(error))

    def test_paths_are_relative_to_the_master(self) -> None:
        self.write("x", name="beside")
        file = self.write(
            "from pathlib import Path", "BuildmasterConfig = {'x': Path('beside').read_text()}"
        )
        self.assertEqual(execute(self.basedir, file), {"x": "x"})

    def test_what_is_wrong_does_not_keep_the_rest_from_being_read(self) -> None:
        loaded = self.loaded(
            "from buildbot.plugins import worker",
            "c['workers'] = [worker.Worker('w', 'password')]",
            "c['wrong'] = 1",
            "c['title'] = 2",
        )
        self.assertIn("Unknown BuildmasterConfig key wrong", loaded.errors)
        self.assertIn("c['title'] must be a string", loaded.errors)
        self.assertEqual([each.name for each in loaded.config.workers], ["w"])

    def test_what_this_library_warns_of(self) -> None:
        loaded = self.loaded(
            "import warnings",
            "from buildbot_keychain.errors import ConfigurationWarning",
            "warnings.warn('ours', ConfigurationWarning)",
            "warnings.warn('theirs')",
        )
        self.assertEqual(loaded.warnings, ["ours"])

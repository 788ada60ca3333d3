from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.inspection.plain_secrets import files_of, plain_secrets, secrets_in

RANDOM = "kT9mPq2vLxR4wZ"


class FileTests(SynchronousTestCase):
    def directory(self) -> Path:
        directory = Path(self.mktemp()).resolve()
        directory.mkdir()
        return directory

    def test_each_line_is_told_once(self) -> None:
        token = "ghp_" + "Zq8KfW3xTn5VbY7cRm2PdL9sHg4JtA6uEoXw"
        text = f"# {RANDOM}\ntoken = '{token}'\npassword = {RANDOM!r}; token = {RANDOM!r}\n"
        found = [(2, "GitHub token"), (3, "random text as password")]
        self.assertEqual(secrets_in(text), found)

    def test_tokens_are_found_in_what_is_not_a_program(self) -> None:
        self.assertEqual(secrets_in("a b AKIA" + "QZ7XW2LP5NT3RVKB"), [(1, "access key of AWS")])

    def test_files_that_cannot_be_read_have_none(self) -> None:
        directory = self.directory()
        good = directory / "good.py"
        good.write_text(f"password = {RANDOM!r}\n")
        found = list(plain_secrets([directory, directory / "missing", good]))
        self.assertEqual(found, [(good, 1, "random text as password")])

    def test_modules_that_a_configuration_imports(self) -> None:
        directory = self.directory()
        before = set(sys.modules)
        for name, file in (("ours_a", "a.py"), ("theirs", "site-packages/b.py"), ("c", "c.so")):
            module = ModuleType(name)
            module.__file__ = str(directory / file)
            self.patch(sys, "modules", {**sys.modules, name: module})
        found = files_of(directory / "master.cfg", before)
        self.assertEqual(found, [directory / "a.py", directory / "master.cfg"])
        self.assertEqual(files_of(Path("/master.cfg"), {*before, "ours_a"}), [Path("/master.cfg")])

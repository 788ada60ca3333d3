from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot._call_site import call_site


def run(code: str, file: str, names: dict[str, object]) -> None:
    exec(compile(code, f"/somewhere/{file}", "exec"), names)


class CallSiteTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.sites: list[str] = []
        self.names: dict[str, object] = {"note": lambda: self.sites.append(call_site())}

    def test_a_configuration(self) -> None:
        run("\n\nlist(map(lambda _: note(), [1]))", "master.cfg", self.names)
        self.assertIn("master.cfg, line 3", self.sites[0])

    def test_a_function_of_a_module(self) -> None:
        run("def make():\n    note()\n", "factories.py", self.names)
        run("\n\n\nmake()", "master.cfg", self.names)
        self.assertTrue(
            self.sites[0].endswith("factories.py, line 2, called in master.cfg, line 4"),
            self.sites,
        )

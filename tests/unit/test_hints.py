from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.hints import hint_for
from tests.support.fakes import DictProvider

NAMES = ["deploy_token", "release_token", "ci/db", "ci/db2", "x" * 300]


class _Kind(DictProvider):
    def __init__(self, name: str, kind: str) -> None:
        super().__init__(name, {})
        self.kind = kind


class HintTests(SynchronousTestCase):
    def test_similar_names(self) -> None:
        for path, expected in {
            "deploy_tokne": "did you mean 'deploy_token'?",
            "DEPLOY_TOKEN": "did you mean 'deploy_token'?",
            "Ci/DB2": "did you mean 'ci/db2'?",
            "ci/bd": "did you mean 'ci/db'?",
            "something else": "",
            "y" * 300: "",
        }.items():
            self.assertEqual(hint_for(path, [], NAMES), expected)

    def test_a_provider_in_front_of_a_colon_or_slash(self) -> None:
        providers = [_Kind("first", "file"), _Kind("second", "vault")]
        for path, meant in {
            "file:x": "file!x",
            "second:a:b": "second!a:b",
            "second/a/b": "second!a/b",
            "third:x": "",
            "file:": "",
            ":x": "",
        }.items():
            end = hint_for(path, providers, ()).rpartition("write ")[2]
            self.assertEqual(end, f"{meant!r}." if meant else "", path)

    def test_a_field_behind_a_slash(self) -> None:
        vault, files = _Kind("v", "vault"), _Kind("f", "file")
        self.assertIn("write 'ci/app|password'", hint_for("ci/app/password", [files, vault], ()))
        for path in ("ci/app|password", "app", "/app", "app/"):
            self.assertEqual(hint_for(path, [vault], ()), "", path)
        self.assertEqual(hint_for("ci/app/password", [files], ()), "")

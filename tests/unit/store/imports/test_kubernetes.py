from __future__ import annotations

import json
from base64 import b64encode

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.store.imports import CONTENTS, Entry, ImportedSecret, ImportProblem

CANARY = "s3cr3t-canary"
ENCODED = b64encode(CANARY.encode()).decode()

YAML = f"""\
# kubectl get secret -o yaml
apiVersion: v1
kind: Secret
metadata:
  name: app
  namespace: prod
type: Opaque
data:
  password: {ENCODED}
  key.bin: /wA=
stringData:
  plain: |
    {CANARY}
    two
  password: the newer
---
apiVersion: v1
kind: ConfigMap
metadata: {{name: other}}
data: {{a: b}}
"""


class KubernetesTests(SynchronousTestCase):
    def entries(self, content: object) -> list[Entry]:
        if not isinstance(content, (str, bytes)):
            content = json.dumps(content)
        given = content.encode() if isinstance(content, str) else content
        found = list(CONTENTS["kubernetes"](given, "x.yaml"))
        for entry in found:
            self.assertNotIn(CANARY, repr(entry))
            self.assertNotIn(ENCODED, repr(entry))
        return found

    def values(self, content: object) -> dict[str, str | bytes]:
        found = self.entries(content)
        secrets = [entry for entry in found if isinstance(entry, ImportedSecret)]
        self.assertEqual(found, secrets)
        return {entry.name: entry.value for entry in secrets}

    def problem(self, content: object) -> str:
        (problem,) = self.entries(content)
        assert isinstance(problem, ImportProblem)
        return str(problem)

    def test_a_manifest(self) -> None:
        expected = {
            "app/password": "the newer",
            "app/key.bin": b"\xff\x00",
            "app/plain": f"{CANARY}\ntwo\n",
        }
        self.assertEqual(self.values(YAML), expected)

    def test_where_it_is_from(self) -> None:
        first = self.entries(YAML)[0]
        where, tags = "x.yaml: 'app/password'", ("kubernetes", "prod")
        self.assertEqual(first, ImportedSecret("app/password", "the newer", where, tags=tags))

    def test_lists_in_json(self) -> None:
        one = {"kind": "Secret", "metadata": {"name": "a"}, "data": {"k": ENCODED}}
        two = {"metadata": {"name": "b"}, "stringData": {"k": "x"}}
        for kind in ("List", "SecretList"):
            manifest = {"kind": kind, "items": [one, two]}
            self.assertEqual(self.values(manifest), {"a/k": CANARY, "b/k": "x"})
        within = {"kind": "List", "items": [{"kind": "List", "items": [one]}]}
        self.assertEqual(self.values(within), {"a/k": CANARY})

    def test_base64_may_be_broken_into_lines(self) -> None:
        lines = f"{ENCODED[:8]}\n    {ENCODED[8:]}"
        text = f"kind: Secret\nmetadata: {{name: a}}\ndata:\n  k: |\n    {lines}\n"
        self.assertEqual(self.values(text), {"a/k": CANARY})

    def test_what_has_no_secrets(self) -> None:
        for content in ("", "---\n---\n", "kind: Service\n", '{"kind": "List"}', "a: b\n"):
            self.assertEqual(self.entries(content), [])
        self.assertEqual(self.entries({"kind": "Secret", "metadata": {"name": "a"}}), [])

    def test_problems(self) -> None:
        secret = {"kind": "Secret", "metadata": {"name": "a"}}
        for content, says in (
            (f"a: '{CANARY}", "x.yaml: cannot be read: it is not YAML, at line 1"),
            (f'{{"a": "{CANARY}', "x.yaml: cannot be read: it is not JSON, at line 1"),
            (b"\xff", "it is not UTF-8 text"),
            (f"- {CANARY}", "x.yaml: is not a manifest of Kubernetes"),
            ({"kind": "List", "items": [CANARY]}, "is not a manifest"),
            ({"kind": "Secret"}, "has a Secret without a name"),
            ({"kind": "Secret", "metadata": {"name": [1]}}, "has a Secret without a name"),
            ({**secret, "data": [CANARY]}, "x.yaml: a: has data that is no mapping"),
            ({**secret, "data": {"k": f"!{CANARY}"}}, "x.yaml: 'a/k': is not base64"),
            ({**secret, "data": {"k": None}}, "is not base64"),
            ({**secret, "stringData": {"k": 5}}, "x.yaml: 'a/k': is not a text"),
            ({**secret, "kind": "SealedSecret"}, "x.yaml: a: is a SealedSecret"),
        ):
            self.assertIn(says, self.problem(content))

    @settings(max_examples=150, deadline=None)
    @given(st.data())
    def test_a_mutated_manifest_never_stops_the_reader(self, data: st.DataObject) -> None:
        content = YAML.encode()
        begin = data.draw(st.integers(0, len(content)))
        end = data.draw(st.integers(begin, min(len(content), begin + 10)))
        new = data.draw(
            st.sampled_from((b"", b"\xff", b":", b"- ", b"{", b"]", b"\n", b"kind: List"))
        )
        for entry in list(CONTENTS["kubernetes"](content[:begin] + new + content[end:], "x")):
            self.assertIsInstance(entry, (ImportedSecret, ImportProblem))

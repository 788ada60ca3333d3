from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.formats._yaml_documents import (
    STRING,
    YamlError,
    YamlScalar,
    yaml_documents,
)

CANARY = "s3cr3t-canary"


def plain(node: object) -> object:
    """Return a node with its scalars as (text, tag)."""
    if isinstance(node, YamlScalar):
        return node.text, node.tag
    if isinstance(node, dict):
        return {key.text: plain(value) for key, value in node.items()}
    assert isinstance(node, list)
    return [plain(value) for value in node]


class DocumentTests(SynchronousTestCase):
    def test_scalars_keep_their_text(self) -> None:
        text = "a: 007\nb: '007'\nc: yes\nd: !!str 1\ne: !!int '2'\nf: |\n  x\n  y\ng:\n"
        (found,) = yaml_documents(text)
        self.assertEqual(
            plain(found),
            {
                "a": ("007", None),
                "b": ("007", STRING),
                "c": ("yes", None),
                "d": ("1", STRING),
                "e": ("2", "tag:yaml.org,2002:int"),
                "f": ("x\ny\n", STRING),
                "g": ("", None),
            },
        )

    def test_containers_and_several_documents(self) -> None:
        found = yaml_documents("a: [x, {b: y}]\n---\n- z\n---\n")
        wanted = [{"a": [("x", None), {"b": ("y", None)}]}, [("z", None)], ("", None)]
        self.assertEqual([plain(document) for document in found], wanted)
        self.assertEqual(yaml_documents("# nothing\n"), [])

    def test_a_scalar_shows_no_text(self) -> None:
        self.assertNotIn(CANARY, repr(yaml_documents(CANARY)))

    def test_what_is_rejected_names_the_line_and_no_content(self) -> None:
        for text, reason in {
            f"a: &{CANARY} x\nb: *{CANARY}": "it has an alias, at line 2; repeat the value",
            f"a: &{CANARY} x\nb: *x{CANARY}": "it has an alias, at line 2",
            f"{CANARY}: 1\n{CANARY}: 2": "it has a key twice, at line 2",
            f"? [{CANARY}]\n: 1": "it has a key that is not a scalar, at line 1",
            f"a: 1\n]{CANARY}\n": "it is not YAML, at line 2",
            f'a: "{CANARY}\\q"': "it is not YAML, at line 1",
            f"{CANARY}: \0": "it is not YAML",
            "[" * 5000: "it is nested too deeply",
            "".join(f"{' ' * depth}a:\n" for depth in range(102)): "it is nested too deeply",
            f"a: [{'x,' * 100_000}]": "it has more than 100000 names and values",
            "---\n" * 100_001: "it has more than 100000 names and values",
        }.items():
            error = self.assertRaises(YamlError, yaml_documents, text)
            self.assertIn(reason, str(error))
            self.assertNotIn(CANARY, str(error))

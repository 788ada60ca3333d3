from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.providers.aws._names import SecretName, may_be_secret_id, parse_name

ID = "01234567-89ab-cdef-0123-456789abcdef"
ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:ci/db-AbCdEf"


class NameTests(SynchronousTestCase):
    def test_secret_field_and_version(self) -> None:
        for path, expected in {
            "ci/db": SecretName("ci/db"),
            "ci/db|": SecretName("ci/db"),
            "ci/db|a": SecretName("ci/db", "a"),
            "ci/db|a|b": SecretName("ci/db", "a|b"),
            "ci/db|a@AWSPREVIOUS": SecretName("ci/db", "a", version_stage="AWSPREVIOUS"),
            f"ci/db|a@{ID}": SecretName("ci/db", "a", version_id=ID),
            "ci/db|@X": SecretName("ci/db", version_stage="X"),
            "ci/db|a@": SecretName("ci/db", "a"),
            "ci/db|a@b@c": SecretName("ci/db", "a", version_stage="b@c"),
            r"ci/db|a\@b": SecretName("ci/db", "a@b"),
            r"ci/db|a\\@b": SecretName("ci/db", "a\\", version_stage="b"),
            "a@b": SecretName("a@b"),
            f"{ARN}|a": SecretName(ARN, "a"),
        }.items():
            self.assertEqual(parse_name(path, ""), expected, path)

    def test_names_that_no_secret_can_have(self) -> None:
        for path in (
            *("", "|a", "a b", "a:b", "é", "a\n", "a\0", "x" * 513, "a|b\\", "a|b@" + "x" * 257),
            *("a|b@\n", "arn:aws:s3:::bucket", "\ud800"),
        ):
            self.assertIsNone(parse_name(path, ""), path)

    def test_a_prefix_begins_every_name_and_excludes_arns(self) -> None:
        self.assertEqual(parse_name("db|a", "ci/"), SecretName("ci/db", "a"))
        self.assertIsNone(parse_name(ARN, "ci/"))
        self.assertIsNone(parse_name("", "ci/"))
        self.assertIsNone(parse_name("x" * 510, "ci/"))

    @given(st.text(), st.sampled_from(["", "ci/"]))
    def test_any_text_is_a_name_of_aws_or_none(self, path: str, prefix: str) -> None:
        found = parse_name(path, prefix)
        if found is not None:
            self.assertTrue(found.secret_id.startswith(prefix))
            self.assertTrue(may_be_secret_id(found.secret_id, ""))
            self.assertTrue(path.startswith(found.secret_id.removeprefix(prefix)))

    @given(st.text(min_size=1))
    def test_every_field_can_be_spelt(self, field: str) -> None:
        spelt = field.replace("\\", "\\\\").replace("@", "\\@")
        self.assertEqual(parse_name(f"a|{spelt}", ""), SecretName("a", field))

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.providers.sops._scalars import go_float, json_number, yaml_scalar


class YamlTests(SynchronousTestCase):
    def test_other_values_than_texts_count_as_in_go(self) -> None:
        for text, counted in {
            "true": b"True",
            "FALSE": b"False",
            "7": b"7",
            "-0": b"0",
            "+5": b"5",
            "007": b"7",
            "0o17": b"15",
            "0x_ff": b"255",
            "-0b101": b"-5",
            "08": b"8",
            "1_000": b"1000",
            "9223372036854775807": b"9223372036854775807",
            "1e3": b"1000",
            "1.50": b"1.5",
            ".5": b"0.5",
            ".5_0": b"0.5",
            "1e21": b"1000000000000000000000",
            "1e-7": b"0.0000001",
            "-.inf": b"-Inf",
            ".NaN": b"NaN",
            "2001-12-14": b"2001-12-14T00:00:00Z",
            "2001-12-14t21:59:43.10-05:00": b"2001-12-14T21:59:43.1-05:00",
            "2001-12-14 21:59:43": b"2001-12-14T21:59:43Z",
        }.items():
            self.assertEqual(yaml_scalar(text), counted, text)

    def test_texts_are_texts(self) -> None:
        for text in (
            "x",
            ".0_",
            "._5",
            ".5__0",
            "yes",
            "Off",
            "-",
            "+x",
            "1x",
            "0x",
            "1.2.3",
            "2001-13-01",
            "1:30",
            "1e310",
            "é",
        ):
            self.assertEqual(yaml_scalar(text), text)

    def test_null(self) -> None:
        for text in ("", "~", "null", "Null"):
            self.assertIsNone(yaml_scalar(text))

    @given(st.text(min_size=1, alphabet="0123456789+-._:eExobTtZz af"))
    def test_any_text_counts_as_something(self, text: str) -> None:
        self.assertIsInstance(yaml_scalar(text), (str, bytes))


class NumberTests(SynchronousTestCase):
    def test_json(self) -> None:
        for text, counted in {
            "0": b"0",
            "-12": b"-12",
            "9007199254740993": b"9007199254740993",
            "12345678901234567890": b"12345678901234567000",
            "1.0": b"1",
            "1E2": b"100",
        }.items():
            self.assertEqual(json_number(text), counted, text)

    @given(st.floats(allow_nan=False, allow_infinity=False))
    def test_a_float_loses_nothing_and_has_no_exponent(self, value: float) -> None:
        text = go_float(value)
        self.assertEqual(float(text), value)
        self.assertNotIn("e", text.lower())

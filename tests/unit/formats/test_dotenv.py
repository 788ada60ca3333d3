from __future__ import annotations

import subprocess

from hypothesis import given
from hypothesis import strategies as st

from tests.support.format_case import CANARY, FormatTestCase, read


class DotenvTests(FormatTestCase):
    form = "env"

    def test_lines(self) -> None:
        self.assertReads(
            "a=1\r\n\n  # b=2\nexport  c = x y \nd.e-f/g=\n", a="1", c="x y", **{"d.e-f/g": ""}
        )
        self.assertReads("")
        self.assertReads("#")
        self.assertReads("a=no line end", a="no line end")

    def test_comments(self) -> None:
        self.assertReads(
            "a=x#y\nb=x #y\nc= #y\nd='x #y' # z\ne=\"x\"\t#\nf=",
            a="x#y",
            b="x",
            c="",
            d="x #y",
            e="x",
            f="",
        )

    def test_a_value_may_begin_with_a_number_sign(self) -> None:
        """As in shells, compose and python-dotenv."""
        self.assertReads("a=#x9fk2\nb=#\nc =#x # y\n", a="#x9fk2", b="#", c="#x")

    def test_a_shell_reads_the_same(self) -> None:
        text = "a=#x9fk2\nb= #y\nc=x#y #z\nd='#' # e\n"
        for shell in ("sh", "bash"):
            script = f'{text}printf "%s|" "$a" "$b" "$c" "$d"'
            printed = subprocess.run([shell, "-c", script], capture_output=True, check=True).stdout
            self.assertEqual(printed.decode(), "|".join([*read("env", text).values(), ""]))

    def test_nothing_is_expanded(self) -> None:
        self.assertReads(
            "a=$b ${b} $(b) `b`\nb='$a'\nc=\"$a ${b}\"", a="$b ${b} $(b) `b`", b="$a", c="$a ${b}"
        )

    def test_quotes(self) -> None:
        self.assertReads(
            'a=\'\\n "x"\n y\'\nb="x\ny"\nc=it\'s', a='\\n "x"\n y', b="x\ny", c="it's"
        )

    def test_escapes(self) -> None:
        self.assertReads(r'a="\n\r\t\"\\\$"' + "\n" + r'b="\d\\n"', a='\n\r\t"\\$', b="\\d\\n")

    def test_what_is_malformed(self) -> None:
        for text, says in (
            (f"a=1\n{CANARY}\n", "line 2 is not NAME=value"),
            (f"a='x\n\ny'\n{CANARY}", "line 4 is not"),
            (f"1a={CANARY}", "line 1 is not"),
            (f"={CANARY}", "line 1 is not"),
            (f"a b={CANARY}", "line 1 is not"),
            (f"a=1\nb='{CANARY}\n\n", "the quoted value that begins at line 2 is not closed"),
            (f'a="{CANARY}\\"', "the quoted value that begins at line 1 is not closed"),
            (f"a='{CANARY}'{CANARY}", "that begins at line 1 is followed by more text"),
            (f"a='x' {CANARY}", "is followed by more text"),
            (f"a='x'#{CANARY}", "is followed by more text"),
            (f"a=1\n\na={CANARY}", "the name at line 3 is there a second time"),
            (f"a='\n'\n\nb={CANARY}\n\n{CANARY}", "line 6 is not NAME=value"),
            ("a" * 1025 + f"={CANARY}", "it has a name of more than 1024 characters"),
            ("".join(f"a{n}=\n" for n in range(20_001)), "it has more than 20000 values"),
        ):
            self.assertMalformed(text, says)

    @given(st.text(st.characters(exclude_categories=["Cs"])))
    def test_any_text_can_be_held(self, value: str) -> None:
        escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$")
        self.assertEqual(read("env", f'before=1\na="{escaped}"\nb=2')["a"], value)
        if "'" not in value:
            self.assertEqual(read("env", f"a='{value}'\nb=2")["a"], value)

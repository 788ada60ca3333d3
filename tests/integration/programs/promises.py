"""What programs show of a secret after redaction that is known, and why.

`ANSI` and `NOT_PROMISED` say what nobody promises to hide. An entry is a method of a program, as
``bash set_x_words``, or one kind of secret in it, ``bash set_x_words/blanks``. One that is no
longer needed fails the tests.
"""

from __future__ import annotations

from collections.abc import Mapping

ANSI: Mapping[str, tuple[str, ...]] = {
    "a line end inside a value is only looked through in build logs": (
        "coreutils fold_20",
        "coreutils fold_words",
        "python wrapped",
    ),
}
"""What may be shown where the policy is not that for build logs, by reason."""

NOT_PROMISED: Mapping[str, tuple[str, ...]] = {
    "the program prints a piece that it chose, and nothing at its edge that says so": (
        "bash not_a_number",
        "column truncated",
        "curl bearer_in_configuration/backslashes",
        "diff side_by_side/service_account",
        "diff side_by_side_narrow",
        "git unusable_url",
        "mksh not_a_number",
        "mksh not_an_operand",
        "node no_match/service_account",
        "node not_equal/service_account",
        "openssl no_option/specials",
        "perl no_code",
        "perl no_method",
        "psql bad_address",
        "psql bad_conninfo",
        "psql no_database",
        "psql no_identifier",
        "python integer_refused/service_account",
        "sqlite3 no_column",
        "ssh no_option/blanks",
        "ssh proxy_command/service_account",
        "tar no_archive/specials",
        "tar pax_headers",
        "tclsh no_program/dotenv",
        "tclsh not_an_expression",
        "wget path/specials",
        "wget query/specials",
        "xmllint not_well_formed",
        "zip comment/service_account",
    ),
    "the host, all of several words or what stands before a slash, is in lower case": (
        "wget no_host/base64",
        "wget no_host/blanks",
        "wget no_host/unicode",
    ),
    "each word stands in a line of its own, or between separators that the program chose": (
        "bash set_x_loop",
        "busybox set_x_loop",
        "dash set_x_loop",
        "mksh set_x_loop",
        "perl words",
        "zsh set_x_loop",
    ),
    "the value is cut into literals, cells of a table or indented lines inside a word": (
        "column wrapped",
        "perl wrapped",
        "psql wrapped",
        "python pretty",
        "python pretty_bytes",
        "python pretty_narrow",
        "sed unambiguous",
        "sed unambiguous_c_locale",
        "sqlite3 box",
        "sqlite3 markdown",
        "sqlite3 table",
    ),
    "the shell takes the value for code, and writes that anew": ("zsh trap_lists/netrc",),
    "quoted-printable is not listed": (
        "php quoted_printable",
        "python email_header",
        "python email_message",
        "python quoted_printable",
    ),
    "these take characters apart, or for others": (
        "java code_points/unicode",
        "java no_class/specials",
        "jq code_points/unicode",
        "node code_units/unicode",
        "xmllint html/unicode",
    ),
    "these undo or add backslashes by rules of their own": (
        "php addcslashes/specials",
        "tar no_file/backslashes",
    ),
}
"""What no policy promises to hide, by reason."""


def known(method: str, kind: str, policy: str) -> str | None:
    """Return the entry that covers what a method shows of a kind of secret, or None."""
    both = (f"{method}/{kind}", method)
    return next((entry for entry in both if entry in _ENTRIES[policy]), None)


def is_promised(method: str, kind: str, policy: str) -> bool:
    """Return whether somebody promises to hide a kind of secret where a method prints it."""
    return _ENTRIES[policy].isdisjoint((f"{method}/{kind}", method))


def all_entries() -> list[str]:
    """Return all entries, sorted."""
    return sorted(_ENTRIES["ansi"])


def entries(program: str) -> list[str]:
    """Return the entries about a program, sorted."""
    return [entry for entry in all_entries() if entry.startswith(f"{program} ")]


_ENTRIES = {
    "build_log": frozenset().union(*NOT_PROMISED.values()),
    "ansi": frozenset().union(*NOT_PROMISED.values(), *ANSI.values()),
}

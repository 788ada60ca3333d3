r"""What `echo` and ``printf %b`` make of the backslashes in a value.

`echo` of dash and zsh, ``echo -e`` of bash, and ``printf %b`` of every shell interpret them: POSIX,
XCU `echo` (XSI) and `printf`. Shells differ by the numbers that they know: ``\0nnn`` all of them,
``\xHH`` bash, busybox and zsh, ``\uHHHH`` bash and zsh, ``\nnn`` dash and ``printf %b``. What they
do not know stays as it is. Others interpret them as well: ``${x@E}`` of bash, ``awk -v``, `print`
of zsh, and the configuration of ssh.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from .spellings import Spelling

__all__ = ["echoed"]

_LETTERS = dict(zip("abfnrtv\\", "\a\b\f\n\r\t\v\\", strict=True)) | {"e": "\x1b", "E": "\x1b"}
_ZERO = r"0[0-7]{0,3}"
_OCTAL = r"[0-7]{1,3}"
_HEX = r"x[0-9A-Fa-f]{1,2}"
_UNICODE = r"u[0-9A-Fa-f]{1,4}|U[0-9A-Fa-f]{1,8}"
_DIALECTS = [
    re.compile(rf"(?s)\\([abcfnrtv\\{more}]|{numbers})".encode())
    for more, numbers in (
        ("eE", f"{_ZERO}|{_HEX}|{_UNICODE}"),  # bash echo -e, zsh echo
        ("eE", f"{_ZERO}|{_OCTAL}|{_HEX}|{_UNICODE}"),  # bash printf %b
        ("e", f"{_ZERO}|{_OCTAL}"),  # dash 0.5.12
        ("", f"{_ZERO}|{_OCTAL}"),  # dash before
        ("", _ZERO),  # POSIX
        ("e", f"{_ZERO}|{_OCTAL}|{_HEX}"),  # busybox echo -e and printf %b
    )
]
_OTHERS = [
    (re.compile(rf"(?s)\\({escapes})".encode()), letters)
    for escapes, letters in (
        (rf"[abefnrtvE\\'\"?]|{_OCTAL}|{_HEX}|{_UNICODE}", "eE"),  # bash, in $'...'
        (rf"{_OCTAL}|{_HEX}|{_UNICODE}|[ -~]", "eE"),  # zsh
        (rf"{_OCTAL}|{_HEX}|[\n -~]", ""),  # gawk
        (rf"{_OCTAL}|{_HEX}|[ -~]", "e"),  # busybox awk
        (rf"[abfnrtv\\\"/]|{_OCTAL}|{_HEX}", ""),  # mawk
        (r"[\\'\"]", ""),  # ssh_config
    )
]
"""With the letters for ESC. Of some, what they do not know loses its backslash."""


def echoed(value: str) -> Iterator[Spelling]:
    r"""As it is printed. ``\c`` ends the output: what stands before it is a piece of the value."""
    if "\\" not in value:
        return
    data = value.encode("utf-8", "surrogatepass")
    for escape in _DIALECTS:
        end = next((match.start() for match in escape.finditer(data) if match[1] == b"c"), None)
        printed = escape.sub(_printed, data[:end]).decode("utf-8", "replace")
        yield Spelling(printed, given_only=end is not None or "\ufffd" in printed)
    for escape, letters in _OTHERS:
        printed = escape.sub(partial(_printed, escapes=letters), data).decode("utf-8", "replace")
        yield Spelling(printed, given_only=True)


def _printed(match: re.Match[bytes], escapes: str = "eE") -> bytes:
    """Return what is printed of an escape; `escapes` are the letters that stand for ESC."""
    escape = match[1].decode("ascii")
    if escape in _LETTERS and (escape not in "eE" or escape in escapes):
        return _LETTERS[escape].encode()
    if len(escape) == 1 and escape not in "01234567":
        return escape.strip("\n").encode()
    if escape[0] in "uU":
        code = int(escape[1:], 16)
        return chr(code).encode("utf-8", "surrogatepass") if code < 0x110000 else match[0]  # noqa: PLR2004
    return bytes((int(escape[1:], 16) if escape[0] == "x" else int(escape, 8) & 0xFF,))

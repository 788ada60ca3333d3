"""Forms inside of forms: a request in JSON, in a shell's command line, in a log in JSON.

`CHAINS` says which forms real programs put around which. Each form is applied to the distinct
spellings that the form inside of it gives. Most forms leave a value of letters and digits as it is,
so the compositions of an ordinary value are few.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from buildbot_keychain.secretive import secretive

from .digits import base64_text, hexadecimal, whole_base64
from .escaping import ESCAPING, is_plain
from .json_strings import json_string, usual_json_string
from .literals import javascript_literal, python_literal, usual_python_literal
from .markup import usual_xml_text
from .percent import usual_percent_encoding
from .quoting import dollar_signs, doubled_single_quotes
from .shells import (
    shell_ansi_c,
    shell_backslashes,
    shell_double_quotes,
    shell_single_quotes,
    usual_single_quotes,
)
from .spellings import Form, Spelling, text_of

__all__ = [
    "CHAINS",
    "ENCODED_CHAINS",
    "USUAL_CHAINS",
    "Chain",
    "compositions",
    "encoded_compositions",
    "usual_compositions",
]

Chain = tuple[tuple[Form, ...], ...]
"""Any of the first forms around any of the second, and so on."""

_SHELL = (usual_single_quotes, shell_double_quotes)

USUAL_CHAINS: tuple[Chain, ...] = (
    # A log in JSON of requests in JSON, and of command lines of Ruby and bash.
    ((usual_json_string,), (json_string, shell_backslashes)),
    # A query in an address in a query.
    ((usual_percent_encoding,), (usual_percent_encoding,)),
    # A page with a traceback, as of Twisted and Buildbot.
    ((usual_xml_text,), (python_literal,)),
)

ENCODED_CHAINS: tuple[Chain, ...] = (
    # Secrets of Kubernetes: documents, addresses with a password, and `auth` of
    # ``.dockerconfigjson``.
    (
        (base64_text,),
        (usual_json_string, usual_percent_encoding, usual_xml_text, *_SHELL, base64_text),
    ),
)

CHAINS: tuple[Chain, ...] = (
    # argv of a shell's command line, JSON in Python's logs.
    ((usual_python_literal,), (json_string, python_literal, shell_single_quotes, *_SHELL)),
    # A log in JSON of exceptions, command lines, pages, base64 (PHP's slashes).
    (
        (usual_json_string,),
        (
            python_literal,
            javascript_literal,
            shell_single_quotes,
            shell_double_quotes,
            usual_xml_text,
        ),
    ),
    ((json_string,), (base64_text,)),
    # The data of curl, programs in an argument, one command line in another.
    (_SHELL, (usual_json_string, usual_python_literal, *_SHELL)),
    # JSON in a query, and a token in base64.
    ((usual_percent_encoding,), (usual_json_string, base64_text)),
    # Pages, and reports of tests.
    (
        (usual_xml_text,),
        (usual_json_string, usual_xml_text, usual_percent_encoding, *_SHELL),
    ),
    # A document of YAML with JSON in it, and a build file of ninja or make.
    ((doubled_single_quotes,), (usual_json_string,)),
    ((dollar_signs,), (usual_single_quotes,)),
    # Twice for a shell (``printf %q``), and digits of digits.
    ((shell_backslashes,), (shell_backslashes, usual_single_quotes, shell_ansi_c)),
    ((hexadecimal,), (whole_base64,)),
    ((base64_text,), (hexadecimal,)),
    # The same once more: logs of logs, of requests on a command line.
    (
        (usual_json_string, usual_python_literal),
        (usual_json_string, usual_python_literal, *_SHELL),
        (usual_json_string,),
    ),
    ((usual_json_string,), (usual_python_literal,), (usual_python_literal, *_SHELL)),
)


def usual_compositions(value: str) -> Iterator[Spelling]:
    """In what is common enough to be looked for in each line of a value as well."""
    return _Composer().compose(USUAL_CHAINS, value)


def encoded_compositions(value: str) -> Iterator[Spelling]:
    """In base64, in which no line of a value can be recognised."""
    return _Composer().compose(ENCODED_CHAINS, value)


def compositions(value: str) -> Iterator[Spelling]:
    """In what else programs write: `CHAINS`."""
    return _Composer().compose(CHAINS, value)


@secretive
class _Composer:
    """Applies forms to spellings, each once."""

    def __init__(self) -> None:
        self._written: dict[tuple[Form, str], Sequence[str | Spelling]] = {}

    def compose(self, chains: Iterable[Chain], value: str) -> Iterator[Spelling]:
        """Yield the spellings of a value (str) that chains of forms give."""
        for chain in chains:
            inner: Iterable[Spelling] = [Spelling(value)]
            for forms in reversed(chain):
                inner = self._around(forms, inner)
            yield from inner

    def _around(self, forms: Iterable[Form], inner: Iterable[Spelling]) -> Iterator[Spelling]:
        distinct: dict[Spelling, None] = {}
        for spelling in inner:
            if spelling.any_case or spelling.wraps:
                distinct.update(dict.fromkeys(_cases(spelling)))
            else:
                distinct[spelling] = None
        seen: set[Spelling] = set()
        for form in forms:
            for spelling in distinct:
                plain = not (spelling.before or spelling.after)
                for written in self._apply(form, spelling.text):
                    around = _with_flags(written, spelling)
                    if around not in seen and (plain or spelling.text != around.text):
                        seen.add(around)
                        yield around

    def _apply(self, form: Form, text: str) -> Sequence[str | Spelling]:
        if form in ESCAPING and is_plain(text):
            return (text,)
        found = self._written.get((form, text))
        if found is None:
            found = self._written[form, text] = list(dict.fromkeys(form(text)))
        return found


def _cases(spelling: Spelling) -> Iterator[Spelling]:
    """Yield a spelling with hexadecimal digits in each case, which the form around it keeps."""
    plain = spelling._replace(any_case=False, wraps=False)
    yield plain
    if spelling.any_case and "%" in spelling.text:
        pieces = spelling.text.split("%")
        lower = "%".join((pieces[0], *(piece[:2].lower() + piece[2:] for piece in pieces[1:])))
        yield plain._replace(text=lower)


def _with_flags(written: str | Spelling, inner: Spelling) -> Spelling:
    """Return what a form has written around a spelling, with what is to be known of both."""
    if isinstance(written, Spelling) and (written.wraps or written.base):
        # The bits of another character are in two more.
        return written._replace(after=2) if inner.after and not written.base else written
    # What surrounds a text in base64 stays as it is in most other forms.
    any_case = isinstance(written, Spelling) and written.any_case
    text = text_of(written)
    if text == inner.text and any_case == inner.any_case:
        return inner
    return inner._replace(text=text, any_case=any_case)

"""Forms that escape: none of them changes letters and digits of ASCII.

Most tokens consist of these alone, and most forms escape, so whoever looks for the spellings of
such a token need not ask them.
"""

from __future__ import annotations

from .backslashes import properties, without_backslashes
from .echoes import echoed
from .json_strings import json_string, usual_json_string
from .literals import (
    c_literal,
    javascript_literal,
    perl_literal,
    python_literal,
    ruby_literal,
    usual_python_literal,
    yaml_literal,
)
from .markup import usual_xml_text, xml_text
from .quoting import dollar_signs, doubled_quotes, doubled_single_quotes
from .shells import (
    caret_escapes,
    gnu_quotes,
    shell_ansi_c,
    shell_backslashes,
    shell_double_quotes,
    shell_single_quotes,
    shell_words,
    usual_single_quotes,
)
from .spellings import Form
from .words import argument_list, collapsed_blanks

__all__ = ["ESCAPING", "is_plain"]

ESCAPING: frozenset[Form] = frozenset(
    {
        *(argument_list, c_literal, caret_escapes, collapsed_blanks, dollar_signs, doubled_quotes),
        *(doubled_single_quotes, echoed, gnu_quotes, javascript_literal, json_string),
        *(perl_literal, properties, python_literal, ruby_literal, shell_ansi_c, shell_backslashes),
        *(shell_double_quotes, shell_single_quotes, shell_words, usual_json_string),
        *(usual_python_literal, usual_single_quotes, usual_xml_text, without_backslashes),
        *(xml_text, yaml_literal),
    }
)
"""What they yield of a plain text is the text itself, or nothing."""


def is_plain(text: str) -> bool:
    """Return whether a text consists of letters and digits of ASCII."""
    return text.isascii() and text.isalnum()

"""From a value to the texts to look for: its spellings, and their patterns.

A form is a small function, in the module of its family. The registry, `FORMS`, is what a policy
carries; a user adds to it with ``FORMS + (my_form,)``, where `my_form` yields `str`.
"""

from __future__ import annotations

from .backslashes import backslashes, properties, without_backslashes
from .carets import caret_notation
from .columns import cells, first_bytes, text_columns
from .composition import compositions, encoded_compositions, usual_compositions
from .digits import base32_text, base64_text, byte_lists, hexadecimal, utf16, wrapped_lines
from .echoes import echoed
from .json_strings import json_string
from .literals import (
    c_literal,
    javascript_literal,
    perl_literal,
    python_literal,
    ruby_literal,
    yaml_literal,
)
from .losses import other_case, without_padding
from .markup import xml_text
from .misread import misread
from .percent import percent_encoding, quoted_printable
from .quoting import dollar_signs, doubled_quotes
from .shells import (
    caret_escapes,
    gnu_quotes,
    shell_ansi_c,
    shell_ansi_c_bytes,
    shell_every_character,
    shell_single_quotes,
    shell_words,
)
from .spellings import Form, Spelling
from .words import argument_list, collapsed_blanks

__all__ = ["FORMS", "Form", "Spelling"]

FORMS: tuple[Form, ...] = (
    hexadecimal,
    base64_text,
    without_padding,
    collapsed_blanks,
    json_string,
    python_literal,
    javascript_literal,
    percent_encoding,
    xml_text,
    shell_single_quotes,
    shell_every_character,
    shell_words,
    shell_ansi_c,
    shell_ansi_c_bytes,
    backslashes,
    doubled_quotes,
    dollar_signs,
    echoed,
    usual_compositions,
    argument_list,
    ruby_literal,
    perl_literal,
    c_literal,
    yaml_literal,
    gnu_quotes,
    properties,
    without_backslashes,
    caret_escapes,
    caret_notation,
    quoted_printable,
    encoded_compositions,
    compositions,
    wrapped_lines,
    utf16,
    base32_text,
    byte_lists,
    other_case,
    text_columns,
    cells,
    first_bytes,
    misread,
)
"""Every form of the default policy, the most important first: a bound may cut off the last."""

"""A value inside XML or HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.entities import codepoint2name
from xml.sax.saxutils import escape

__all__ = ["usual_xml_text", "xml_text"]

_XML_SPACES = [
    {ord(character): reference.format(ord(character)) for character in "\t\n\r"}
    for reference in ("&#{};", "&#{:02};", "&#x{:X};")
]
# Characters that templates escape beside those of XML: Underscore, Handlebars, Mustache.
_TEMPLATES = [
    {ord(character): f"&#x{ord(character):X};" for character in more} for more in ("`", "`=", "`=/")
]


def _in_halves(match: re.Match[str]) -> str:
    """Return the surrogates of a character as two references, as Java's `Properties` does."""
    units = match[0].encode("utf-16-be").hex()
    return f"&#x{units[:4]};&#x{units[4:]};"


# Java writes characters of 16 bits as they are.
_BEYOND_16_BITS = (lambda match: f"&#{ord(match[0])};", _in_halves)


def xml_text(value: str) -> Iterator[str]:
    """Escaped for XML 1.0 (section 2.4) or HTML, with every usual spelling of the quotes.

    What is not ASCII stands as it is or, as in Twisted's pages, as a numeric reference, which may
    be hexadecimal, or by its name. In an attribute, line ends and tabs must be references (section
    3.3.3); Python writes them with two digits, Go in hexadecimal. Canonical XML leaves ``>`` in
    attributes.
    """
    escaped = escape(value)
    plains = (
        escaped,
        escaped.replace("&gt;", ">"),
        escaped.encode("ascii", "xmlcharrefreplace").decode("ascii"),
        re.sub("[^\x00-\x7f]", lambda match: f"&#x{ord(match[0]):X};", escaped),
        re.sub("[^\x00-\x7f]", lambda match: f"&#x{ord(match[0]):x};", escaped),
        re.sub("[^\x00-\x7f]", _named, escaped),
        *(re.sub("[^\x00-\uffff]", write, escaped) for write in _BEYOND_16_BITS),
        *map(escaped.translate, _XML_SPACES),
        *map(escaped.translate, _TEMPLATES),
    )
    for plain in dict.fromkeys(plains):
        yield from _quotes_as_references(plain)
    # The debug output of libxml2.
    yield re.sub("[^\x00-\x7f]+", _in_hash_signs, value)


def _named(match: re.Match[str]) -> str:
    """Return a character as a reference by its name in HTML 4, as PHP's `htmlentities` does."""
    name = codepoint2name.get(ord(match[0]))
    return f"&{name};" if name else match[0]


def _in_hash_signs(match: re.Match[str]) -> str:
    return "".join(f"#{byte:X}" for byte in match[0].encode("utf-8", "surrogatepass"))


def _quotes_as_references(text: str) -> Iterator[str]:
    for double in ('"', "&quot;", "&#34;", "&#x22;"):
        yield text.replace('"', double)
        for single in ("&apos;", "&#39;", "&#x27;", "&#039;"):
            yield text.replace('"', double).replace("'", single)


def usual_xml_text(value: str) -> Iterator[str]:
    """The same by the commonest writers: in text, in attributes, and of HTML."""
    escaped = escape(value)
    yield escaped
    yield escaped.encode("ascii", "xmlcharrefreplace").decode("ascii")
    yield escaped.replace('"', "&quot;")
    yield escaped.replace('"', "&#34;").replace("'", "&#39;")
    for single in ("&#x27;", "&#39;", "&apos;"):
        yield escaped.replace('"', "&quot;").replace("'", single)

"""Who reads a text, and what is hidden from them."""

from __future__ import annotations

from unittest import mock

import pytest

from buildbot_keychain.redaction import Audience, Match, RedactionPolicy, Redactor
from buildbot_keychain.redaction.audience import LONGEST, LONGEST_PASSED, MOST, MOST_PASSED

TOKEN = "gT5wZk8Rq2MvXn7LcJ4p"
PIN = "482913"
TEXT = f"pin {PIN}, token {TOKEN}, begun {TOKEN[:10]}"


def redactor() -> Redactor:
    result = Redactor(RedactionPolicy.build_log())
    result.add("token", TOKEN)
    result.add("pin", PIN)
    return result


def test_what_was_given_is_hidden_by_name_and_what_was_not_if_nobody_could_guess_it() -> None:
    known = redactor()
    rest = f", begun {TOKEN[:10]}"
    assert known.seen_by({"pin"}).redact(TEXT) == f"pin <pin>, token <secret>{rest}"
    assert known.seen_by({"other"}).redact(TEXT) == f"pin {PIN}, token <secret>{rest}"
    assert known.seen_by({"token"}).redact(TEXT) == f"pin {PIN}, token <token>, begun <token>"
    assert known.seen_by(None).redact(TEXT) == "pin <pin>, token <token>, begun <token>"


def test_what_is_given_is_hidden_from_then_on() -> None:
    given: set[str] = set()
    audience = redactor().seen_by(given)
    stream = audience.stream()
    assert stream.feed(f"{PIN}\n") == f"{PIN}\n"
    given.add("pin")
    assert stream.feed(f"{PIN}\n") == "<pin>\n"
    assert audience.redact(PIN) == "<pin>"
    given.remove("pin")
    assert audience.redact(PIN) == PIN


def test_every_method_asks_who_reads() -> None:
    audience = redactor().seen_by({"pin"})
    assert audience.redact_bytes(f"{PIN} {TOKEN}".encode()) == b"<pin> <secret>"
    assert audience.redact_torn(f"end {TOKEN[:6]}", at_end=4) == f"end {TOKEN[:6]}"
    assert redactor().seen_by({"token"}).redact_torn(f"end {TOKEN[:6]}", at_end=4) == "end <token>"


def test_places_are_counted_in_characters() -> None:
    found = redactor().find(f"\N{SNOWMAN} {PIN} \u00fc\n{TOKEN}", given={"pin"})
    assert found == [Match("pin", 2, 8), Match("token", 11, 31)]


def test_a_text_that_comes_again_is_looked_at_once() -> None:
    """Until something else is known, or given."""
    known, given = redactor(), {"pin"}
    audience = known.seen_by(given)
    text = f"{PIN}, {TOKEN}"
    with mock.patch.object(audience, "stream", wraps=audience.stream) as streams:
        for _ in range(2):
            assert [label.name for label in audience.labels_in(text)] == ["pin", "token"]
            assert audience.redact(text) == "<pin>, <secret>"
        assert streams.call_count == 1
        given.add("token")
        assert audience.redact(text) == "<pin>, <token>"
        known.add("comma", ", gT5wZk8Rq2Mv")
        given.add("comma")
        assert {label.name for label in audience.labels_in(text)} == {"pin", "comma"}
        assert audience.labels_in("nothing") == ()
        assert streams.call_count == 3


def test_few_texts_are_remembered() -> None:
    audience = redactor().seen_by({"pin"})
    texts = [f"{PIN} {number}" for number in range(MOST + 1)]
    for text in (*texts, f"{PIN} {'-' * LONGEST}"):
        assert audience.redact(text).startswith("<pin> ")
    assert list(audience._remembered.hidden) == texts[-1:]
    clean = [str(number) for number in range(MOST_PASSED + 1)]
    for text in (*clean, "-" * (LONGEST_PASSED + 1)):
        assert audience.redact(text) == text
    assert list(audience._remembered.passed) == clean[-1:]
    audience.rest()
    assert not audience._remembered.hidden
    assert not audience._remembered.passed


def test_a_text_that_passed_is_looked_at_again_when_more_is_known_or_given() -> None:
    known, given = redactor(), {"other"}
    audience = known.seen_by(given)
    text = f"{PIN}, comma"
    for _ in range(2):
        assert audience.redact(text) == text
        assert audience.labels_in(text) == ()
    given.add("pin")
    assert audience.redact(text) == "<pin>, comma"
    given.remove("pin")
    assert audience.redact(text) == text
    known.add("other", "comma")
    assert audience.redact(text) == f"{PIN}, <other>"
    known.forget(passing := known.add_passing("typed", PIN))
    given.add(passing)
    assert audience.redact(text) == f"{PIN}, <other>"
    given.add(known.add_passing("typed", PIN))
    assert audience.redact(text) == "<typed>, <other>"


MARKUP = "img src=x onerror='a&b'"
IN_HTML = "&lt;img src=x onerror=&#x27;a&amp;b&#x27;&gt;"


def pages(**secrets: str) -> Audience:
    """Return readers of pages of HTML to whom all of some secrets were given."""
    known = Redactor(RedactionPolicy.build_log())
    for name, value in secrets.items():
        known.add(name, value)
    return known.seen_by(None).in_html()


def assert_stays(audience: Audience, text: str) -> None:
    """Redacting a page again changes nothing, in whatever pieces it comes."""
    assert audience.redact(text) == text
    stream = audience.stream()
    assert "".join(map(stream.feed, text)) + stream.close() == text


def test_labels_in_a_page_of_html_are_no_tags() -> None:
    audience = pages(**{MARKUP: TOKEN, "pin": PIN})
    redacted = audience.redact(f"<p title='{PIN}'>{TOKEN}</p>")
    assert redacted == f"<p title='&lt;pin&gt;'>{IN_HTML}</p>"
    assert_stays(audience, redacted)
    assert_stays(audience, "<pin>")
    assert audience.redact_torn(f"<p>{TOKEN[:10]}", at_end=4) == f"<p>{IN_HTML}"


def test_a_short_value_beside_a_label_in_a_page_of_html() -> None:
    """It is part of a word before the other value is hidden, and is one after it."""
    audience = pages(token=TOKEN, pin=PIN)
    for text in (TOKEN + PIN, PIN + TOKEN):
        assert PIN in audience.redact(text)
        assert_stays(audience, audience.redact(text))


def test_an_element_of_xml_in_a_page_of_html() -> None:
    audience = pages(pin=PIN)
    assert audience.redact(f"<pin>{PIN}</pin>") == "<pin>&lt;pin&gt;</pin>"
    escaped = "&lt;pin&gt;{}&lt;/pin&gt;"
    assert audience.redact(escaped.format(PIN)) == escaped.format("&lt;pin&gt;")


def test_a_secret_that_looks_like_an_escaped_label() -> None:
    for value in ("&lt;token&gt;", "lt;token", "token&gt", "t;secret&gt;"):
        audience = pages(token=TOKEN, other=value)
        redacted = audience.redact(f"{TOKEN} {value}")
        assert value not in redacted, value
        assert_stays(audience, redacted)


def test_a_secret_that_stands_in_every_label_of_a_page_of_html() -> None:
    for value in ("secret", "<secret", "t;secret"):
        audience = pages(token=TOKEN, other=value)
        redacted = audience.redact(f"{TOKEN} {value} z")
        assert redacted == "&lt;token&gt; &lt;other&gt; z", value
        assert_stays(audience, redacted)


def test_a_label_behind_another_bracket_of_a_page_of_html() -> None:
    audience = pages(token=TOKEN, pin=PIN)
    text = f"1 &lt; 2 &lt;token&gt;{PIN}"
    assert_stays(audience, text)


def test_a_set_of_names_that_could_not_be_compiled_is_tried_again() -> None:
    known = redactor()
    given: set[str] = set()
    audience = known.seen_by(given)
    assert audience.redact(f"{PIN}.") == f"{PIN}."
    given.add("pin")
    broken = mock.patch.object(type(known._inventory), "covered", side_effect=MemoryError)
    with broken, pytest.raises(MemoryError):
        audience.redact(f"{PIN}.")
    assert audience.redact(f"{PIN}.") == "<pin>."

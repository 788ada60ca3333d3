"""Who reads a text, and what is hidden from them."""

from __future__ import annotations

from buildbot_keychain.redaction import Match, RedactionPolicy, Redactor

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

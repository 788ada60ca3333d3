"""What a policy says of a value."""

from __future__ import annotations

from buildbot_keychain.redaction import Protection, RedactionPolicy, Redactor


def test_without_the_length_rule_everything_is_hidden() -> None:
    policy = RedactionPolicy.raw()
    assert policy.protection("a") is Protection.ANYWHERE
    assert policy.protection(" \n") is Protection.BLANK
    redactor = Redactor(policy)
    redactor.add("n", "no")
    assert redactor.redact("nobody") == "<n>body"


def test_control_sequences_do_not_make_a_value_longer() -> None:
    value = "\x1b[31mab\x1b[0m"
    assert RedactionPolicy().protection(value) is Protection.ANYWHERE
    assert RedactionPolicy.ansi().protection(value) is Protection.NONE
    assert RedactionPolicy.build_log().protection(value) is Protection.NONE


def test_each_predefined_policy_sees_through_more() -> None:
    value = "s3cr3t-value-0123"
    coloured, cut = f"{value[:9]}\x1b[1m{value[9:]}", f"{value[:9]}\n{value[9:]}"
    hidden = []
    for policy in (RedactionPolicy(), RedactionPolicy.ansi(), RedactionPolicy.build_log()):
        redactor = Redactor(policy)
        redactor.add("n", value)
        hidden.append([redactor.redact(text) for text in (coloured, cut)])
    assert hidden == [[coloured, cut], ["<n>", cut], ["<n>", "<n>\n<n>"]]

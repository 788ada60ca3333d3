"""What of a value is a secret of its own."""

from __future__ import annotations

import json

import pytest

from buildbot_keychain.redaction import Redactor
from buildbot_keychain.redaction.forms.parts import dotenv_values, json_leaves, lines, url_passwords


def test_lines_leave_structure_out() -> None:
    key = "-----BEGIN X KEY-----\nMIIBVQIBADAN\nshort\n  indented-line-0\n-----END X KEY-----\n"
    assert list(lines(key)) == ["MIIBVQIBADAN", "indented-line-0"]
    assert list(lines('{\n  "servers": [\n    {\n      "k": "v-abcdefgh"\n    }\n  ]\n}')) == [
        '"k": "v-abcdefgh"',
    ]
    assert list(lines("one-line-only")) == []


def test_json_leaves() -> None:
    document = {"user": "deploy-bot", "nested": [{"password": "hunter2-hunter2"}, 7, None, True]}
    assert sorted(json_leaves(json.dumps(document))) == ["deploy-bot", "hunter2-hunter2"]
    assert list(json_leaves("{broken")) == []
    assert list(json_leaves('"just a string"')) == []
    assert list(json_leaves("[" * 100_000)) == []


def test_dotenv() -> None:
    text = "# comment\nexport A=plain-value\nB='quoted value'\n\nC=\"double\"\nD = spaced \n"
    assert list(dotenv_values(text)) == ["plain-value", "quoted value", "double", "spaced"]
    assert list(dotenv_values(text.replace("\n", "\r\n"))) == list(dotenv_values(text))


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("A=bare-value # why", ["bare-value # why", "bare-value"]),
        ("A=bare#value", ["bare#value"]),
        ('A="in quotes" # why', ["in quotes"]),
        ("A='in quotes'# why", ["in quotes"]),
        ("A='a # b' # why", ["a # b"]),
        ('A="a" b "c"', ['a" b "c']),
        (r'A="esc \"q\" 123"', [r"esc \"q\" 123", 'esc "q" 123']),
        (r'A="l1-aaaa\nl2\\n\$b"', [r"l1-aaaa\nl2\\n\$b", "l1-aaaa\nl2\\n$b"]),
        (r"A='Let\'s go'", [r"Let\'s go", "Let's go"]),
        ('A="line one\nline two" # why\nB=x', ["line one\nline two", "x"]),
        ("A='line one\r\nline two'\r\nB=x\r\n", ["line one\r\nline two", "x"]),
        ('A="never closed\nB=x\n', ['"never closed', "x"]),
        ("A=", [""]),
        ('A="never closed\nB=x\nC="', ["never closed\nB=x\nC=", "x", ""]),
    ],
)
def test_values_of_dotenv(text: str, values: list[str]) -> None:
    assert list(dotenv_values(text)) == values


@pytest.mark.parametrize(
    "other",
    ["export A", "[default]", "A-B=x", "A.b=x", "# A", "", "not an assignment\nC=x"],
)
def test_lines_that_leave_a_dotenv_file_what_it_is(other: str) -> None:
    assert "the-value" in dotenv_values(f"{other}\nB=the-value\n")


@pytest.mark.parametrize(
    "text",
    [
        "A=1\nnot an assignment\n",
        "dear all,\nthe password is not\nx = 42, as you thought\n",
        "-----BEGIN X KEY-----\nMIIBVQIBADAN\nQA==\n-----END X KEY-----",
        "https://host/path?key=value",
        "wdfol-x7=p_kc",
        "[section]\n",
        "",
    ],
)
def test_what_is_no_dotenv_file(text: str) -> None:
    assert list(dotenv_values(text)) == []


@pytest.mark.parametrize(
    ("value", "passwords"),
    [
        ("postgres://app:s3cr3t@db:5432/x", {"s3cr3t"}),
        ("https://bot:p%40ss%2Fword@host/path", {"p%40ss%2Fword", "p@ss/word"}),
        ("amqp://:only-password@mq", {"only-password"}),
        ("host=db user=app password='two words' dbname=x", {"two words"}),
        ("Server=db;User Id=app;Password=Abc;12;", {"Abc"}),
        ("app:pw-pw-pw@tcp(db:3306)/x", {"pw-pw-pw"}),
        ("https://ghp_0123456789abcdef@github.com/x", {"ghp_0123456789abcdef"}),
        ("https://0123456789abcdef:@api.example.org", {"0123456789abcdef"}),
        ("https://0123456789abcdef:x-oauth-basic@github.com", {"0123456789abcdef"}),
        ("https://contoso-engineering@dev.azure.com/contoso-engineering/p", set()),
        ("https://somebody@host", set()),
        ("Driver={PostgreSQL};Uid=app;Pwd={br;ace-pw};", {"{br", "br;ace-pw"}),
        (
            "Pwd={br}}ace-pass};Uid=a",
            {"{br}}ace-pass}", "{br}ace-pass}", "br}}ace-pass", "br}ace-pass"},
        ),
        ("Server=db;Pwd={SSHA}W6ph5Mm5;", {"{SSHA}W6ph5Mm5"}),
        ("AccountName=a;AccountKey=a2V5IQ==;EndpointSuffix=b", {"a2V5IQ=="}),
        ("//registry.npmjs.org/:_authToken=npm_0123456789", {"npm_0123456789"}),
        ("https://host/api?user=1&access_token=t0ken", {"t0ken"}),
        ("https://host/path?q=a:b@c", set()),
        ("plain-value", set()),
    ],
)
def test_password_in_an_address(value: str, passwords: set[str]) -> None:
    assert set(url_passwords(value)) - {""} == passwords
    if "://" in value:
        assert passwords <= set(url_passwords("\n".join(["x" * 80] * 200 + [value])))


def test_parts_are_hidden_in_their_forms() -> None:
    redactor = Redactor()
    redactor.add("db", "postgres://app:p%40ss-w0rd@db/x")
    assert redactor.redact("PGPASSWORD=p@ss-w0rd psql") == "PGPASSWORD=<db> psql"
    assert redactor.redact('{"pw": "p%40ss-w0rd"}') == '{"pw": "<db>"}'


def test_the_second_line_of_a_dotenv_file_is_hidden() -> None:
    redactor = Redactor()
    redactor.add("env", 'export USER\nA="first # value" # why\nB=second/value # why\n')
    assert redactor.redact("first # value, second%2Fvalue") == "<env>, <env>"


def test_a_key_inside_a_document_is_hidden_line_by_line() -> None:
    key = "-----BEGIN X KEY-----\nMIIBVQIBADAN\nQAwIBAAIBBQ\n-----END X KEY-----\n"
    redactor = Redactor()
    redactor.add("account", json.dumps({"type": "robot", "private_key": key}))
    assert redactor.redact("> QAwIBAAIBBQ") == "> <account>"
    assert redactor.redact(key) == "<account>\n" * 4


def test_a_key_on_one_line_is_no_armour() -> None:
    key = "-----BEGIN X KEY-----\nMIIBVQIBADAN\nQA==\n-----END X KEY-----"
    redactor = Redactor()
    redactor.add("key", key)
    assert redactor.redact(json.dumps({"key": key})) == '{"key": "<key>"}'
    assert list(lines(f"a\n{json.dumps(key)[1:-1]}")) == [json.dumps(key)[1:-1]]

"""Files of lines that name a value each."""

from __future__ import annotations

import pytest

from buildbot_keychain.redaction.fields import Role
from buildbot_keychain.redaction.fields.entries import entries, says_nothing


def texts(value: str) -> list[str]:
    return [field.text for field in entries(value)]


def named(value: str) -> dict[str, str]:
    return {field.key: field.text for field in entries(value)}


def test_dotenv() -> None:
    text = "# comment\nexport A=plain-value\nB='quoted value'\n\nC=\"double\"\nD = spaced \n"
    assert texts(text) == ["plain-value", "quoted value", "double", "spaced"]
    assert texts(text.replace("\n", "\r\n")) == texts(text)


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
    ],
)
def test_values_of_dotenv(text: str, values: list[str]) -> None:
    assert texts(text) == values


def test_lines_in_quotes_may_be_entries() -> None:
    assert {"never closed\nB=x\nC=", "x"} <= set(texts('A="never closed\nB=x\nC="'))


@pytest.mark.parametrize(
    "other",
    [
        "export A",
        "[default]",
        "A-B=x",
        "A.b=x",
        "# A",
        "; A",
        "",
        "---",
        "silent",
        "not an assignment\nC=x",
    ],
)
def test_lines_that_leave_a_file_what_it_is(other: str) -> None:
    assert "the-value" in texts(f"{other}\nB=the-value\n")


@pytest.mark.parametrize(
    "text",
    [
        "A=1\nnot an assignment\nnor this\n",
        "dear all,\nthe password is not\nx = 42, as you thought\n",
        "-----BEGIN X KEY-----\nMIIBVQIBADAN\nQA==\n-----END X KEY-----",
        "https://host/path?key=value",
        "host=db user=app password='two words' dbname=x",
        "wdfol-x7=p_kc",
        "c2VjcmV0cGFzc3dvcmQ=",
        "db.example.com:5432",
        "[section]\n",
        "",
    ],
)
def test_what_is_no_such_file(text: str) -> None:
    assert texts(text) == []


@pytest.mark.parametrize(
    ("line", "key", "text"),
    [
        ("export API_TOKEN=abc-def", "API_TOKEN", "abc-def"),
        ("declare -x API_TOKEN=abc-def", "API_TOKEN", "abc-def"),
        ("set API_TOKEN=abc-def", "API_TOKEN", "abc-def"),
        ('set "API_TOKEN=abc-def"', "API_TOKEN", "abc-def"),
        ("set -gx API_TOKEN abc-def", "API_TOKEN", "abc-def"),
        ("setenv API_TOKEN abc-def", "API_TOKEN", "abc-def"),
        ("setx /M API_TOKEN abc-def", "API_TOKEN", "abc-def"),
        ('#define API_TOKEN "abc-def"', "API_TOKEN", "abc-def"),
        ('$env:API_TOKEN = "abc-def"', "API_TOKEN", "abc-def"),
        ("${env:API_TOKEN} = 'abc-def'", "API_TOKEN", "abc-def"),
        ("define('API_TOKEN', 'abc-def');", "API_TOKEN", "abc-def"),
        ("'api_token' => 'abc-def',", "api_token", "abc-def"),
        ("$settings['api_token'] = 'abc-def';", "api_token", "abc-def"),
        ("$settings['x'][0][\"api_token\"] = 'abc-def';", "api_token", "abc-def"),
        ('os.environ["API_TOKEN"] = "abc-def"', "API_TOKEN", "abc-def"),
        ("const API_TOKEN = 'abc-def';", "API_TOKEN", "abc-def"),
        ("api.token=abc-def", "api.token", "abc-def"),
        ("api.token: abc-def", "api.token", "abc-def"),
        ("  token: abc-def", "token", "abc-def"),
        ("  - token: 'abc-def'", "token", "abc-def"),
        ('header = "PRIVATE-TOKEN: abc-def"', "header", "PRIVATE-TOKEN: abc-def"),
        ('-u "me:abc-def"', "u", "me:abc-def"),
        ("--oauth2-bearer abc-def", "oauth2-bearer", "abc-def"),
        ("proxy-user me:abc-def", "proxy-user", "me:abc-def"),
        ("Authorization: Bearer abc-def", "Authorization", "Bearer abc-def"),
        ("password:abc-def", "password", "abc-def"),
        (
            "//registry.example.org/:_authToken=abc-def",
            "//registry.example.org/:_authToken",
            "abc-def",
        ),
    ],
)
def test_lines_of_many_programs(line: str, key: str, text: str) -> None:
    assert named(line)[key] == text


def test_properties_escape_what_would_end_a_name() -> None:
    assert {"a\\=b\\:c", "a=b:c"} <= set(texts("db.password=a\\=b\\:c\ndb.user:x\n"))


def test_yaml() -> None:
    text = """\
users:
- name: deploy
  tokens:
    - first-token
    - second-token
  key: |
    line one
      line two

    line three
  note: x
"""
    found = [(field.key, field.text) for field in entries(text)]
    assert ("tokens", "first-token") in found
    assert ("tokens", "second-token") in found
    assert ("key", "line one\n  line two\n\nline three") in found
    assert ("note", "x") in found


def test_roles() -> None:
    roles = {field.key: field.role for field in entries("user: a\npassword: b\nmotto: c\n")}
    assert roles == {"user": Role.PUBLIC, "password": Role.SECRET, "motto": Role.UNKNOWN}


@pytest.mark.parametrize(
    "line", ["# x", "KEY=", "  key:", "[a]", "---", "tokens: []", "key: |", ""]
)
def test_lines_without_a_value(line: str) -> None:
    assert says_nothing(line)


@pytest.mark.parametrize("line", ["KEY=x", "- x", "key: x", "some text"])
def test_lines_with_one(line: str) -> None:
    assert not says_nothing(line)


@pytest.mark.parametrize(
    "unit", ["A='\n", 'A="\\"\n', "a:\n  b: |\n", "- \n", "a: b\n", "=", "'", "\\"]
)
def test_odd_texts_are_read_at_once(unit: str) -> None:
    """Each of them would take minutes if looking at a line meant looking at the rest."""
    assert len(entries(unit * 20_000)) <= 4096 + 3

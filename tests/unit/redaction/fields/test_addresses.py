"""Passwords and tokens in what stands on one line."""

from __future__ import annotations

import base64

import pytest

from buildbot_keychain.redaction.fields import Role
from buildbot_keychain.redaction.fields.addresses import (
    address,
    addresses,
    cookies,
    credentials,
    decoded,
    header,
    quoted,
    user_and_password,
)

TOKEN = "kQ9mT2vXzR7pL8sHn"


@pytest.mark.parametrize(
    ("value", "secrets"),
    [
        ("postgres://app:s3cr3t@db:5432/x", {"s3cr3t"}),
        ("https://bot:p%40ss%2Fword@host/path", {"p%40ss%2Fword", "p@ss/word"}),
        ("amqp://:only-password@mq", {"only-password"}),
        ("mongodb+srv://u:pw-pw@cluster0.example.net/?retryWrites=true", {"pw-pw"}),
        ("host=db user=app password='two words' dbname=x", {"two words"}),
        ("Server=db;User Id=app;Password=Abc;12;", {"Abc"}),
        ("app:pw-pw-pw@tcp(db:3306)/x", {"pw-pw-pw"}),
        ("https://ghp_0123456789abcdef@github.com/x", {"ghp_0123456789abcdef"}),
        ("https://0123456789abcdef:@api.example.org", {"0123456789abcdef"}),
        ("https://0123456789abcdef:x-oauth-basic@github.com", {"0123456789abcdef"}),
        ("https://contoso-engineering@dev.azure.com/contoso-engineering/p", set()),
        ("https://somebody@host", set()),
        ("ssh://git@github.com/example/app.git", set()),
        ("postgres://deploy-bot@db.example.com/app", set()),
        ("Driver={PostgreSQL};Uid=app;Pwd={br;ace-pw};", {"{br", "br;ace-pw"}),
        (
            "Pwd={br}}ace-pass};Uid=a",
            {"{br}}ace-pass}", "{br}ace-pass}", "br}}ace-pass", "br}ace-pass"},
        ),
        ("Server=db;Pwd={SSHA}W6ph5Mm5;", {"{SSHA}W6ph5Mm5"}),
        ("AccountName=a;AccountKey=a2V5IQ==;EndpointSuffix=b", {"a2V5IQ=="}),
        ("//registry.npmjs.org/:_authToken=npm_0123456789", {"npm_0123456789"}),
        ("https://host/api?user=1&access_token=t0ken", {"t0ken"}),
        (f"https://h/x?token={TOKEN}", {TOKEN}),
        (f"https://h/x?api_key={TOKEN}&v=1", {TOKEN}),
        (f"https://h/x?v=1&apikey={TOKEN}", {TOKEN}),
        (f"https://h/x?key={TOKEN}#top", {TOKEN, f"{TOKEN}#top"}),
        (f"https://h/cb#state=1&access_token={TOKEN}", {TOKEN}),
        (f"https://a.blob.example/c?sv=2022-11-02&se=2030-01-01&sig={TOKEN}", {TOKEN}),
        (f"https://b.s3.example/k?X-Amz-Credential=AKIA%2F2&X-Amz-Signature={TOKEN}", {TOKEN}),
        (f"https://gitlab.example/api?private_token={TOKEN}", {TOKEN}),
        (f"https://h/?secret={TOKEN}&client_secret=another-one", {TOKEN, "another-one"}),
        (f"rediss://{TOKEN}@cache.example.com:6380/0", {TOKEN}),
        (f"slack://T012345:{TOKEN}", {TOKEN}),
        ("http://db.example.com:5432", set()),
        ("jdbc:oracle:thin:scott/tig-er77@//db:1521/X", {"tig-er77"}),
        ('jdbc:oracle:thin:scott/"ti@ger"@db:1521:X', {"ti@ger"}),
        ("jdbc:mysql://db/x?user=u&password=hunter22", {"hunter22"}),
        ("jdbc:sqlserver://db:1433;user=sa;password=hunter22;", {"hunter22"}),
        ("cache:6380,password=Abc,ssl=True,allowAdmin=1", {"Abc", "Abc,ssl=True,allowAdmin=1"}),
        ("//s/share /mnt cifs username=u,password=Abc,uid=1000 0 0", {"Abc"}),
        ("rw,password=Abc", {"Abc"}),
        (f"https://hooks.slack.com/services/T00000000/B00000000/{TOKEN}", {TOKEN}),
        (f"https://discord.com/api/webhooks/123456789012345678/{TOKEN}", {TOKEN}),
        (f"'https://discord.com/api/webhooks/123456789012345678/{TOKEN}'", {TOKEN}),
        (f"https://api.telegram.org/bot123456:{TOKEN}/getMe", {f"123456:{TOKEN}"}),
        (f"https://example.org/x/{TOKEN}", set()),
        ("https://host/path?q=a:b@c", set()),
        ("https://host/path?token_type=bearer&user_id=4711", set()),
        ("tyDqdIcQbpdnsyqPw0umiw==", set()),
        ("plain-value", set()),
        ("", set()),
    ],
)
def test_secrets_in_an_address(value: str, secrets: set[str]) -> None:
    found = address(value)
    assert {field.text for field in found} == secrets
    assert {field.role for field in found} <= {Role.SECRET}
    lines = addresses("\n".join(["x" * 80] * 200 + [value]))
    assert {field.text for field in lines} == secrets


@pytest.mark.parametrize(
    ("value", "texts"),
    [
        (f"Authorization: Bearer {TOKEN}", [TOKEN]),
        (f"authorization: token {TOKEN}", [TOKEN]),
        (f"Bearer {TOKEN}", [TOKEN]),
        ("Basic ZGVwbG95Omh1bnRlcjIyMg==", ["ZGVwbG95Omh1bnRlcjIyMg==", "deploy", "hunter222"]),
        ("Bearer two words", []),
        ("Basics are easy", []),
        (TOKEN, []),
    ],
)
def test_values_of_headers(value: str, texts: list[str]) -> None:
    assert [field.text for one in header(value) for field in one.all()] == texts


def test_docker_keeps_user_and_password_in_base64() -> None:
    found = credentials("ZGVwbG95Omh1bnRlcjIyMg==")
    assert [(one.text, one.role) for one in found] == [
        ("deploy", Role.PUBLIC),
        ("hunter222", Role.SECRET),
    ]
    assert credentials(base64.b64encode(b"no colon").decode()) == []


@pytest.mark.parametrize(
    ("value", "password"),
    [
        ("deploy:hunter222", "hunter222"),
        ("deploy:pass:with:colons", "pass:with:colons"),
        ("deploy@example.org:hunter222", None),
        ("db.example.com:5432", None),
        ("localhost:80", None),
        ("C:\\Users\\me", None),
        ("12:30:15", None),
        ("fe80:0:0:0:1:2:3:4", None),
        ("aa:bb:cc:dd:ee:ff", None),
        ("registry.example.com/app:latest", None),
        ("ubuntu:latest", None),
        ("https://example.org", None),
        ("sha256:e3b0c44298fc1c149afbf4c8996fb924", None),
        ("two words:hunter222", None),
    ],
)
def test_user_and_password(value: str, password: str | None) -> None:
    found = [one.text for one in user_and_password(value) if one.role is Role.SECRET]
    assert found == ([] if password is None else [password])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("aHVudGVyMjItYWJj", "hunter22-abc"),
        ("aHVudGVyMg==", "hunter2"),
        ("postgres", ""),
        ("password", ""),
        ("aHVu", ""),
        ("not base64!!", ""),
        ("AAAAAAAAAAAA", ""),
    ],
)
def test_decoded(value: str, text: str) -> None:
    assert decoded(value) == text


def test_cookies() -> None:
    found = cookies('sid=t-1; Path=/app; Expires=Wed, 21 Oct 2030; theme=dark;token="t-2"; Secure')
    assert {field.text for field in found if field.role is Role.SECRET} == {"t-1", "t-2"}
    assert {field.key for field in found if field.role is Role.UNKNOWN} == {"theme"}


def test_quotes() -> None:
    assert [field.text for field in quoted("'in quotes'")] == ["in quotes"]
    assert quoted("'not in quotes\"") == []
    assert quoted("'") == []

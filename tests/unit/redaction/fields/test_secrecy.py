"""Which fields and lines are hidden, and how many bits are secret."""

from __future__ import annotations

import json

import pytest

from buildbot_keychain.redaction import RedactionPolicy, Redactor
from buildbot_keychain.redaction.fields import (
    fields_of,
    secret_bits,
    secret_fields,
    secret_lines,
)
from buildbot_keychain.redaction.strength import OPEN_BITS

TOKEN = "kQ9mT2vXzR7pL8sHn"
LARAVEL = """\
APP_NAME=Laravel
APP_ENV=local
APP_KEY=
APP_DEBUG=true
APP_TIMEZONE=UTC
APP_URL=http://localhost

APP_LOCALE=en
APP_FAKER_LOCALE=en_US
APP_MAINTENANCE_DRIVER=file
# APP_MAINTENANCE_STORE=database
BCRYPT_ROUNDS=12

LOG_CHANNEL=stack
LOG_STACK=single
LOG_DEPRECATIONS_CHANNEL=null
LOG_LEVEL=debug

DB_CONNECTION=sqlite
# DB_HOST=127.0.0.1
# DB_DATABASE=laravel
# DB_USERNAME=root
# DB_PASSWORD=

SESSION_DRIVER=database
SESSION_LIFETIME=120
SESSION_ENCRYPT=false
SESSION_PATH=/
BROADCAST_CONNECTION=log
FILESYSTEM_DISK=local
QUEUE_CONNECTION=database
CACHE_STORE=database
CACHE_PREFIX=
MEMCACHED_HOST=127.0.0.1
REDIS_CLIENT=phpredis
REDIS_PASSWORD=null
REDIS_PORT=6379
MAIL_MAILER=log
MAIL_USERNAME=null
MAIL_PASSWORD=null
MAIL_FROM_ADDRESS="hello@example.com"
MAIL_FROM_NAME="${APP_NAME}"
AWS_ACCESS_KEY_ID=
AWS_SECRET_ACCESS_KEY=
AWS_DEFAULT_REGION=us-east-1
VITE_APP_NAME="${APP_NAME}"
"""
PACKAGE = json.dumps(
    {
        "name": "my-dashboard",
        "version": "1.4.2",
        "private": True,
        "description": "The dashboard of our team",
        "main": "dist/index.js",
        "scripts": {"build": "webpack --mode production", "test": "jest", "lint": "eslint src"},
        "repository": {"type": "git", "url": "git+https://github.com/example/dashboard.git"},
        "keywords": ["dashboard", "monitoring"],
        "dependencies": {"react": "^18.2.0", "typescript": "~5.4.5"},
        "engines": {"node": ">=18"},
    },
    indent=2,
)
PRIVATE = (
    "-----BEGIN PRIVATE KEY-----\n"
    "MIIEvwIBADANBgkqhkiG9w0BAQEFAASCBKkwggSlAgEAAoIBAQDRRZyemZo7sF9R\n"
    "x0vD0rTh1rXCOQORrGw/XtbT60ONSyPezREUi9KijPCnkOBz9bm1eJBGi0/qyYT\n"
    "-----END PRIVATE KEY-----\n"
)
ACCOUNT = json.dumps(
    {
        "type": "service_account",
        "project_id": "acme-build-123456",
        "private_key_id": "3f786850e387550fdab836ed7e6dc881de23001b",
        "private_key": PRIVATE,
        "client_email": "deploy@acme-build-123456.iam.gserviceaccount.com",
        "auth_uri": "https://accounts.google.com/o/oauth2/auth",
        "token_uri": "https://oauth2.googleapis.com/token",
        "auth_provider_x509_cert_url": "https://www.googleapis.com/oauth2/v1/certs",
        "universe_domain": "googleapis.com",
    },
    indent=2,
)
KUBECONFIG = f"""\
apiVersion: v1
kind: Config
preferences: {{}}
clusters:
- cluster:
    server: https://10.0.0.1:6443
  name: production-cluster
contexts:
- context:
    cluster: production-cluster
    namespace: monitoring
    user: deploy-admin
  name: deploy-admin@production-cluster
current-context: deploy-admin@production-cluster
users:
- name: deploy-admin
  user:
    token: {TOKEN}
    password: hunter22
"""


@pytest.mark.parametrize("value", [LARAVEL, PACKAGE], ids=["dotenv", "package.json"])
def test_what_holds_no_secret_hides_nothing_but_itself(value: str) -> None:
    assert fields_of(value)
    assert list(secret_fields(value)) == []
    assert list(secret_lines(value)) == []
    redactor = Redactor(RedactionPolicy.build_log())
    redactor.add("env", value)
    log = "Laravel runs on local with debug, database and file; eslint src, dist/index.js: 1.4.2\n"
    log += "APP_KEY=\n# DB_PASSWORD=\nphpredis us-east-1 production production\n"
    assert redactor.redact(log) == log


def test_service_account() -> None:
    hidden = list(secret_fields(ACCOUNT))
    assert PRIVATE in hidden
    redactor = Redactor(RedactionPolicy.build_log())
    redactor.add("account", ACCOUNT)
    log = (
        "docker push gcr.io/acme-build-123456/app\n"
        "as deploy@acme-build-123456.iam.gserviceaccount.com\n"
        "https://oauth2.googleapis.com/token\n"
        '  "type": "service_account",\n'
        '  "project_id": "acme-build-123456",\n'
    )
    assert redactor.redact(log) == log
    key = PRIVATE.splitlines()[2]
    assert redactor.redact(f"> {key}\n") == "> <account>\n"


def test_kubeconfig() -> None:
    assert list(secret_fields(KUBECONFIG)) == [TOKEN, "hunter22"]
    assert list(secret_lines(KUBECONFIG)) == [f"token: {TOKEN}", "password: hunter22"]
    redactor = Redactor(RedactionPolicy.build_log())
    redactor.add("kube", KUBECONFIG)
    log = "using deploy-admin@production-cluster in monitoring at https://10.0.0.1:6443\n"
    assert redactor.redact(log) == log
    assert redactor.redact(f"-H 'Bearer {TOKEN}' hunter22\n") == "-H 'Bearer <kube>' <kube>\n"


@pytest.mark.parametrize(
    ("value", "hidden"),
    [
        ("NODE_ENV=test", []),
        ("DB_PASSWORD=test", ["test"]),
        ("PIN=4711", ["4711"]),
        ("FOO=4711471147", []),
        ("FOO=production", []),
        ("FOO=/var/lib/app/data", []),
        ("FOO=me@example.org", []),
        ("FOO=db.example.com", []),
        ("FOO=https://example.org/a/b", []),
        ("FOO=2024-01-01T00:00:00Z", []),
        ("FOO=my-company-app", []),
        ("FOO=${BAR}", []),
        ("PASSWORD=${BAR}", []),
        ("PASSWORD=null", []),
        ("FOO=hunter2", []),
        ("FOO=x7-hunter2-y", ["x7-hunter2-y"]),
        ("FOO=s3cr3t-value", ["s3cr3t-value"]),
        ("NODE_OPTIONS=--max-old-space-size=4096", []),
        ("JAVA_OPTS=-Xms512m -Xmx1024m -XX:+UseG1GC -Dfile.encoding=UTF-8", []),
        ("CFLAGS=-O2 -g -Wall", []),
        ("JAVA_OPTS=-Xmx1g -Dpassword=abc12", ["-Xmx1g -Dpassword=abc12"]),
        ("REDIS_CMD=--requirepass=k9Q2xz7", ["--requirepass=k9Q2xz7"]),
        ("START=-Dkey=k9Q2xz7 -Xmx1g", ["-Dkey=k9Q2xz7 -Xmx1g"]),
        ("START=-Dkey=k9-Q2.x", ["-Dkey=k9-Q2.x"]),
        ("JAVA_OPTS=-XX:MaxRAM=2g -Dspring.profile=prod -Dserver.port=8080", []),
        ("DUMP=-u root -ps3cr3tpw", ["-u root -ps3cr3tpw"]),
        ("BROKERS=kafka-1.example.com:9092,kafka-2.example.com:9092", []),
        ("FOO=me@example.org,s3cr3t-value", ["me@example.org,s3cr3t-value"]),
        ("MAIL_FROM=Acme CI <ci@example.com>", []),
        ("TERM=xterm-256color", []),
        ("BRANCH_FILTER=^(feature|bugfix)/.*$", []),
        ("GOOGLE_APPLICATION_CREDENTIALS=/run/secrets/gcp.json", []),
        ("STRIPE_PUBLISHABLE_KEY=pk_live_51H8", []),
        (f"KNOWN=github.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{TOKEN}", []),
        (f"CLIENT_ID={TOKEN}", [TOKEN]),
        (f"FOO=https://example.org/{TOKEN}", [f"https://example.org/{TOKEN}"]),
        ("URL=https://u:pw-1@example.org/", ["https://u:pw-1@example.org/", "pw-1"]),
        ("<privateKey>/home/me/.ssh/id_rsa</privateKey>", []),
        (f"APP_ENV=local\nAPP_KEY=base64:{TOKEN}\n", [f"base64:{TOKEN}", TOKEN]),
        (f"spring.datasource.password={{cipher}}{TOKEN}", [f"{{cipher}}{TOKEN}", TOKEN]),
    ],
)
def test_only_what_can_be_a_secret_is_hidden(value: str, hidden: list[str]) -> None:
    assert list(secret_fields(value)) == hidden


@pytest.mark.parametrize(
    ("value", "secret"),
    [
        (f"TOKEN={TOKEN}", TOKEN),
        (f"  password: {TOKEN}", TOKEN),
        (f'"password": "{TOKEN}",', TOKEN),
        (f"machine api.example.org login deploy-bot password {TOKEN}", TOKEN),
        (f"postgres://deploy-bot:{TOKEN}@db.example.com:5432/application", TOKEN),
        (f"https://hooks.example.org/?sig={TOKEN}&user=deploy-bot", TOKEN),
        (f"deploy-bot:{TOKEN}", TOKEN),
        (f"Authorization: Bearer {TOKEN}", TOKEN),
        ('{"user": "some-user", "pin": "482913"}', "482913"),
        (f'{{"token": "{TOKEN}", "password": "hunter2"}}', "hunter2"),
        (f"machine a login b password {TOKEN}\nmachine c login d password p4\n", "p4"),
        (TOKEN, TOKEN),
        ("hunter2", "hunter2"),
        # "machine db.example.org login deploy password 4821"
        ("bWFjaGluZSBkYi5leGFtcGxlLm9yZyBsb2dpbiBkZXBsb3kgcGFzc3dvcmQgNDgyMQ==", "4821"),
        (f"Digest username=bob, nonce={'dcd98b7102dd2f0e' * 2}, response={TOKEN}", TOKEN),
        ('Authorization: Digest realm="a b", nonce="dcd98b7102dd2f0e8b", response="4821"', "4821"),
        (f"<privateKey>${{user.home}}/.ssh/id</privateKey><password>{TOKEN}</password>", TOKEN),
        ("//server.example.org/share /mnt/x cifs username=bob,password=4821,uid=1000", "4821"),
    ],
)
def test_bits_are_those_of_the_weakest_secret(value: str, secret: str) -> None:
    assert secret_bits(value) == secret_bits(secret)
    assert (secret_bits(value) >= OPEN_BITS) is (secret == TOKEN)


@pytest.mark.parametrize(
    "value",
    [
        '"type": "service_account",',
        '{"user": "3f786850e387550fdab836ed7e6dc881de23001b"}',
        "apiVersion: v1",
        "# AKIAX7QP2MZLW4TRK9BD was revoked",
        "machine api.example.org",
        "",
        "-----BEGIN PRIVATE KEY-----",
    ],
)
def test_nothing_secret(value: str) -> None:
    assert secret_bits(value) == 0


def test_parts_are_hidden_in_their_forms() -> None:
    redactor = Redactor()
    redactor.add("db", "postgres://app:p%40ss-w0rd@db/x")
    assert redactor.redact("PGPASSWORD=p@ss-w0rd psql") == "PGPASSWORD=<db> psql"
    assert redactor.redact('{"pw": "p%40ss-w0rd"}') == '{"pw": "<db>"}'


def test_the_second_line_of_a_dotenv_file_is_hidden() -> None:
    redactor = Redactor()
    redactor.add("env", 'export USER\nA_KEY="first # value" # why\nB_KEY=second/value # why\n')
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
    assert list(secret_lines(f"a\n{json.dumps(key)[1:-1]}")) == [json.dumps(key)[1:-1]]


def test_lines_leave_structure_out() -> None:
    key = "-----BEGIN X KEY-----\nMIIBVQIBADAN\nshort\n  indented-line-0\n-----END X KEY-----\n"
    assert list(secret_lines(key)) == ["MIIBVQIBADAN", "indented-line-0"]
    document = '{\n  "servers": [\n    {\n      "k": "v4-abcdefgh"\n    }\n  ]\n}'
    assert list(secret_lines(document)) == ['"k": "v4-abcdefgh"']
    assert list(secret_lines("one-line-only")) == []


def test_base64_is_not_taken_for_an_entry_without_a_value() -> None:
    value = f"name: x\nkey: |\n  {TOKEN}\n  QkXd3fG7=\napi_token:\n"
    assert list(secret_lines(value)) == [TOKEN, "QkXd3fG7="]


def test_certificates_beside_a_key_are_public() -> None:
    certificate = "-----BEGIN CERTIFICATE-----\nMIICszCCAlmgAwIBAgIU\n-----END CERTIFICATE-----\n"
    assert list(secret_lines(certificate + PRIVATE)) == PRIVATE.splitlines()[1:3]
    assert list(secret_lines(certificate)) == []
    assert secret_bits(certificate) == 0
    assert secret_bits(certificate + PRIVATE) == secret_bits(PRIVATE) > OPEN_BITS

"""Fifty secrets of a master, as people have them: strong ones, and short or common words.

All are made up from fixed seeds. A file says which of its fields are secret: what else is in it may
not be hidden where it stands alone.
"""

from __future__ import annotations

import base64
import hashlib
import json
import string
import uuid
from dataclasses import dataclass, field
from urllib.parse import quote

_ALPHANUMERIC = string.ascii_letters + string.digits


@dataclass(frozen=True)
class Holding:
    """A secret, by name; its value is left out of its ``repr``."""

    name: str
    value: str = field(repr=False)
    fields: tuple[str, ...] = field(default=(), repr=False)
    """What is secret in a value of several parts, also where it stands alone."""

    is_word: bool = False
    """Whether the value is short or a common word."""


def _random(seed: str, length: int, alphabet: str = _ALPHANUMERIC) -> str:
    data = hashlib.shake_256(f"logs/{seed}".encode()).digest(length)
    return "".join(alphabet[byte % len(alphabet)] for byte in data)


def _digest(seed: str, size: int) -> bytes:
    return hashlib.shake_256(f"logs/{seed}".encode()).digest(size)


def _hex(seed: str, digits: int) -> str:
    return _digest(seed, digits // 2).hex()


def _base64(seed: str, size: int) -> str:
    return base64.b64encode(_digest(seed, size)).decode()


def _armoured(seed: str, label: str, lines: int, width: int = 64) -> tuple[str, tuple[str, ...]]:
    text = _base64(seed, lines * width * 3 // 4)
    body = tuple(text[start : start + width] for start in range(0, len(text), width))
    return "\n".join([f"-----BEGIN {label}-----", *body, f"-----END {label}-----"]), body


def _file(name: str, value: str, *fields: str) -> Holding:
    return Holding(name, value, fields)


def _tokens() -> list[Holding]:
    def of(name: str, value: str) -> Holding:
        return Holding(name, value)

    jwt = ".".join(
        base64.urlsafe_b64encode(part).decode().rstrip("=")
        for part in (b'{"alg":"HS256"}', b'{"sub":"ci","iat":1700000000}', _digest("jwt", 32))
    )
    return [
        of("github", "ghp_" + _random("github", 36)),
        of("github_app", "ghs_" + _random("github_app", 36)),
        of("gitlab", "glpat-" + _random("gitlab", 20)),
        of("slack", f"xoxb-{_random('slack/1', 12, string.digits)}-{_random('slack/2', 24)}"),
        of("slack_hook", f"https://hooks.slack.com/services/T0/B0/{_random('slack_hook', 24)}"),
        of("npm", "npm_" + _random("npm", 36)),
        of("pypi", "pypi-AgEI" + _random("pypi", 80)),
        of("aws_key", _random("aws_key", 40, _ALPHANUMERIC + "+/")),
        of("docker", "dckr_pat_" + _random("docker", 27)),
        of("vault", "hvs." + _random("vault", 24)),
        of("stripe", "sk_live_" + _random("stripe", 24)),
        of("sendgrid", f"SG.{_random('sendgrid/1', 22)}.{_random('sendgrid/2', 43)}"),
        of("jwt", jwt),
        of("md5", _hex("md5", 32)),
        of("sha1", _hex("sha1", 40)),
        of("sha256", _hex("sha256", 64)),
        of("uuid", str(uuid.UUID(bytes=_digest("uuid", 16), version=4))),
        of("base64", _base64("base64", 32)),
        of("signing", _base64("signing", 24)),
        of("password", _random("password", 16)),
        of("special", _random("special", 20, _ALPHANUMERIC + "!\"#$%&'()*+,-./:;<=>?@[\\]^_{|}~")),
        of(
            "passphrase",
            " ".join(_random(f"passphrase/{at}", 6, string.ascii_lowercase) for at in range(5)),
        ),
        of("accents", "žluťoučký-" + _random("accents", 8) + "-kůň"),
        of("pin", _random("pin", 9, string.digits)),
    ]


def _addresses() -> list[Holding]:
    def of(name: str, template: str, password: str) -> Holding:
        quoted = quote(password, safe="")
        return Holding(name, template.format(quoted), (password, quoted))

    return [
        of(
            "postgres_url",
            "postgresql://app:{}@db.example.org:5432/test",
            _random("postgres_url", 20),
        ),
        of("mysql_url", "mysql://root:{}@localhost/admin", _random("mysql_url", 12) + "@/#"),
        of("redis_url", "rediss://:{}@cache.example.org:6379/0", _random("redis_url", 32)),
        of("amqp_url", "amqp://guest:{}@mq/", _random("amqp_url", 16)),
    ]


def _files() -> list[Holding]:
    pem, lines = _armoured("pem", "RSA PRIVATE KEY", 25)
    ssh, ssh_lines = _armoured("ssh", "OPENSSH PRIVATE KEY", 6, 70)
    netrc = [_random(f"netrc/{at}", 20) for at in range(2)]
    aws = _random("aws", 40, _ALPHANUMERIC + "/")
    pip = _random("pip", 24)
    npmrc = "npm_" + _random("npmrc", 36)
    auth = base64.b64encode(f"ci:{_random('docker_config', 20)}".encode()).decode()
    return [
        _file("pem", pem, *lines),
        _file("ssh", ssh, *ssh_lines),
        _file(
            "netrc",
            f"machine github.com login test password {netrc[0]}\n"
            f"machine localhost login admin password {netrc[1]}",
            *netrc,
        ),
        _file(
            "aws",
            f"[default]\naws_access_key_id = AKIA{_random('aws/id', 16, string.ascii_uppercase)}\n"
            f"aws_secret_access_key = {aws}\nregion = us-east-1",
            aws,
            f"AKIA{_random('aws/id', 16, string.ascii_uppercase)}",
        ),
        _file(
            "pip",
            f"[global]\nindex-url = https://ci:{pip}@pypi.example.org/simple\ntimeout = 60",
            pip,
        ),
        _file(
            "npmrc",
            f"registry=https://registry.npmjs.org/\n//registry.npmjs.org/:_authToken={npmrc}",
            npmrc,
        ),
        _file(
            "docker_config",
            json.dumps({"auths": {"https://index.docker.io/v1/": {"auth": auth}}}, indent="\t"),
            auth,
            base64.b64decode(auth).decode(),
            base64.b64decode(auth).decode().partition(":")[2],
        ),
    ]


_COMMON = (
    *("test", "postgres", "admin", "root", "root1234", "changeme", "password"),
    *("1234", "ci", "true", "localhost"),
)


def _weak() -> list[Holding]:
    key, lines = _armoured("account", "PRIVATE KEY", 25)
    key_id = _hex("account/id", 40)
    account = {
        "type": "service_account",
        "project_id": "admin",
        "private_key_id": key_id,
        "private_key": f"{key}\n",
        "client_email": "test@admin.iam.gserviceaccount.com",
        "client_id": "100000000000000000000",
        "auth_uri": "https://accounts.google.com/o/oauth2/auth",
        "token_uri": "https://oauth2.googleapis.com/token",
        "universe_domain": "googleapis.com",
    }
    app_key = "base64:" + _base64("laravel", 32)
    token, client_key = _random("kubeconfig/token", 32), _base64("kubeconfig/key", 300)
    return [
        *(
            Holding(f"common_{number}", value, is_word=True)
            for number, value in enumerate(_COMMON, 1)
        ),
        _file("php_file", _LARAVEL.format(key=app_key), app_key, app_key.partition(":")[2]),
        _file(
            "js_file",
            f"NODE_ENV=test\nPORT=3000\nDB_HOST=127.0.0.1\nDB_PASSWORD={_random('node', 14)}\n",
            _random("node", 14),
        ),
        _file("kube", _KUBECONFIG.format(token=token, key=client_key), token, client_key),
        _file("gcp", json.dumps(account, indent=2), key_id, *lines, key),
    ]


_LARAVEL = """\
APP_NAME=Laravel
APP_ENV=local
APP_KEY={key}
APP_DEBUG=true
APP_URL=http://localhost

LOG_CHANNEL=stack
LOG_DEPRECATIONS_CHANNEL=null
LOG_LEVEL=debug

DB_CONNECTION=mysql
DB_HOST=127.0.0.1
DB_PORT=3306
DB_DATABASE=laravel
DB_USERNAME=root
DB_PASSWORD=

BROADCAST_DRIVER=log
CACHE_DRIVER=file
FILESYSTEM_DISK=local
QUEUE_CONNECTION=sync
SESSION_DRIVER=file
SESSION_LIFETIME=120

MEMCACHED_HOST=127.0.0.1

REDIS_HOST=127.0.0.1
REDIS_PASSWORD=null
REDIS_PORT=6379

MAIL_MAILER=smtp
MAIL_HOST=mailpit
MAIL_PORT=1025
MAIL_USERNAME=null
MAIL_PASSWORD=null
MAIL_ENCRYPTION=null
MAIL_FROM_ADDRESS="hello@example.com"
MAIL_FROM_NAME="${{APP_NAME}}"

AWS_ACCESS_KEY_ID=
AWS_SECRET_ACCESS_KEY=
AWS_DEFAULT_REGION=us-east-1
AWS_BUCKET=
AWS_USE_PATH_STYLE_ENDPOINT=false

PUSHER_APP_ID=
PUSHER_HOST=
PUSHER_PORT=443
PUSHER_SCHEME=https
PUSHER_APP_CLUSTER=mt1

VITE_APP_NAME="${{APP_NAME}}"
VITE_PUSHER_PORT="${{PUSHER_PORT}}"
"""

_KUBECONFIG = """\
apiVersion: v1
kind: Config
clusters:
- name: test
  cluster:
    server: https://10.0.0.1:6443
    insecure-skip-tls-verify: true
contexts:
- name: test
  context:
    cluster: test
    user: admin
    namespace: default
current-context: test
users:
- name: admin
  user:
    token: {token}
    client-key-data: {key}
"""

HOLDINGS = (*_tokens(), *_addresses(), *_files(), *_weak())

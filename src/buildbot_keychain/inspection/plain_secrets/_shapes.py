"""Tokens that are known by their shape, as their issuers document it: `shapes_in`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from buildbot_keychain.redaction.strength import bits

RANDOM_BITS = 40
"""The bits from which a text cannot be one that a person has chosen, such as a placeholder."""

# See GitHub's "Supported secret scanning patterns" and the rules of gitleaks.
_SHAPES = {
    "GitHub token": r"gh[pousr]_[A-Za-z0-9]{36,1000}|github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}",
    "GitLab token": (
        r"gl(?:pat|dt|rt|ptt|cbt|imt|ft|agent|oas|soat)-[\w-]{20,1000}|GR1348941[\w-]{20}"
    ),
    "access key of AWS": r"(?:AKIA|ASIA)[A-Z2-7]{16}",
    "token of Slack": (
        r"xox[a-z]-(?:\d{1,20}-){0,4}[A-Za-z0-9-]{10,1000}|xapp-\d-[A-Za-z0-9-]{20,1000}"
    ),
    "webhook of Slack": r"https://hooks\.slack\.com/services/T\w{7,1000}/B\w{7,1000}/\w{20,1000}",
    "webhook of Discord": r"https://discord(?:app)?\.com/api/webhooks/\d{17,1000}/[\w-]{60,1000}",
    "JSON Web Token": r"eyJ[\w-]{10,1000}\.eyJ[\w-]{10,1000}\.[\w-]{20,1000}",
    "key of Google": r"AIza[\w-]{35}|GOCSPX-[\w-]{28}|ya29\.[\w-]{30,1000}",
    "key of Stripe": r"[sr]k_(?:live|test)_[A-Za-z0-9]{20,1000}|whsec_[A-Za-z0-9+/=]{30,1000}",
    "token of npm": r"npm_[A-Za-z0-9]{36}",
    "token of PyPI": r"pypi-[\w-]{80,1000}",
    "token of RubyGems": r"rubygems_[0-9a-f]{48}",
    "token of Docker Hub": r"dckr_(?:pat|oat)_[\w-]{20,1000}",
    "token of Vault": r"hv[bsr]\.[\w-]{24,1000}",
    "token of DigitalOcean": r"do[opr]_v1_[0-9a-f]{64}",
    "key of SendGrid": r"SG\.[\w-]{20,1000}\.[\w-]{20,1000}",
    "token of Grafana": r"glsa_\w{32}_[0-9a-f]{8}",
    "token of Atlassian": r"ATATT3xFfGF0[\w=-]{50,1000}|ATBB[A-Za-z0-9]{28,1000}",
    "token of Telegram": r"\d{8,10}:AA[\w-]{33}",
    "token of Hugging Face": r"hf_[A-Za-z0-9]{34,1000}",
    "key of OpenAI": r"sk-(?:proj-|svcacct-)[\w-]{40,1000}|sk-[A-Za-z0-9]{48}",
    "key of Anthropic": r"sk-ant-(?:api|admin)\d\d-[\w-]{80,1000}",
    "private key of age": r"AGE-SECRET-KEY-1[0-9A-Z]{58}",
}
_AROUND = r"(?<![A-Za-z0-9_])(?:{})(?![A-Za-z0-9_])"
_TOKENS = [(kind, re.compile(_AROUND.format(shape))) for kind, shape in _SHAPES.items()]

# RFC 7468, and what PuTTY writes; what follows is Base64, with line ends as they are or escaped.
_PRIVATE_KEY = re.compile(
    r"-----BEGIN (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY(?: BLOCK)?-----"
    r"(?P<body>(?:[^-]|-(?!----)){40,4000}?)-----END "
    r"|PuTTY-User-Key-File-\d:(?P<putty>(?:[^P]|P(?!uTTY-)){40,4000}?Private-MAC)"
)
_ADDRESS = re.compile(
    r"[A-Za-z][\w+.-]{0,30}://[^\s/:@'\"{}]{0,200}:(?P<password>[^\s/@'\"{}]{6,500})@"
)
_PLACEHOLDER = re.compile(r"EXAMPLE|%\(|\$\{|\{\w*\}|(.)\1{7}")


def shapes_in(text: str) -> Iterator[tuple[int, str]]:
    """Yield where in a text (str) a secret of a known shape begins, and of which kind it is."""
    for kind, token in _TOKENS:
        for found in token.finditer(text):
            if _is_random(found[0]):
                yield found.start(), kind
    for found in _PRIVATE_KEY.finditer(text):
        if _is_random(found["body"] or found["putty"]):
            yield found.start(), "private key"
    for found in _ADDRESS.finditer(text):
        if _is_random(found["password"]):
            yield found.start(), "password in an address"


def _is_random(text: str) -> bool:
    return _PLACEHOLDER.search(text) is None and bits(text) >= RANDOM_BITS

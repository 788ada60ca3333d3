from __future__ import annotations

import base64
import hashlib
import json

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.inspection.plain_secrets._shapes import shapes_in


def random(length: int, seed: str = "") -> str:
    """Return letters and digits that look random, the same each time."""
    digest = hashlib.shake_128(f"{seed}{length}".encode()).digest(2 * length)
    return base64.b64encode(digest).decode().translate({43: None, 47: None, 61: None})[:length]


def jwt() -> str:
    """Return a JSON Web Token."""
    parts = [{"alg": "HS256", "typ": "JWT"}, {"sub": "1234567890", "name": "buildbot"}]
    texts = [base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts]
    return ".".join([*texts, random(43)])


# Put together, so that no scanner of secrets takes them for some.
TOKENS = {
    "GitHub token": ["ghp_" + random(36), "github_pat_" + random(22) + "_" + random(59)],
    "GitLab token": ["glpat-" + random(20), "glrt-" + random(20), "GR1348941" + random(20)],
    "access key of AWS": ["AKIA" + "QZ7XW2LP5NT3RVKB"],
    "token of Slack": ["xoxb-" + "2345678901-" + random(24)],
    "webhook of Slack": ["https://hooks.slack.com/services/" + "T0123ABCD/B0123ABCD/" + random(24)],
    "JSON Web Token": [jwt()],
    "key of Google": ["AIza" + random(35)],
    "key of Stripe": ["sk_live_" + random(24)],
    "token of npm": ["npm_" + random(36)],
    "token of PyPI": ["pypi-" + "AgEIcHlwaS5vcmc" + random(90)],
    "token of Docker Hub": ["dckr_pat_" + random(27)],
    "token of Vault": ["hvs." + random(24)],
    "key of SendGrid": ["SG." + random(22) + "." + random(43)],
    "private key": [
        f"-----BEGIN {kind}PRIVATE KEY-----\n{random(64)}\n{random(64, 'x')}\n-----END "
        for kind in ("", "RSA ", "OPENSSH ")
    ],
    "password in an address": ["postgresql://buildbot:" + random(14) + "@db/buildbot"],
}


class ShapeTests(SynchronousTestCase):
    def test_each_is_found_in_its_place(self) -> None:
        for kind, tokens in TOKENS.items():
            for token in tokens:
                found = list(shapes_in(f'x = "{token}"  # and more'))
                self.assertEqual(len(found), 1, kind)
                self.assertEqual(found[0][1], kind)

    def test_what_looks_like_one_and_is_none(self) -> None:
        for text in (
            "ghp_" + "x" * 36,
            "ghp_" + "1234567890abcdefghijklmnopqrstuvwxyz",
            "AKIA" + "IOSFODNN7EXAMPLE",
            "https://hooks.slack.com/services/T00000000/B00000000/" + "X" * 24,
            "postgresql://user:password@localhost/db",
            "postgresql://buildbot:%(secret:db)s@localhost/db",
            "mysql://user:${PASSWORD}@localhost/db",
            f"https://user:{{token}}@host/{random(30)}",
            "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
            "-----BEGIN PUBLIC KEY-----\n" + random(64) + "\n-----END PUBLIC KEY-----",
            "git@github.com:buildbot/" + random(30),
            random(64),
            "a_ghp_" + random(36) + "_b",
        ):
            self.assertEqual(list(shapes_in(text)), [], text)

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.inspection.plain_secrets._literals import literals_in

RANDOM = "kT9mPq2vLxR4wZ"


class LiteralTests(SynchronousTestCase):
    def test_where_a_secret_is_expected(self) -> None:
        for source, name in (
            ("password = X", "password"),
            ("self.api_key: str = X", "api_key"),
            ("settings['auth_token'] = X", "auth_token"),
            ("connect(passwd=X)", "passwd"),
            ("{'client_secret': X}", "client_secret"),
            ("def connect(host, token=X, *, a=1): pass", "token"),
            ("def connect(*, password=X): pass", "password"),
            ("Worker('w', X)", "password"),
            ("worker.DockerLatentWorker('w', X, image='x')", "password"),
            ("util.UserPasswordAuth({'admin': X})", "password"),
            ("UserPasswordAuth([('admin', X)])", "password"),
            ("token = os.environ.get('TOKEN', X)", "token"),
            ("token = os.environ.get('TOKEN') or X", "token"),
            ("token = X if here else None", "token"),
            ("password = X.encode()", "password"),
            ("passwords = ['short', X]", "passwords"),
            ("password = b" + repr(RANDOM), "password"),
            ("secret_id = X", "secret_id"),
            ("VAULT_APPROLE_SECRET_ID = X", "VAULT_APPROLE_SECRET_ID"),
            ("AppRole(roleSecretId=X)", "roleSecretId"),
        ):
            found = list(literals_in(source.replace("X", repr(RANDOM))))
            self.assertEqual(found, [(1, name)], source)

    def test_what_is_none(self) -> None:
        for source in (
            "token = 'deploy/github-token'",
            "password = 'changeme'",
            "password = ''",
            "token = util.Secret('kT9mPq2vLxR4wZ')",
            "token = util.Interpolate('%(secret:kT9mPq2vLxR4wZ)s')",
            "token = '%(prop:kT9mPq2vLxR4wZ)s'",
            "token = os.environ['kT9mPq2vLxR4wZ']",
            "password_file = '/srv/kT9mPq2vLxR4wZ'",
            "secret = '/run/secrets/kT9mPq2vLxR4wZ'",
            "secret_url = 'https://example.org/kT9mPq2vLxR4wZ'",
            "token = 'https://example.org/kT9mPq2vLxR4wZ'",
            "revision = 'e83c5163316f89bfbde7d9ab23ca2e25604af290'",
            "signing_key = '4AEE18F83AFDEB23'",
            "ssh_host_key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1kT9mPq2vLxR4wZ'",
            "Worker('w', passwords['w'])",
            "Worker('w', 'pass')",
            "UserPasswordAuth(users)",
            "auth = 'a sentence of some words'",
            "cookie = 'first_name.last-name'",
            "for password in []: pass",
            "secret_key = 'AWSSecretAccessKeyOfTheTeam'",
            "token_pattern = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?'",
            "ssh_key_secret_id = '03kT9mPq2vLxR4wZ7yjyutnea'",
            "dict(dockerSecretId='03kT9mPq2vLxR4wZ7yjyutnea')",
            "token_chars = '345679ACEFGHJKLMNPQRSTUVWXY'",
        ):
            self.assertEqual(list(literals_in(source)), [], source)

    def test_the_line_is_that_of_the_text(self) -> None:
        source = f"connect(\n    password=(\n        {RANDOM!r}\n    ),\n)"
        self.assertEqual(list(literals_in(source)), [(3, "password")])

    def test_what_is_not_a_program(self) -> None:
        with self.assertRaises(SyntaxError):
            list(literals_in("a b"))

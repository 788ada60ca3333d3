"""The command line of an import from a Vault that runs; what it imports: tests/integration."""

from __future__ import annotations

from tests.support.store_commands import StoreCommandCase

SECRET = "s3cr3t-canary"


class ImportVaultTests(StoreCommandCase):
    def setUp(self) -> None:
        super().setUp()
        self.create()

    def test_what_cannot_be_meant_is_not_repeated(self) -> None:
        address = "https://vault.example.org:8200"
        open_file = self.base / "open"
        open_file.write_text(SECRET)
        open_file.chmod(0o644)
        for source, login, status, message in (
            (address, "none", 2, "name the mount behind the server"),
            (f"https://me:{SECRET}@vault/secret", "none", 2, "has no user, password"),
            (f"{address}/secret?{SECRET}", "none", 2, "has no user, password"),
            (f"{address}/secret", SECRET, 2, "--vault-login must be one of"),
            (f"{address}/secret", f"userpass:me:{SECRET}", 4, "does not exist"),
            (f"{address}/secret", f"approle:me:{open_file}", 4, "other users"),
            (f"{address}/secret", "kubernetes", 2, "must be kubernetes:ROLE"),
            (f"{address}/secret", "cert", 4, "client_cert"),
        ):
            words = "import", "vault", source, "--vault-login", login
            self.assertNotIn(SECRET, self.assertFails(status, message, *words))
        words = "import", "env", "-", "--vault-namespace", "x"
        self.assertFails(2, "is not an option for env", *words)

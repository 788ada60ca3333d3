"""`SecretInPass` keeps the contract that the shipped suite tests, with a real gpg."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from buildbot_keychain import SecretInPass
from buildbot_keychain.testing import LookupTests, ProviderContract
from tests.support.password_store.real_stores import PASSPHRASE, PasswordStoreTestCase


class SecretInPassTests(ProviderContract, PasswordStoreTestCase):
    """Each secret is the first line of an entry."""

    test_unreachable_server_is_unavailable = None  # type: ignore[assignment] # it has no server

    def setUp(self) -> None:
        super().setUp()
        self.run_pass("init", "locked")

    def make_provider(self) -> SecretInPass:
        return SecretInPass(PASSPHRASE, self.dir, self.gnupg_home)

    def store(self, name: str, value: str) -> None:
        self.encrypt(name, f"{value}\nsecond: line\n", "-r", "locked")

    def can_hold(self, value: str) -> bool:
        return "\n" not in value

    def remove(self, name: str) -> None:
        self.run_pass("rm", "--force", name)

    def break_store(self, provider: Any) -> None:
        (self.dir / "token.gpg").rename(self.dir / "token.kept")
        (self.dir / "token.gpg").symlink_to("/dev/null")

    def repair_store(self, provider: Any) -> None:
        (self.dir / "token.kept").rename(self.dir / "token.gpg")

    def hang(self, provider: Any) -> None:
        provider.deadline = 0.5
        self.replace_gpg("exec sleep 600")

    def wrong_arguments(self) -> Iterable[Callable[[], object]]:
        make: Any = SecretInPass
        yield lambda: make(b"bytes")
        yield lambda: make(7)
        yield lambda: make("two\nlines")
        yield lambda: make("nul\0")
        yield lambda: make("x" * 256)
        yield lambda: make("\udcff")
        yield lambda: make(dirname="")
        yield lambda: make(dirname=None)
        yield lambda: make(gnupg_home=3)
        yield lambda: make(name="a!b")


class WholeEntriesTests(LookupTests, PasswordStoreTestCase):
    """Each secret is an entry as a whole, of however many lines."""

    def setUp(self) -> None:
        super().setUp()
        self.run_pass("init", "plain")

    def make_provider(self) -> SecretInPass:
        provider = SecretInPass(None, self.dir, self.gnupg_home)
        look_up = provider.look_up
        provider.look_up = lambda path: look_up(f"{path}|*")  # type: ignore[method-assign]
        return provider

    def store(self, name: str, value: str) -> None:
        self.encrypt(name, value, "-r", "plain")

    def remove(self, name: str) -> None:
        (self.dir / f"{name}.gpg").unlink()

"""Configurations that a master loads and takes on."""

from __future__ import annotations

from types import SimpleNamespace

from buildbot.config import ConfigErrors
from buildbot.config.errors import capture_config_errors
from buildbot.config.master import MasterConfig
from buildbot.www.auth import UserPasswordAuth
from twisted.internet.defer import fail

from buildbot_keychain.buildbot import Interpolate, MasterKeychain, Secret, _context
from buildbot_keychain.buildbot._attached import keychain_of
from buildbot_keychain.buildbot.patches import replacements
from buildbot_keychain.errors import KeychainError
from tests.support.replacement_case import ReplacementTestCase


class ConfigurationTests(ReplacementTestCase):
    """Masters that take on a configuration."""

    def test_a_master_has_a_keychain_before_it_takes_on_a_configuration(self) -> None:
        found: list[object] = []
        assign = replacements.take_configuration(lambda m, *_: found.append(keychain_of(m)))
        assign(self.plain, "other", 1)
        assign(SimpleNamespace(), "config", "the default of a master that is being made")
        for master in (self.plain, self.kept):
            assign(master, "config", master.config)
        self.assertEqual(found[:2], [None, None])
        self.assertIsInstance(found[2], MasterKeychain)
        self.assertIs(found[3], self.keychain)

    def test_a_master_without_a_keychain_keeps_its_configuration(self) -> None:
        self.patch(MasterKeychain, "of", lambda _master: 1 / 0)
        assign = replacements.take_configuration(self.original)
        error = self.assertRaises(ConfigErrors, assign, self.plain, "config", None)
        (sentence,) = error.errors
        self.assertIn("the configuration is refused", sentence)
        self.assertIn("ZeroDivisionError", sentence)
        self.assertEqual(self.calls, [])

    def test_a_master_that_is_configured_gets_a_keychain(self) -> None:
        reconfigure = replacements.reconfigure_providers(self.original)
        host = SimpleNamespace(master=self.plain)
        self.successResultOf(reconfigure(host, self.plain.config))
        self.assertIsNotNone(keychain_of(self.plain))
        self.successResultOf(reconfigure(host, self.plain.config))
        self.assertEqual(self.calls, [(self.plain.config,)])


class DatabaseTests(ReplacementTestCase):
    def test_what_cannot_be_looked_up_changes_nothing(self) -> None:
        away = KeychainError("c['db']['db_url'] needs `db`: it is away")
        changed = self.keychain.services.database
        changed.note("db", "former")
        config = SimpleNamespace(db={"db_url": "sqlite://"})
        for error, master, fails in (
            (away, self.kept, False),
            (away, self.plain, True),
            (ConfigErrors(["another"]), self.kept, True),
        ):
            configure = replacements.configure_database(lambda *_, error=error: fail(error))
            database = SimpleNamespace(master=master, configured_url="sqlite://")
            done = configure(database, config)
            if fails:
                self.failureResultOf(done, type(error))
            else:
                self.assertIsNone(self.successResultOf(done))
        changed.note("db", "latter")
        configure = replacements.configure_database(lambda *_: fail(ConfigErrors(["another"])))
        for master in (self.kept, self.plain):
            done = configure(SimpleNamespace(master=master), config)
            if master is self.kept:
                self.assertIsNone(self.successResultOf(done))
            else:
                self.failureResultOf(done, ConfigErrors)


class LengthTests(ReplacementTestCase):
    def test_names_that_are_interpolated(self) -> None:
        check = replacements.check_length(self.original)
        with capture_config_errors() as errors:
            check(Interpolate("%(prop:x)s" + "y" * 50), "Step name", 50)
            check(Interpolate("%(prop:x)s" + "y" * 51), "Step name", 50)
            check("y" * 51, "other name", 50)
        (error,) = errors.errors
        self.assertIn("Step name ", error)
        self.assertIn("(shortest interpolation) exceeds maximum length of 50", error)
        self.assertEqual(self.calls[-1], ("other name", 50))


class ArgumentTests(ReplacementTestCase):
    def setUp(self) -> None:
        super().setUp()
        _context.register()

    def test_arguments_that_are_never_rendered_are_errors(self) -> None:
        config = MasterConfig()
        config.www = {"auth": UserPasswordAuth({"ann": Secret("ann")})}
        with capture_config_errors() as errors:
            self.assertEqual(replacements.check_arguments(self.original)(config), "original")
        (error,) = errors.errors
        self.assertIn("secret 'ann': UserPasswordAuth", error)

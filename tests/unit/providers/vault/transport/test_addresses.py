"""Addresses of servers, and redirects between them."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.providers.vault.transport._addresses import (
    parse_address,
    parse_addresses,
    redirect_target,
)


class AddressTests(SynchronousTestCase):
    def test_urls(self) -> None:
        for url, address in {
            "https://vault.example.org:8200": "https://vault.example.org:8200",
            "https://vault.example.org": "https://vault.example.org:443",
            "http://localhost/": "http://localhost:80",
            " https://VAULT:1/vault/v1/ ": "https://vault:1/vault",
            "https://[::1]:8200": "https://[::1]:8200",
            "unix:///run/vault/agent.sock": "unix:///run/vault/agent.sock",
        }.items():
            self.assertEqual(str(parse_address(url)), address)

    def test_what_is_none(self) -> None:
        for url in (
            *(None, 5, b"https://vault", "", "vault", "vault:8200", "ftp://vault", "https://"),
            *("https://vault:port", "https://vault:99999", "https://[::1", "https:///path"),
            *("https://vault?x=1", "https://vault#x"),
            *("unix://", "unix://run/agent.sock", "unix:///run/x?y", "unix:///" + 107 * "x"),
        ):
            self.assertRaises(ValueError, parse_address, url)

    def test_a_password_is_refused_and_not_shown(self) -> None:
        error = self.assertRaises(ValueError, parse_address, "https://user:hunter2@vault")
        self.assertNotIn("hunter2", str(error))

    def test_several(self) -> None:
        self.assertEqual(len(parse_addresses(["https://a", "https://b", "https://a:443/"])), 2)
        self.assertEqual(len(parse_addresses("https://a")), 1)
        self.assertRaises(ValueError, parse_addresses, [])

    def test_where_nobody_listens_in(self) -> None:
        for url, secret in {
            "https://vault": True,
            "http://127.0.0.1:8200": True,
            "http://localhost:8200": True,
            "http://[::1]": True,
            "unix:///run/agent.sock": True,
            "http://vault": False,
            "http://127.0.0.1.example.org": False,
        }.items():
            self.assertIs(parse_address(url).is_confidential, secret, url)

    def test_the_url_of_a_socket_is_the_clients(self) -> None:
        address = parse_address("unix:///run/vault/agent.sock")
        self.assertEqual(address.url, "http+unix://%2Frun%2Fvault%2Fagent.sock")


class RedirectTests(SynchronousTestCase):
    def test_only_listed_addresses_are_followed(self) -> None:
        listed = parse_addresses(["https://a:8200", "https://b"])
        for location, found in {
            "https://a:8200/v1/secret/data/x?version=1": listed[0],
            "https://A:8200/": listed[0],
            "https://b/v1/x": listed[1],
            "https://b:443": listed[1],
            "http://a:8200/v1/x": None,
            "https://a:8201/v1/x": None,
            "https://a/v1/x": None,
            "https://a:8200@evil/v1/x": None,
            "https://evil/?https://a:8200": None,
            "https://user@b/v1/x": None,
            "/v1/x": None,
            "//b/v1/x": None,
            "": None,
            "https://b:port/": None,
        }.items():
            self.assertEqual(redirect_target(location, listed), found, location)

    def test_of_two_on_one_host_it_is_the_one_with_the_longest_prefix(self) -> None:
        listed = parse_addresses(["https://a", "https://a/one", "https://a/one/two"])
        for location, found in {
            "https://a/one/v1/x": listed[1],
            "https://a/one/two/v1/x": listed[2],
            "https://a/one/two": listed[2],
            "https://a/onerous/v1/x": listed[0],
            "https://a/v1/x": listed[0],
        }.items():
            self.assertEqual(redirect_target(location, listed), found, location)
        # A server behind a proxy may not know the prefix.
        self.assertEqual(redirect_target("https://a/v1/x", listed[1:]), listed[1])

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.providers.http import Request
from buildbot_keychain.providers.kubernetes._api import read_secret


class RequestTests(SynchronousTestCase):
    def test_the_request_for_a_secret(self) -> None:
        self.assertEqual(
            read_secret("https://k8s:6443", "ci", "registry", "token"),
            Request(
                "GET",
                "https://k8s:6443/api/v1/namespaces/ci/secrets/registry",
                {"Authorization": "Bearer token", "Accept": "application/json"},
            ),
        )

    def test_a_server_behind_a_path(self) -> None:
        for server in ("https://h/clusters/one", "https://h/clusters/one/"):
            url = read_secret(server, "ci", "registry", "token").url
            self.assertEqual(url, "https://h/clusters/one/api/v1/namespaces/ci/secrets/registry")

    def test_names_never_lead_to_another_place(self) -> None:
        url = read_secret("https://h", "../../x", "a/b?c#d", "token").url
        wanted = "https://h/api/v1/namespaces/..%2F..%2Fx/secrets/a%2Fb%3Fc%23d"
        self.assertEqual(url, wanted)

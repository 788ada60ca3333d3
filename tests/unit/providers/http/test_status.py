from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.errors import AccessDenied, ProviderError, ProviderUnavailable
from buildbot_keychain.providers.http import error_of_status


class StatusTests(SynchronousTestCase):
    def test_the_error_that_a_status_means(self) -> None:
        for kind, statuses in (
            (AccessDenied, (401, 403)),
            (ProviderUnavailable, (408, 425, 429, 500, 501, 502, 503, 504, 599)),
            (ProviderError, (201, 204, 301, 400, 404, 405, 410, 418, 600)),
        ):
            for status in statuses:
                self.assertIs(error_of_status(status), kind, str(status))

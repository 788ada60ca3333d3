from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.errors import AccessDenied, ProviderError, ProviderUnavailable
from buildbot_keychain.providers.aws._errors import AwsError, credentials_error_for, error_for

CANARY = "message of AWS"


class ErrorTests(SynchronousTestCase):
    def test_a_secret_that_is_not_held(self) -> None:
        for code, message in (
            ("ResourceNotFoundException", "Secrets Manager can't find the specified secret."),
            (
                "InvalidRequestException",
                "You can't do this on the secret because it was marked for deletion.",
            ),
            ("InvalidRequestException", "on a secret that's currently marked deleted."),
        ):
            self.assertIsNone(error_for(code, message, 400))

    def test_other_errors(self) -> None:
        for code, status, kind in (
            ("AccessDeniedException", 400, AccessDenied),
            ("InvalidClientTokenId", 403, AccessDenied),
            ("DecryptionFailure", 400, AccessDenied),
            ("ThrottlingException", 400, ProviderUnavailable),
            ("", 502, ProviderUnavailable),
            ("InvalidRequestException", 400, ProviderError),
            ("", 404, ProviderError),
        ):
            found = error_for(code, CANARY, status)
            assert isinstance(found, AwsError)
            self.assertIs(found.kind, kind, code)
            self.assertIn(code or str(status), found.reason)
            self.assertNotIn(CANARY, found.reason)

    def test_errors_of_requests_for_credentials(self) -> None:
        for code, status, kind in (
            ("ResourceNotFoundException", 404, AccessDenied),
            ("AccessDenied", 403, AccessDenied),
            ("ThrottlingException", 400, ProviderUnavailable),
            ("", 503, ProviderUnavailable),
        ):
            found = credentials_error_for(code, status, "profile 'ci'")
            self.assertIs(found.kind, kind, code)
            self.assertIn(code or str(status), found.reason)

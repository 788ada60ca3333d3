"""`AwsError`, and what AWS's own error codes mean for a lookup. Pure.

The codes are those of the AWS Secrets Manager API Reference, "Common Errors" and GetSecretValue.
AWS's messages are never quoted.
"""

from __future__ import annotations

from collections.abc import Collection

from buildbot_keychain.errors import AccessDenied, ProviderError, ProviderUnavailable

_CREDENTIALS = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "IncompleteSignatureException",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "NotAuthorized",
        "OptInRequired",
        "RequestExpired",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
_UNAVAILABLE = frozenset(
    {
        "InternalFailure",
        "InternalServiceError",
        "InternalServerError",
        "LimitExceededException",
        "RequestLimitExceeded",
        "RequestTimeout",
        "ServiceUnavailable",
        "ServiceUnavailableException",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
_UNAVAILABLE_REASON = "AWS cannot answer now ({code}); try again later"
_MEANINGS: tuple[tuple[Collection[str], type[ProviderError], str], ...] = (
    (
        ("AccessDenied", "AccessDeniedException"),
        AccessDenied,
        (
            "AWS denies access ({code}); "
            "allow secretsmanager:GetSecretValue, and kms:Decrypt on its key"
        ),
    ),
    (
        _CREDENTIALS,
        AccessDenied,
        "AWS does not accept the credentials ({code}); renew them, and check this machine's clock",
    ),
    (
        ("DecryptionFailure",),
        AccessDenied,
        "AWS cannot decrypt the secret ({code}); allow kms:Decrypt, and check the state of its key",
    ),
    (_UNAVAILABLE, ProviderUnavailable, _UNAVAILABLE_REASON),
)
_DELETED = ("marked for deletion", "marked deleted", "scheduled for deletion")
_SERVER_ERROR = 500


class AwsError(Exception):
    """Why there is no value.

    :param kind: the error that the lookup ends with.
    :param reason: its reason: what is wrong and what to do.
    """

    def __init__(self, kind: type[ProviderError], reason: str) -> None:
        self.kind = kind
        self.reason = reason
        super().__init__(reason)


def error_for(code: str, message: str, status: int) -> AwsError | None:
    """Return what an error response of GetSecretValue means; ``None`` when the secret is not held.

    A secret that is scheduled for deletion is not held: nobody should use it any more, and after
    being restored it is found again.

    :param code: the error's code.
    :param message: its text, which distinguishes a deleted secret from one in another state.
    :param status: the HTTP status.
    """
    if code == "ResourceNotFoundException":
        return None
    if code == "InvalidRequestException" and any(words in message for words in _DELETED):
        return None
    for codes, kind, reason in _MEANINGS:
        if code in codes:
            return AwsError(kind, reason.format(code=code))
    if status >= _SERVER_ERROR:
        return _unavailable(code, status)
    reason = f"AWS answered with the error {code or status}; look the request up in CloudTrail"
    return AwsError(ProviderError, reason)


def credentials_error_for(code: str, status: int, profile: str) -> AwsError:
    """Return what an error response means to a request by which boto3 gets credentials.

    It says nothing of the secret.

    :param profile: what boto3 gets them for, as part of a sentence.
    """
    if code in _UNAVAILABLE or status >= _SERVER_ERROR:
        return _unavailable(code, status)
    reason = (
        f"AWS gives {profile} no credentials ({code or status}); correct its account and role, or "
        "renew what it logs in with; to see why, run: aws sts get-caller-identity"
    )
    return AwsError(AccessDenied, reason)


def _unavailable(code: str, status: int) -> AwsError:
    return AwsError(ProviderUnavailable, _UNAVAILABLE_REASON.format(code=code or status))

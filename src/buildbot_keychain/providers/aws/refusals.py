"""What the errors of AWS mean here, by their codes; pure.

Codes: AWS Secrets Manager API Reference, "Common Errors" and GetSecretValue. Of AWS's messages,
none is passed on.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

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
_LATER = frozenset(
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
_LATER_REASON = "AWS cannot answer now ({code}); try again later"
_MEANINGS: tuple[tuple[Collection[str], type[ProviderError], str], ...] = (
    (
        ("AccessDenied", "AccessDeniedException"),
        AccessDenied,
        "AWS refuses ({code}); allow secretsmanager:GetSecretValue, and kms:Decrypt for its key",
    ),
    (
        _CREDENTIALS,
        AccessDenied,
        "AWS does not accept the credentials ({code}); renew them, and check this machine's clock",
    ),
    (
        ("DecryptionFailure",),
        AccessDenied,
        "AWS cannot decrypt it ({code}); allow kms:Decrypt, and check the state of its key",
    ),
    (_LATER, ProviderUnavailable, _LATER_REASON),
)
_DELETED = ("marked for deletion", "marked deleted", "scheduled for deletion")
_SERVER_ERROR = 500


@dataclass(frozen=True)
class Refusal:
    """Why there is no value.

    :param kind: the error to raise; ``None`` where the secret is not held.
    :param reason: the error's reason.
    """

    kind: type[ProviderError] | None
    reason: str = ""


NOT_HELD = Refusal(None)


def refusal(code: str, message: str, status: int) -> Refusal:
    """Give what an error of GetSecretValue means.

    A secret that is scheduled for deletion is not held: nobody is to use it any more, and whoever
    restores it finds it again.

    :param code: the error's code.
    :param message: its text; it tells a deleted secret from other states, and is not passed on.
    :param status: the HTTP status.
    """
    if code == "ResourceNotFoundException":
        return NOT_HELD
    if code == "InvalidRequestException" and any(words in message for words in _DELETED):
        return NOT_HELD
    for codes, kind, reason in _MEANINGS:
        if code in codes:
            return Refusal(kind, reason.format(code=code))
    if status >= _SERVER_ERROR:
        return Refusal(ProviderUnavailable, _LATER_REASON.format(code=code or status))
    return Refusal(ProviderError, f"AWS answered {code or status}; see CloudTrail for the request")

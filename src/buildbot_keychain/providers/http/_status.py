"""What the status of a response means for a lookup; pure.

Source: RFC 9110, section 15; RFC 6585 (429); RFC 8470 (425).
"""

from __future__ import annotations

from buildbot_keychain.errors import AccessDenied, ProviderError, ProviderUnavailable

_DENIED = {401, 403}
_TRY_LATER = {408, 425, 429}


def error_of_status(status: int) -> type[ProviderError]:
    """Return the class of the error for a status that is not a success.

    404 is not an error for most providers: they check it first.
    """
    if status in _DENIED:
        return AccessDenied
    if status in _TRY_LATER or 500 <= status < 600:  # noqa: PLR2004 - errors of the server
        return ProviderUnavailable
    return ProviderError

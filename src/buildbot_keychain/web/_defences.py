"""Headers of every answer, and what browsers say of how a request was made.

Browsers send ``Sec-Fetch-*`` (W3C, Fetch Metadata) over HTTPS and to localhost only, and those of
before 2023 do not. Where they do not, nothing tells a person's click from a script's ``fetch``, so
a page is refused unless the configuration accepts that (``plain_http``). What says nothing where
they do, and has no language as all browsers have, is a program.
"""

from __future__ import annotations

import re

from twisted.web.iweb import IRequest

from buildbot_keychain.web._refusals import Refused

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # Of "no-referrer", a browser would make ``Origin: null`` in our own forms.
    "Referrer-Policy": "same-origin",
    "Vary": "Cookie, Authorization",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

_THIS_MACHINE = re.compile(r"(localhost|127(\.[0-9]{1,3}){3}|\[::1\])(:[0-9]+)?", re.IGNORECASE)
"""A host, with a port or without, to which browsers say it over plain HTTP as well."""

_NAVIGATION = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


def harden(request: IRequest) -> None:
    """Set the headers of any answer, before anything can fail."""
    for name, value in HEADERS.items():
        request.setHeader(name.encode(), value.encode())


def is_by_program(request: IRequest, origin: str) -> bool:
    """Return whether a request that does not say how it came to be made is none of a browser.

    :param origin: of the page's address: a proxy may speak HTTPS, and the master does not.
    """
    # A script can change it, and not leave it out.
    if header(request, "Accept-Language") is not None:
        return False
    if origin.startswith("https:"):
        return True
    hosts = (origin.removeprefix("http://"), header(request, "Host") or "")
    return all(map(_THIS_MACHINE.fullmatch, hosts))


def require_navigation(request: IRequest, *, answers_silent: bool) -> None:
    """Refuse what is not a person's own navigation in a window of its own.

    :param answers_silent: whether to answer who does not say.
    """
    given = {name: header(request, name) for name in _NAVIGATION}
    if header(request, "Sec-Purpose") is not None:
        raise Refused(403, "This page is not loaded in advance.")
    if any(value not in (None, _NAVIGATION[name]) for name, value in given.items()):
        raise Refused(403, "Open this page in a window of its own: scripts and frames may not.")
    if None in given.values() and not answers_silent:
        raise Refused(
            403,
            "Your browser does not say whether you or a script opened this page. Browsers since "
            "2023 do so over HTTPS and on localhost: use HTTPS (see buildbotURL), or read about "
            "plain_http in the documentation.",
        )


def require_own_form(request: IRequest, origin: str) -> None:
    """Refuse what was not sent by a page of `origin`.

    :param origin: as browsers write it, such as ``https://ci.example.org``.
    """
    site = header(request, "Sec-Fetch-Site")
    if header(request, "Origin") != origin or site not in (None, "same-origin"):
        raise Refused(
            403,
            "This form was not sent from a page of this server. Open it under the address "
            f"{origin}, which is that of buildbotURL.",
        )


def require_no_query(request: IRequest) -> None:
    """Refuse a request with anything behind a question mark: logs keep addresses."""
    if b"?" in request.uri:
        raise Refused(400, "Send nothing in the address, but in the body.")


def header(request: IRequest, name: str) -> str | None:
    """Return the value of a header; that of several is no value that anything accepts.

    Any byte is a character (Latin-1).
    """
    values = request.requestHeaders.getRawHeaders(name.encode())
    return None if values is None else b", ".join(values).decode("latin-1")

"""When the certificates end that a client of TLS has and trusts; blocks."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable

from buildbot_keychain.certificates import Period, periods
from buildbot_keychain.details import CERTIFICATE, Expiry
from buildbot_keychain.providers.http._messages import UnusableTlsFiles
from buildbot_keychain.providers.http._tls import TlsFiles, read_file


def expiries_of(files: TlsFiles) -> list[Expiry]:
    """Return when the client's certificate and those that it trusts end.

    Of the former, the one of its chain counts that ends first. Of several authorities the last one
    counts: a file has the next one beside the one that it replaces. A directory of them is left
    out, and so is a file that cannot be read, which lookups say.
    """
    renew = f"replace the file, which is {files.arguments.certificate} of the provider"
    trust = f"add the next authority to the file, which is {files.arguments.ca} of the provider"
    return [
        *_expiry(files.arguments.certificate, files.certificate, min, renew),
        *_expiry(files.arguments.ca, files.ca, max, trust),
    ]


def _expiry(
    argument: str, path: str | None, choose: Callable[..., Period], remedy: str
) -> Iterable[Expiry]:
    if path is None or os.path.isdir(path):
        return
    try:
        found = periods(read_file(argument, path).decode("ascii", "replace"))
    except UnusableTlsFiles:
        return
    if found:
        period = choose(found, key=lambda each: each.ends)
        yield Expiry(CERTIFICATE, path, period.ends, remedy, period.ends - period.begins)

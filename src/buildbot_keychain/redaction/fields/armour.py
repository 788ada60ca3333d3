"""What all files of keys have in common, so that it is nobody's secret: `without_armour`.

Boundaries and headers of PEM (RFC 7468, RFC 1421), and the Base64 of the bytes with which each kind
of key begins: the DER of RFC 8017 (RSA), 5915 (EC), 5958 and 8410 (PKCS #8), and OpenSSH's
PROTOCOL.key. Of a whole key, what follows from its public key is left out as well.
"""

from __future__ import annotations

import re

from .private_keys import secret_runs

__all__ = ["without_armour"]

_BOUNDARY = re.compile(r"-----(?:BEGIN|END) [^\r\n-]*-----|---- (?:BEGIN|END) [^\r\n-]* ----")
_HEADER = re.compile(
    r"^(?:Proc-Type|DEK-Info|Comment|Subject|x-date|PuTTY-User-Key-File-\d|Encryption): .*$"
    r"|^(?:Public-Lines|Private-Lines): \d+$",
    re.MULTILINE,
)
_ANY = "[A-Za-z0-9+/]"
_BEGINNINGS = re.compile(
    rf"""
      MI{_ANY}{{4}}IBADANBgkqhkiG9w0BAQEFAASC(?:{_ANY}{{4}}gg{_ANY}{{2}}AgEAA(?:oI[BC]AQ|kEA|oGB))?
    | MI{_ANY}{{4}}IBAAK(?:CA[QgY]E[A-D]?|BgQ[A-D]|AkEA)?
    | MHcCAQEEI[A-P] | MIGkAgEBBD[A-D] | MIHcAgEBBEI[AB]
    | oAoGCCqGSM49(?:AwEHoUQDQgAE)? | AwEHoUQDQgAE | oAcGBSuBBAA[ij]o(?:WQDYgAE|YGJA4GGAAQ)
    | MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg | MC4CAQAwBQYDK2V[uw]BCIEI[A-P]
    | MI{_ANY}{{4}}B(?:OBgkqhkiG9w0BBQ0wQ|XBgkqhkiG9w0BBQ0wS)[A-Za-z]ApBgkqhkiG9w0BBQwwHAQI
    | MAwGCCqGSIb3DQIJBQAwHQYJYIZIAWUDBAEqBB
    | b3BlbnNzaC1rZXktdjEAAAAA
      (?:BG5vbmUAAAAEbm9uZQAAAAAAAAABAAA|CmFlczI1Ni1jdHIAAAAGYmNyeXB0AAAAGAAAAB)?
    | A?MwAAAAtzc2gtZW | A?B[Fl]wAAAAdzc2gtcn | A?aAAAABNlY2RzYS
    | NhAAAAAwEAAQAAA[QY]EA? | 1zaGEyLW5pc3Rw(?:MjU2|Mzg0|NTIx)AAAACG5pc3Rw(?:MjU2|Mzg0|NTIx)AAAA
    | QyNTUxOQAAAC[A-D] | AAAAtzc2gtZWQyNTUxOQAAAC[A-D] | AAAAC3NzaC1lZDI1NTE5AAAAI[A-P]
    | AAAAB3NzaC1yc2EAAAADAQABAAABAQ[A-D]? | AAAAdzc2gtcnNhAAAB | AQIDBAU(?:GBw|G|=)
    """,
    re.VERBOSE,
)


def without_armour(text: str) -> str:
    """Return a text (str) without what all keys of a kind share; any other text as it is."""
    runs = secret_runs(text)
    if runs:
        return "".join(text[start:end] for start, end in runs)
    if "----" in text:
        text = _HEADER.sub("", _BOUNDARY.sub("", text))
        text = text.replace("\\r", "").replace("\\n", "")
        text = "".join(text.split())
    return _BEGINNINGS.sub("", text)

"""What all keys of a kind have in common."""

from __future__ import annotations

import pytest

from buildbot_keychain.redaction.fields import secret_bits
from buildbot_keychain.redaction.fields.armour import without_armour


@pytest.mark.parametrize(
    "line",
    [
        "-----BEGIN OPENSSH PRIVATE KEY-----",
        "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----",
        "MIIEvgIBADANBgkqhkiG9w0BAQEFAASC",
        "MIIEvwIBADANBgkqhkiG9w0BAQEFAASCBKkwggSlAgEAAoIBAQ",
        "MIIJQwIBADANBgkqhkiG9w0BAQEFAASCCS0wggkpAgEAAoICAQ",
        "MIIEpAIBAAKCAQEA",
        "MHcCAQEEIE",
        "MC4CAQAwBQYDK2VwBCIEIC",
        "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg",
        "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW",
        "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAABFwAAAAdzc2gtcn",
        "QyNTUxOQAAACB",
        "NhAAAAAwEAAQAAAQEA",
    ],
)
def test_counts_nothing(line: str) -> None:
    assert secret_bits(line) < 12
    assert without_armour(line + "x0vD0rTh1rXCOQORrGw").endswith("x0vD0rTh1rXCOQORrGw")


def test_a_key_counts_what_is_in_it() -> None:
    body = "x0vD0rTh1rXCOQORrGwXtbT60ONSyPezREUi9KijPCnkOBzRR"
    boundary = "-----{} RSA PRIVATE KEY-----\n"
    key = f"{boundary.format('BEGIN')}Proc-Type: 4,ENCRYPTED\n\n{body}\n{boundary.format('END')}"
    assert without_armour(key) == body
    assert secret_bits(key) == secret_bits(body) > 200
    assert secret_bits("MIIEpAIBAAKCAQEA" + body) == secret_bits(body)

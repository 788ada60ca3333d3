from __future__ import annotations

from base64 import b32encode

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.providers.password_store._one_time import (
    OneTimeCodeError,
    one_time_code,
)

DIGITS = b"1234567890" * 7
SEEDS = {"SHA1": DIGITS[:20], "SHA256": DIGITS[:32], "SHA512": DIGITS[:64]}
# RFC 6238, appendix B.
VECTORS = {
    59: ("94287082", "46119246", "90693936"),
    1111111109: ("07081804", "68084774", "25091201"),
    1234567890: ("89005924", "91819424", "93441116"),
    20000000000: ("65353130", "77737706", "47863826"),
}


class OneTimeCodeTests(SynchronousTestCase):
    def test_the_vectors_of_the_rfc(self) -> None:
        for at, codes in VECTORS.items():
            for (algorithm, seed), expected in zip(SEEDS.items(), codes, strict=True):
                secret = b32encode(seed).decode()
                uri = f"otpauth://totp/x?secret={secret}&algorithm={algorithm}&digits=8"
                self.assertEqual(one_time_code(uri, at), expected)

    def test_defaults_of_missing_parameters(self) -> None:
        secret = b32encode(SEEDS["SHA1"]).decode()
        self.assertEqual(
            one_time_code(f"otpauth://totp/A:b@c?issuer=A&secret={secret}", 59.9), "287082"
        )
        self.assertEqual(one_time_code(f"otpauth://totp/x?secret={secret}&period=59", 59), "287082")
        self.assertEqual(one_time_code(f"OTPAUTH://TOTP/x?secret={secret.lower()}", 59), "287082")

    def test_secrets_with_spaces_and_of_80_bits(self) -> None:
        spaced = "otpauth://totp/x?secret=JBSW%20Y3DP%20EHPK%203PXP"
        plain = "otpauth://totp/x?secret=JBSWY3DPEHPK3PXP"
        self.assertEqual(one_time_code(spaced, 0), one_time_code(plain, 0))
        self.assertEqual(one_time_code(plain, 0), "282760")

    def test_an_error_quotes_nothing_of_the_uri(self) -> None:
        for uri in (
            "otpauth://hotp/x?secret=JBSWY3DPEHPK3PXP&counter=1",
            "otpauth://totp/x?secret=s3cr3t!",
            "otpauth://totp/x?secret=0189",
            "otpauth://totp/x?secret=",
            "otpauth://totp/x",
            "otpauth://totp/x?secret=JBSWY3DPEHPK3PXP&digits=four",
            "otpauth://totp/x?secret=JBSWY3DPEHPK3PXP&period=0",
            "otpauth://totp/x?secret=JBSWY3DPEHPK3PXP&algorithm=MD5",
            "otpauth://[",
        ):
            error = self.assertRaises(OneTimeCodeError, one_time_code, uri, 0)
            self.assertIn("otpauth://", str(error))
            for part in ("s3cr3t", "JBSWY3DP", "0189", "four", "MD5"):
                self.assertNotIn(part, str(error))

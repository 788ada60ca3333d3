from __future__ import annotations

from base64 import b32encode

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.providers.password_store.one_time import NoCode, code
from tests.support.fakes import everything_of

DIGITS = b"1234567890" * 7
SEEDS = {"SHA1": DIGITS[:20], "SHA256": DIGITS[:32], "SHA512": DIGITS[:64]}
# RFC 6238, appendix B.
VECTORS = {
    59: ("94287082", "46119246", "90693936"),
    1111111109: ("07081804", "68084774", "25091201"),
    1234567890: ("89005924", "91819424", "93441116"),
    20000000000: ("65353130", "77737706", "47863826"),
}


class CodeTests(SynchronousTestCase):
    def test_the_vectors_of_the_rfc(self) -> None:
        for at, codes in VECTORS.items():
            for (algorithm, seed), expected in zip(SEEDS.items(), codes, strict=True):
                secret = b32encode(seed).decode()
                uri = f"otpauth://totp/x?secret={secret}&algorithm={algorithm}&digits=8"
                self.assertEqual(code(uri, at), expected)

    def test_what_is_not_said_is_as_usual(self) -> None:
        secret = b32encode(SEEDS["SHA1"]).decode()
        self.assertEqual(code(f"otpauth://totp/A:b@c?issuer=A&secret={secret}", 59.9), "287082")
        self.assertEqual(code(f"otpauth://totp/x?secret={secret}&period=59", 59), "287082")
        self.assertEqual(code(f"OTPAUTH://TOTP/x?secret={secret.lower()}", 59), "287082")

    def test_secrets_as_services_hand_them_out(self) -> None:
        spaced = "otpauth://totp/x?secret=JBSW%20Y3DP%20EHPK%203PXP"
        plain = "otpauth://totp/x?secret=JBSWY3DPEHPK3PXP"
        self.assertEqual(code(spaced, 0), code(plain, 0))
        self.assertEqual(code(plain, 0), "282760")

    def test_what_gives_no_code_tells_nothing(self) -> None:
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
            error = self.assertRaises(NoCode, code, uri, 0)
            self.assertIn("otpauth://", str(error))
            for part in ("s3cr3t", "JBSWY3DP", "0189", "four", "MD5"):
                self.assertNotIn(part, everything_of(error))
            self.assertIsNone(error.__context__)

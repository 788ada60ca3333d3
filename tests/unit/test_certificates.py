from __future__ import annotations

import base64
from pathlib import Path

from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.certificates import periods
from tests.support.tls import PEM, Authority


def as_cryptography_says(certificate: x509.Certificate) -> tuple[float, float]:
    return (
        certificate.not_valid_before_utc.timestamp(),
        certificate.not_valid_after_utc.timestamp(),
    )


class PeriodTests(SynchronousTestCase):
    def authority(self) -> Authority:
        directory = Path(self.mktemp())
        directory.mkdir()
        return Authority(directory)

    def test_certificates_among_other_things(self) -> None:
        authority = self.authority()
        for days in (1, 30, 365 * 40):  # the last one has a year of four digits
            text = authority.issue("client", days=days).read_text() + authority.path.read_text()
            expected = [
                as_cryptography_says(one) for one in x509.load_pem_x509_certificates(text.encode())
            ]
            self.assertEqual(periods(text), expected)
            self.assertEqual(len(expected), 2)

    def test_what_is_damaged_is_left_out(self) -> None:
        certificate = self.authority().certificate
        text = certificate.public_bytes(PEM).decode()
        for odd in (
            text.replace("MI", "QU", 1),
            text.replace("-----END", "----END"),
            text.replace("A", "!"),
            text[: len(text) // 2] + "\n-----END CERTIFICATE-----",
        ):
            self.assertEqual(periods(odd + text), [as_cryptography_says(certificate)])

    @given(st.binary())
    def test_nothing_is_an_error(self, data: bytes) -> None:
        body = base64.b64encode(b"\x30" + data).decode()
        text = f"-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----"
        self.assertIsInstance(periods(text), list)

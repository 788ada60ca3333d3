"""A mail server, which keeps what it is sent."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.mail import smtp
from zope.interface import implementer


@implementer(smtp.IMessage)
class _Message:
    def __init__(self, received: Any) -> None:
        self._received = received
        self._lines: list[bytes] = []

    def lineReceived(self, line: bytes) -> None:
        self._lines.append(line)

    def eomReceived(self) -> Deferred[None]:
        self._received(b"\n".join(self._lines))
        return succeed(None)

    def connectionLost(self) -> None:
        """Forget it."""


@implementer(smtp.IMessageDelivery)
class MailServer:
    """What arrives, for whomever.

    :ivar mails: pairs of whom each is for, and the mail.
    """

    def __init__(self) -> None:
        self.mails: list[tuple[str, EmailMessage]] = []
        self._waiting: list[tuple[int, Deferred[None]]] = []

    def factory(self) -> smtp.SMTPFactory:
        """Return what listens."""
        return _Factory(self)

    def receivedHeader(self, *_: Any) -> bytes:
        return b"Received: by the test"

    def validateFrom(self, _helo: Any, origin: Any) -> Any:
        return origin

    def validateTo(self, user: Any) -> Any:
        def received(content: bytes) -> None:
            mail: Any = message_from_bytes(content, policy=policy.default)
            self.mails.append((str(user.dest), mail))
            for count, waiting in self._waiting:
                if len(self.mails) >= count and not waiting.called:
                    waiting.callback(None)

        return lambda: _Message(received)

    async def received(self, count: int) -> None:
        """Return when `count` mails have arrived."""
        if len(self.mails) < count:
            waiting: Deferred[None] = Deferred()
            self._waiting.append((count, waiting))
            await waiting


class _Factory(smtp.SMTPFactory):
    protocol = smtp.ESMTP

    def __init__(self, delivery: MailServer) -> None:
        super().__init__()
        self._delivery = delivery

    def buildProtocol(self, address: Any) -> Any:
        protocol = super().buildProtocol(address)
        protocol.delivery = self._delivery
        return protocol

"""How much of a text may come before what is pending is looked at again.

A long key may come line by line. So what goes on as the key does is only counted; and however the
text goes on, all that is pending is looked at again only when a part of as much has come. So the
time taken is proportional to the length of the text.
"""

from __future__ import annotations

from buildbot_keychain.secretive import secretive

__all__ = ["Patience"]

MUCH = 256
"""From so many pending bytes on, they are not looked at again for each piece."""

PART = 8
"""But when this part of as much has come."""


@secretive
class Patience:
    """What may come before another look."""

    def __init__(self) -> None:
        """Begin with none."""
        self.expected = b""
        """How the folded text would go on, if that is known; some of it may have come."""
        self._seen = self._left = 0

    @property
    def is_over(self) -> bool:
        """Whether the next piece is looked at, whatever it is."""
        return not self.expected and self._left <= 0

    @property
    def state(self) -> tuple[bytes, int, int]:
        """All on which depends for what it lasts."""
        return self.expected, self._seen, max(0, self._left)

    @state.setter
    def state(self, state: tuple[bytes, int, int]) -> None:
        self.expected, self._seen, self._left = state

    def end(self) -> None:
        """Look at the next piece."""
        self.expected, self._seen, self._left = b"", 0, 0

    def expect(self, expected: bytes, seen: int) -> None:
        """Wait for what a folded text would go on as, of which so many bytes have come."""
        self.expected, self._seen = expected, seen

    def expect_nothing(self) -> None:
        """Look at what comes, however it goes on, unless much is pending."""
        self.expected = b""

    def wait(self, size: int) -> None:
        """Wait for a part of what is pending, if these bytes are many."""
        self._left = size // PART if size >= MUCH else 0

    def lasts(self, folded: bytes | None, size: int) -> bool:
        """Return whether it lasts for one more piece.

        :param folded: the piece as it may be expected, if it is one that may be.
        :param size: how many bytes it has.
        """
        if self.expected and folded is not None:
            seen = self._seen + len(folded)
            if seen < len(self.expected) and self.expected.startswith(folded, self._seen):
                self._seen = seen
                return True
        self.expected = b""
        self._left -= size
        return self._left > 0

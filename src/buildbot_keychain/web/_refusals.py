"""`Refused`: why a request is not answered as it was meant to be."""

from __future__ import annotations

NO_SECRETS = "This master has no secrets of buildbot-keychain: see its master.cfg."


def sentence(text: str) -> str:
    """Return what a message says as a sentence: with a capital and a full stop."""
    stop = "" if text.endswith((".", "?", "!")) else "."
    return f"{text[:1].upper()}{text[1:]}{stop}"


class Refused(Exception):
    """A request that is refused, with a sentence for whoever made it.

    :param status: the HTTP status.
    :param sentence: may be shown to anybody.
    """

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence

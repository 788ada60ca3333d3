"""`Refused`: why a request is not answered as it was meant to be; `NotAllowed`: by whom it is."""

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


class NotAllowed(Refused):
    """What somebody may not do.

    :param is_known: whether they have logged in.
    """

    def __init__(self, *, is_known: bool) -> None:
        may_not = "You may not do that. Ask the administrators of this Buildbot."
        super().__init__(403, may_not if is_known else "Log in to see this page.")
        self.is_known = is_known

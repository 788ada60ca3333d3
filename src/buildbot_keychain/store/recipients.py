"""What is said of a text that should be a public key of age. Pure.

It may be a private key, given by mistake: only what begins as a public one does is quoted.
"""

from __future__ import annotations

import re

from buildbot_keychain.errors import quote

_PUBLIC = re.compile(r"(?:age1|ssh-)[^,\s]*")


def not_a_recipient(text: str) -> str:
    """Return the message about a text that is not a public key."""
    begins = _PUBLIC.match(text)
    if begins is None:
        return (
            "a recipient is not a public key of age, and not shown, as it may be a private one; "
            "it must be age1... or ssh-..."
        )
    return f"{quote(begins[0])} is not a public key of age; it must be age1... or ssh-..."

"""`rewrap`: who can open a ring from now on, with the same keys. Blocks.

What is added needs nobody else. What is removed needs a new *ring key*: whoever had a wrap may have
kept it, and would open later copies of the file too. So what stays is wrapped again: age from its
public key, a passphrase by whoever knows it. Where that cannot be done, the ring key can stay.

**Nobody is locked out.** The ring that would be written is opened first, from its bytes, with what
whoever does this has; if that does not open it, nothing is written. The last wrap stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from buildbot_keychain.errors import KeyRingError
from buildbot_keychain.store._ring_text import Wrap
from buildbot_keychain.store.ring import KeyRing
from buildbot_keychain.store.ring_file import RingFile
from buildbot_keychain.store.wraps import Unwrapper, Wrapper

__all__ = ["Rewrapping", "Wrap", "remaining", "rewrap"]


@dataclass(frozen=True)
class Rewrapping:
    """What is to be done.

    :param added: for whom the keys are wrapped besides.
    :param removed: wraps, by kind and label.
    :param remade: for whom what stays is wrapped again; with nothing, the ring key stays.
    :param proofs: what opens the ring as it is to be.
    """

    added: Sequence[Wrapper] = ()
    removed: Sequence[tuple[str, str]] = ()
    remade: Sequence[Wrapper] = ()
    proofs: Sequence[Unwrapper] = ()

    def of(self, ring: KeyRing) -> KeyRing:
        """Return a ring with the same keys, wrapped as is to be.

        :raise KeyRingError: when a wrap is missing, there already, or would be the last.
        """
        if ring.ring_key is None:
            if self.removed or not self.added:
                raise KeyRingError("the keys are not wrapped: there is nothing to remove")
            return ring.wrapped_for(self.added)
        kept = remaining(ring, self.removed)
        if not kept and not self.added:
            raise KeyRingError("the last wrap cannot be removed: add another one first")
        if self.remade or not kept:
            return ring.wrapped_for([*self.remade, *self.added])
        return ring.with_wraps(kept).wrapped_also_for(self.added)


def remaining(ring: KeyRing, removed: Sequence[tuple[str, str]]) -> tuple[Wrap, ...]:
    """Return the wraps of a ring without some.

    :raise KeyRingError: when it does not have one of those.
    """
    there = {(wrap.kind, wrap.label) for wrap in ring.wraps}
    for kind, label in removed:
        if (kind, label) not in there:
            names = ", ".join(f"{wrap.kind}:{wrap.label}" for wrap in ring.wraps)
            msg = f"it is not wrapped for {kind}:{label}; it is for {names or 'nobody'}"
            raise KeyRingError(msg)
    return tuple(wrap for wrap in ring.wraps if (wrap.kind, wrap.label) not in set(removed))


def rewrap(ring_file: RingFile, before: KeyRing, rewrapping: Rewrapping) -> KeyRing:
    """Replace the wraps of a ring, and return it.

    :param before: the ring as it was when it was decided what to do.
    :raise KeyRingError: when that cannot be done; the file is as it was then.
    """

    def change(ring: KeyRing) -> KeyRing:
        if ring.wraps != before.wraps:
            raise KeyRingError("others have wrapped the keys again meanwhile; look, and repeat it")
        new = rewrapping.of(ring)
        _require_open(new, rewrapping.proofs)
        return new

    return ring_file.update(change)


def _require_open(ring: KeyRing, proofs: Sequence[Unwrapper]) -> None:
    """Check that a ring opens, from the bytes that are to be written.

    :raise KeyRingError: when nothing of what is there opens it.
    """
    remedy = "what opens it then must be given too, so that nobody is locked out"
    if not proofs:
        msg = f"nothing was changed: nothing that was given opens the file as it would be; {remedy}"
        raise KeyRingError(msg)
    try:
        found = KeyRing.from_bytes(ring.to_bytes(), proofs)
    except KeyRingError as error:
        msg = f"nothing was changed: the file, as it would be, {error}; {remedy}"
        raise KeyRingError(msg) from error
    if found.keys != ring.keys or found.store_id != ring.store_id:
        raise KeyRingError("nothing was changed, as the new file has other keys")

"""`Resealed`: what sealing again has done, of data keys or of values. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Resealed:
    """What was sealed again.

    :param done: how many data keys, or how many secrets.
    :param problems: what is wrong with those that do not open; they are as they were.
    """

    done: int
    problems: tuple[str, ...]

    @property
    def is_stuck(self) -> bool:
        """Whether there was nothing but what does not open."""
        return bool(self.problems) and not self.done

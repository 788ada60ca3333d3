"""``buildbot-keychain scrub``: secrets that were stored before they were hidden."""

from __future__ import annotations

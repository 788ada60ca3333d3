"""How Buildbot is patched, and what guards each patch.

The rule: a master never starts silently unprotected. Each patch says what it expects of Buildbot;
all expectations are checked before anything is replaced. Where one is not met, nothing is replaced
and the configuration is an error that says what would not be protected, unless an administrator
accepted that.

Theory: Buildbot has no interface for what this library does, so methods of its classes are
replaced, once for the process. Most replacements act for masters that have a keychain and leave
others alone; those of ``http.log`` and of mails act for the process. The expectations are
signatures, names in a function's code, constants and small experiments: cheap, and of what each
patch depends on, no more.

===================  ===================================================================
`table/`             every patch: what it replaces, what it expects, what it is for
`replacements/`      the functions that replace Buildbot's
`_expectations`      kinds of expectations; `_probes`: small experiments
`_patches`           checking and applying all of them, or none
===================  ===================================================================

Only `install` imports the table, since replacements use the keychain of a master; what is imported
here says which patches are in force.

A new patch needs a row in the table, and the same row in ``docs/development/patches.md``.
"""

from __future__ import annotations

from buildbot_keychain.buildbot.patches._expectations import Target
from buildbot_keychain.buildbot.patches._patches import (
    Gap,
    Patch,
    Patches,
    UnguardedError,
    gaps_in,
)

PATCHES = Patches()
"""What was patched in this process."""

__all__ = ["PATCHES", "Gap", "Patch", "Patches", "Target", "UnguardedError", "gaps_in"]

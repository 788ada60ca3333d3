"""Secrets that stand as they are in a ``master.cfg``, or in a module that it imports.

Two things are looked for: tokens that are known by their shape, wherever they stand, and texts that
look random where a secret is expected: assigned to a name such as ``password``, or given as an
argument of such a name. What could have been chosen by a person is left alone: a placeholder, the
name of a secret, a path. What is found is told by its place and kind, and never shown.

===========  ==========================================================
`_shapes`    tokens that are known by their shape
`_literals`  texts that look random, by where they stand
`_files`     which files a configuration consists of, and what is found
===========  ==========================================================
"""

from __future__ import annotations

from buildbot_keychain.inspection.plain_secrets._files import (
    PlainSecret,
    files_of,
    plain_secrets,
    secrets_in,
)

__all__ = ["PlainSecret", "files_of", "plain_secrets", "secrets_in"]

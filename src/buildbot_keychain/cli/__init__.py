"""The command ``buildbot-keychain``: what one does with secrets at a terminal.

`main` is the way in. Nothing here prints a value, takes one from the command line or the
environment, or lets a traceback reach the terminal: messages name secrets, and that is all.
"""

from __future__ import annotations

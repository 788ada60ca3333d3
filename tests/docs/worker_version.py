"""What the worker of this environment does by itself, whatever a master marks.

See the table of workers in `docs/explanation/what-redaction-cannot-do.md`.
"""

from __future__ import annotations

from importlib.metadata import version

_WORKER = tuple(int(number) for number in version("buildbot-worker").split(".")[:2])

LOGS_ARGUMENTS = _WORKER < (4, 3)
"""Before 4.3 each line of its log begins with the whole command, marks and all."""

"""The providers: one folder for each kind of place that secrets are kept in.

Contract: ``None`` means "I do not have it", and only that; any problem is an error, which holds no
value. A folder's ``__init__`` is its public face, and what stands behind it stays there.

`catalog`    the table of all providers, which must be registered and documented
`service`    the base classes, which authors of other providers use too
`http`       the HTTP client, and the base class of providers that use it
`arguments`  checks of what providers are made with; arguments that are secrets themselves
"""

from __future__ import annotations

"""Where secrets live: one module for each kind of place."""

from __future__ import annotations

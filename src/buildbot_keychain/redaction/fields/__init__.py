"""The fields of files that people keep as secrets: which there are, and which of them are secret.

A credentials file is read for one of its fields, and that is printed. So a value is taken apart as
its readers do it, by the first format of the table that fits (`fields_of`); what a field holds is
taken apart again. A key, or the place in an address, says that a field is secret or public.

**Only what can be a secret is hidden** (`secret_fields`, `secret_lines`): a field that is short or
a plain word, number, host, path or address without a password counts only if its key or place says
that it is secret; one that is public by its key only if nobody could guess it.

**What somebody must guess** who knows all but what is secret (`secret_bits`): the weakest field
that may be secret. Users, hosts, keys, armour and comments count nothing, nor does what of a
private key follows from the public one (`secret_in_lines`).

Nothing here fails on odd input; work is linear in a value, and the number of fields is bounded.
"""

from __future__ import annotations

from .field import Field, Role
from .formats import FORMATS, Format, fields_of
from .keys import role_of
from .private_keys import secret_in_lines
from .secrecy import PARTS, Part, secret_bits, secret_fields, secret_lines

__all__ = [
    "FORMATS",
    "PARTS",
    "Field",
    "Format",
    "Part",
    "Role",
    "fields_of",
    "role_of",
    "secret_bits",
    "secret_fields",
    "secret_in_lines",
    "secret_lines",
]

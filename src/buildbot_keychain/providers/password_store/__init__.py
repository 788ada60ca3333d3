"""The Unix password store: encrypted files of `pass` and gopass, read by running gpg, never `pass`.

One sentence each: `entry`, what a decrypted entry says; `one_time`, codes of ``otpauth://`` lines;
`store`, the files; `status`, what gpg reported; `process`, programs that are ended in time; `home`,
the directory and the agent that gpg works with; `keyring`, gpg itself; `provider`, all together.
"""

from __future__ import annotations

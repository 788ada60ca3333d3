"""Secrets at rest: sealed in a database, with keys that are kept elsewhere.

Pure but for `database` and the files of keys: no reactor, no clock, no network; the time is passed
in.

From what users see down to the bytes:

`paging`        goes through all secrets of a store, page by page
`opening`       a store that is open, with all that can be done to it
`access`        what that is, for those who need not know whether it is open here
`remote`        what a process that has it open does for another one
`store`         secrets by name, and all that changes them
`reading`       what is known of them: their versions, metadata and history
`pending`       changes that a second person must confirm; `packed_changes`, how they are kept
`changes`       what somebody wants done to a secret, in one object
`values`        a secret as users have it: its value, and what is known of it
`generators`    values that nobody has to think of
`creation`      making a store and its keys
`rotation`      replacing the key that seals, for several masters
`rewrapping`    who can open the keys from now on
`rekeying`      encrypting values again, with new data keys
`resealing`     what either of the two has done
`verification`  opening all that is in a store, and telling what does not open
`backups`       a store's database and its keys in files, and back
`contents`      what is in the boxes of a secret's rows
`ledger`        a store that is open: its keys, and its journal up to the last entry
`transaction`   the rows of a store, verified by that journal before they are believed
`database`      SQLite or PostgreSQL, and transactions; `rows`, what is read and written in one
`_tables`       the tables; `_sqlalchemy`, what alone imports that
`connections`   the file of SQLite, and the limits of PostgreSQL; `engines`, SQLAlchemy's of these
`notifications` how PostgreSQL tells that something has changed
`journal`       what was done, in an order that nobody can rewrite; `seen_head`, its last known end
`checkpoint`    what the journal said up to an entry, so that not all of it is read each time
`records`       the rows of a secret, and the digest that the journal has of them
`metadata`      what is known of a version but its value; `names`, which names there can be
`sealing`       a value sealed with a data key, and that with a key of the store
`derived_keys`  the keys of all purposes but secrets
`ring`          the keys, and the text in which a file keeps them; `_ring_text`, its lines
`wraps`         what opens the keys: passphrases, age, a server
`unlocking`     where a passphrase or a private key for that is, as it is configured
`ring_file`     where the keys are kept; `private_files`, files that nobody else can read or replace
`envelope`      one sealed box: what all of the rest is made of
`_ciphers`      the algorithms; no other module but that of Jenkins' imports cryptography
`signing_keys`  key pairs that sign tokens
`sealer`        values that the code of others keeps itself; `sealed_field`, in its objects
`imports`       readers of the places that secrets come from
`exports`       writers of what leaves a store

**The hierarchy.** A key of the ring seals the *root secret*, of which the keys of the journal and
of metadata are derived, and a *data key* for each version of a secret, which seals its value. So
keys of the ring are replaced without touching a value.

**What is believed.** Nothing that is read is: each box is bound to its place, the rows of a secret
to the last entry about it in the journal, each entry to the one before it, and the last entry to
what was seen of it. Whoever can write to the database can make the store fail, which says why; they
cannot make it serve another value, an old one, or none.
"""

from __future__ import annotations

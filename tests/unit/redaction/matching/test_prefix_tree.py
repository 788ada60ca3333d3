"""The keys that stand at a position."""

from __future__ import annotations

import random

from buildbot_keychain.redaction.matching.prefix_tree import PrefixTree, common_prefix


def test_every_key_that_stands_there_the_longest_first() -> None:
    source = random.Random(3)
    for _ in range(300):
        keys = {bytes(source.choices(b"ab", k=source.randint(1, 9))) for _ in range(12)}
        tree = PrefixTree((key, key) for key in keys)
        data = bytes(source.choices(b"ab", k=12))
        for start in range(len(data)):
            rest = data[start:]
            standing = sorted((key for key in keys if rest.startswith(key)), key=len, reverse=True)
            assert list(tree.standing(data, start)) == standing
            begins = any(key.startswith(rest) and key != rest for key in keys)
            assert tree.begins(rest) == begins


def test_common_prefix() -> None:
    assert common_prefix(b"abcd", b"xxabce", 2) == 3
    assert common_prefix(b"abcd", b"") == 0

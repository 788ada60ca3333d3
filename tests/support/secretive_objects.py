"""What an object that holds secrets must refuse."""

from __future__ import annotations

import copy
import pickle

from twisted.spread.jelly import jelly
from twisted.trial.unittest import SynchronousTestCase


def assert_is_not_sent(test: SynchronousTestCase, made: object) -> None:
    """Check that an object cannot be pickled, copied or sent."""
    for send in (pickle.dumps, copy.copy, copy.deepcopy, jelly):
        error = test.assertRaises(TypeError, send, made)
        test.assertIn("must not be pickled", str(error))

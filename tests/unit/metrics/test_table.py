from __future__ import annotations

import re

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.metrics import METRICS


class TableTests(SynchronousTestCase):
    def test_names_follow_the_conventions(self) -> None:
        """https://prometheus.io/docs/practices/naming/."""
        for metric in METRICS:
            self.assertRegex(metric.name, r"\Akeychain_[a-z_]+\Z")
            self.assertEqual(metric.name.endswith("_total"), metric.kind == "counter", metric.name)
            self.assertTrue(metric.kind != "histogram" or metric.name.endswith("_seconds"))
        self.assertEqual(len({metric.name for metric in METRICS}), len(METRICS))

    def test_labels_are_of_what_is_configured(self) -> None:
        """No secret, builder, worker or person."""
        labels = {label for metric in METRICS for label in metric.labels}
        self.assertEqual(
            labels,
            {
                "version",
                "provider",
                "outcome",
                "error",
                "state",
                "sink",
                "event",
                "kind",
                "problem",
            },
        )

    def test_texts_are_sentences_in_a_line(self) -> None:
        for metric in METRICS:
            self.assertTrue(re.fullmatch(r"[^\n\\]+\.", metric.text), metric.text)

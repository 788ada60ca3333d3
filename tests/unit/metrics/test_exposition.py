from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.metrics import METRICS, Histogram, Metric, exposition

BY_NAME = {metric.name: metric for metric in METRICS}


class ExpositionTests(SynchronousTestCase):
    def test_samples_of_a_metric_are_together_in_the_order_of_the_table(self) -> None:
        hits, misses = BY_NAME["keychain_cache_hits_total"], BY_NAME["keychain_cache_misses_total"]
        text = exposition([misses.of(2, "a"), hits.of(1, "a"), misses.of(3, "b")])
        self.assertEqual(
            text.splitlines(),
            [
                "# HELP keychain_cache_hits_total Lookups answered by the cache.",
                "# TYPE keychain_cache_hits_total counter",
                'keychain_cache_hits_total{provider="a"} 1',
                "# HELP keychain_cache_misses_total Lookups that were not, where there is a cache.",
                "# TYPE keychain_cache_misses_total counter",
                'keychain_cache_misses_total{provider="a"} 2',
                'keychain_cache_misses_total{provider="b"} 3',
            ],
        )
        self.assertTrue(text.endswith("\n"))

    def test_nothing_is_said_of_metrics_without_samples(self) -> None:
        self.assertEqual(exposition([]), "")

    def test_a_histogram_is_cumulative(self) -> None:
        duration = BY_NAME["keychain_provider_request_duration_seconds"]
        text = exposition([duration.of(Histogram((0.1, 5.0), (3, 0, 1), 31.25), "a")])
        self.assertEqual(
            [line.removeprefix(duration.name) for line in text.splitlines()[2:]],
            [
                '_bucket{provider="a",le="0.1"} 3',
                '_bucket{provider="a",le="5.0"} 3',
                '_bucket{provider="a",le="+Inf"} 4',
                '_sum{provider="a"} 31.25',
                '_count{provider="a"} 4',
            ],
        )

    def test_labels_are_escaped(self) -> None:
        up = BY_NAME["keychain_audit_sink_up"]
        text = exposition([up.of(1, 'C:\\a"b\nc')])
        self.assertEqual(text.splitlines()[2], r'keychain_audit_sink_up{sink="C:\\a\"b\nc"} 1')

    def test_a_sample_has_a_value_for_each_label(self) -> None:
        self.assertRaises(ValueError, exposition, [BY_NAME["keychain_cache_hits_total"].of(1)])

    def test_numbers_are_exact(self) -> None:
        lag: Metric = BY_NAME["keychain_audit_lag_seconds"]
        for value, shown in ((2**63, "9223372036854775808"), (0.1 + 0.2, "0.30000000000000004")):
            line = exposition([lag.of(value, "s")]).splitlines()[2]
            self.assertEqual(line.rpartition(" ")[2], shown)

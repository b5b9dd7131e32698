"""What is tallied comes out as if Prometheus's client had counted it, once."""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from deepspace_http.tally import AMOUNTS_MAX, TalliedCounter, TalliedGauge, TalliedHistogram, hand_over

BUCKETS = (0.1, 1.0, 10.0)
AMOUNTS = (0.0, 0.05, 0.1, 0.100001, 1.0, 3.0, 10.0, 10.5, 1e9)


def _told(registry: CollectorRegistry) -> Mapping[tuple[str, str | None], float]:
    return {
        (sample.name, sample.labels.get("le")): sample.value
        for family in registry.collect()
        for sample in family.samples
        if not sample.name.endswith("_created")
    }


def test_a_tallied_histogram_tells_what_one_that_was_observed_tells() -> None:
    tallied, observed = CollectorRegistry(), CollectorRegistry()
    tally = TalliedHistogram(Histogram("h", "h", registry=tallied, buckets=BUCKETS))
    histogram = Histogram("h", "h", registry=observed, buckets=BUCKETS)
    for _ in range(2):
        for amount in AMOUNTS:
            tally.observe(amount)
            histogram.observe(amount)
        hand_over()
        assert _told(tallied) == _told(observed)


def test_a_tallied_histogram_that_nobody_reads_keeps_no_more_than_its_bound() -> None:
    registry = CollectorRegistry()
    tally = TalliedHistogram(Histogram("h", "h", registry=registry, buckets=BUCKETS))
    for _ in range(AMOUNTS_MAX):
        tally.observe(0.5)
    assert _told(registry)["h_count", None] == AMOUNTS_MAX
    tally.observe(0.5)
    hand_over()
    assert _told(registry)["h_bucket", "1.0"] == _told(registry)["h_count", None] == AMOUNTS_MAX + 1


def test_a_tallied_counter_is_handed_over_once() -> None:
    registry = CollectorRegistry()
    tally = TalliedCounter(Counter("c", "c", registry=registry))
    tally.inc()
    tally.inc(2.5)
    assert _told(registry) == {("c_total", None): 0.0}
    hand_over()
    hand_over()
    assert _told(registry) == {("c_total", None): 3.5}


def test_a_tallied_gauge_is_what_it_was_last() -> None:
    registry = CollectorRegistry()
    tally = TalliedGauge(Gauge("g", "g", registry=registry))
    for value in (7, 3):
        tally.value = value
    hand_over()
    assert _told(registry) == {("g", None): 3.0}

"""What is tallied comes out as if Prometheus's client had counted it, once."""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from deepspace_core.audit import StageTiming
from deepspace_http.tally import (
    AMOUNTS_MAX,
    TalliedCounter,
    TalliedGauge,
    TalliedHistogram,
    TalliedTimings,
    hand_over,
)

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


def _timeline(*taken: tuple[str, int]) -> list[StageTiming]:
    return [StageTiming(stage, 0, micros) for stage, micros in taken]


def _count_of(registry: CollectorRegistry, stage: str) -> float | None:
    return registry.get_sample_value("h_count", {"stage": stage})


def test_tallied_timings_come_to_the_histograms_of_their_stages() -> None:
    tallied, observed = CollectorRegistry(), CollectorRegistry()
    tally = TalliedTimings(Histogram("h", "h", ["stage"], registry=tallied, buckets=BUCKETS))
    histogram = Histogram("h", "h", ["stage"], registry=observed, buckets=BUCKETS)
    for micros in (50_000, 1_000_000, 20_000_000):
        tally.observe(_timeline(("auth", micros), ("stream", 2 * micros)))
        histogram.labels("auth").observe(micros / 1e6)
        histogram.labels("stream").observe(2 * micros / 1e6)
    hand_over()
    hand_over()
    for labels in ({"stage": "auth"}, {"stage": "stream"}):
        for name, bound in (("h_sum", {}), ("h_count", {}), *(("h_bucket", {"le": str(le)}) for le in BUCKETS)):
            told = tallied.get_sample_value(name, labels | bound)
            assert told == observed.get_sample_value(name, labels | bound)
            assert told is not None


def test_tallied_timings_that_nobody_reads_are_kept_of_no_more_calls_than_their_bound() -> None:
    registry = CollectorRegistry()
    tally = TalliedTimings(Histogram("h", "h", ["stage"], registry=registry, buckets=BUCKETS))
    for _ in range(AMOUNTS_MAX):
        tally.observe(_timeline(("auth", 7)))
    assert _count_of(registry, "auth") == AMOUNTS_MAX


def test_a_tallied_counter_is_handed_over_once() -> None:
    registry = CollectorRegistry()
    tally = TalliedCounter(Counter("c", "c", registry=registry))
    tally.pending += 1
    tally.pending += 2.5
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

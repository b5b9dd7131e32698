"""The rules and the dashboard that operators are given name metrics, and labels, that exist."""

import json
import re
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]  # its stubs would be one more dependency, for one call
from prometheus_client import CollectorRegistry

import deepspace_http.gateway_metrics
import deepspace_http.installation_watch
import deepspace_http.watch  # noqa: F401 - registers its metrics
from deepspace_http.metrics import registry
from deepspace_worker.metrics import Metrics

OPERATING = Path(__file__).parents[2] / "docs" / "operating"
RULES = yaml.safe_load((OPERATING / "alerts.yml").read_text())["groups"]
DASHBOARD = json.loads((OPERATING / "dashboard.json").read_text())
ALERTS = {rule["alert"]: rule["expr"] for group in RULES for rule in group["rules"]}
PANELS = {target["expr"]: target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]}
METRIC = re.compile(r"\bdeepspace_\w+")
SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}


REGISTRIES = (registry, Metrics().registry)


def _known() -> dict[str, str]:
    """The names that a scrape of gateway and worker shows, and the metric that each belongs to."""
    return {
        family.name + suffix: family.name
        for one in REGISTRIES
        for family in one.collect()
        for suffix in SUFFIXES[family.type]
    }


@pytest.mark.parametrize("expression", [*ALERTS.values(), *PANELS.values()], ids=[*ALERTS, *PANELS])
def test_every_metric_that_is_named_exists(expression: str) -> None:
    named = METRIC.findall(expression)
    assert named
    assert not set(named) - set(_known())


def test_the_dashboard_shows_every_metric() -> None:
    known = _known()
    shown = {known[name] for expression in PANELS.values() for name in METRIC.findall(expression)}
    assert shown == set(known.values())


def test_the_dashboards_panels_are_each_one_of_a_kind_and_none_covers_another() -> None:
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len({panel["title"] for panel in panels}) == len(panels)
    places = {(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels}
    assert len(places) == len(panels)
    assert {(panel["gridPos"]["w"], panel["gridPos"]["h"]) for panel in panels} == {(12, 8)}


def test_every_alert_says_how_urgent_it_is_and_what_it_means() -> None:
    for group in RULES:
        for rule in group["rules"]:
            assert rule["labels"]["severity"] in {"page", "warn"}
            assert rule["annotations"]["summary"]


def test_what_a_rule_groups_by_are_labels_of_its_metric() -> None:
    labels = {family.name: set(_labels_of(one, family.name)) for one in REGISTRIES for family in one.collect()}
    for expression in [*ALERTS.values(), *PANELS.values()]:
        for name in METRIC.findall(expression):
            family = re.sub(r"_(total|bucket|sum|count)$", "", name)
            grouped = {one.strip() for found in re.findall(r"by \(([^)]*)\)", expression) for one in found.split(",")}
            assert grouped <= labels[family] | {"le"}, expression


def _labels_of(one: CollectorRegistry, family: str) -> tuple[str, ...]:
    collector = one._names_to_collectors[family]
    labels: tuple[str, ...] = collector._labelnames  # type: ignore[attr-defined]
    return labels

"""The rules and the dashboard that operators are given name metrics, and labels, that exist."""

import json
import re
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]  # its stubs would be one more dependency, for one call

import deepspace_http.gateway_metrics
import deepspace_http.installation_watch
import deepspace_http.watch  # noqa: F401 - registers its metrics
from deepspace_http.metrics import registry

OPERATING = Path(__file__).parents[2] / "docs" / "operating"
RULES = yaml.safe_load((OPERATING / "alerts.yml").read_text())["groups"]
DASHBOARD = json.loads((OPERATING / "dashboard.json").read_text())
ALERTS = {rule["alert"]: rule["expr"] for group in RULES for rule in group["rules"]}
PANELS = {target["expr"]: target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]}
METRIC = re.compile(r"\bdeepspace_\w+")
SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}


def _known() -> set[str]:
    return {family.name + suffix for family in registry.collect() for suffix in SUFFIXES[family.type]}


@pytest.mark.parametrize("expression", [*ALERTS.values(), *PANELS.values()], ids=[*ALERTS, *PANELS])
def test_every_metric_that_is_named_exists(expression: str) -> None:
    named = METRIC.findall(expression)
    assert named
    assert not set(named) - _known()


def test_every_alert_says_how_urgent_it_is_and_what_it_means() -> None:
    for group in RULES:
        for rule in group["rules"]:
            assert rule["labels"]["severity"] in {"page", "warn"}
            assert rule["annotations"]["summary"]


def test_what_a_rule_groups_by_are_labels_of_its_metric() -> None:
    labels = {family.name: set(_labels_of(family.name)) for family in registry.collect()}
    for expression in [*ALERTS.values(), *PANELS.values()]:
        for name in METRIC.findall(expression):
            family = re.sub(r"_(total|bucket|sum|count)$", "", name)
            grouped = {one.strip() for found in re.findall(r"by \(([^)]*)\)", expression) for one in found.split(",")}
            assert grouped <= labels[family] | {"le"}, expression


def _labels_of(family: str) -> tuple[str, ...]:
    collector = registry._names_to_collectors[family]
    labels: tuple[str, ...] = collector._labelnames  # type: ignore[attr-defined]
    return labels

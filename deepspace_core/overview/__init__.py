"""The whole installation at a glance, for its administrators: figures, leaders, anomalies, and what needs attention.

Reads what other contexts have written down and changes nothing. The verbs are in `deepspace_core.overview.use_cases`.
"""

from deepspace_core.overview.anomaly import (
    Anomaly,
    AnomalyMeasure,
    Direction,
    PlaceKind,
    Series,
    find_anomalies,
    history_since,
)
from deepspace_core.overview.attention import AttentionItem, AttentionKind, Severity, in_order
from deepspace_core.overview.errors import OverviewTooLong
from deepspace_core.overview.figures import (
    TALLY_NAMES,
    CallSums,
    CallTally,
    ErrorCount,
    Figures,
    LatencySums,
    RequestKind,
    RequestSums,
    TrendStep,
    errors_of,
    figures_of,
    kind_of,
    trend_of,
)
from deepspace_core.overview.latency import EDGES, Latencies, LatencyMeasure, step_of
from deepspace_core.overview.ports import LEADERS_MAX, Leader, LeaderKind, Leaders, OverviewReader, Split

__all__ = [
    "EDGES",
    "LEADERS_MAX",
    "TALLY_NAMES",
    "Anomaly",
    "AnomalyMeasure",
    "AttentionItem",
    "AttentionKind",
    "CallSums",
    "CallTally",
    "Direction",
    "ErrorCount",
    "Figures",
    "Latencies",
    "LatencyMeasure",
    "LatencySums",
    "Leader",
    "LeaderKind",
    "Leaders",
    "OverviewReader",
    "OverviewTooLong",
    "PlaceKind",
    "RequestKind",
    "RequestSums",
    "Series",
    "Severity",
    "Split",
    "TrendStep",
    "errors_of",
    "figures_of",
    "find_anomalies",
    "history_since",
    "in_order",
    "kind_of",
    "step_of",
    "trend_of",
]

"""Usage: one record a metered call, hourly roll-ups, and answers about periods.

Knows the kernel and identity; nothing of prices, wallets or HTTP.
The verbs are in `deepspace_core.usage.use_cases`.
"""

from deepspace_core.usage.agreement import OWN_BOOKS, Agreement, Disagreement, DisagreementKind
from deepspace_core.usage.breakdown import Breakdown, Compared, Part
from deepspace_core.usage.cover import Block, Cut, Span, buckets, cover
from deepspace_core.usage.errors import InvalidPeriod, ReconciliationNotFound, UsageRecordNotFound
from deepspace_core.usage.forecast import Forecast, forecast, history_begins
from deepspace_core.usage.outputs import OutputCount
from deepspace_core.usage.ports import (
    OutputHistory,
    OwnBooks,
    ReconciliationRepository,
    RollupRepository,
    RollupState,
    UpstreamLog,
    UsageFilters,
    UsageReader,
)
from deepspace_core.usage.reconciliation import FindingKind, LoggedCall, Reconciliation, UpstreamBook
from deepspace_core.usage.record import Ending, UsageRecord, UsageSource, told_usage
from deepspace_core.usage.rollup import (
    Bucket,
    Dimension,
    Period,
    RollupKey,
    RollupRow,
    Sums,
    UsageSummaryRow,
    bucket_start,
    checked,
    hour_of,
    key_of,
    roll_up,
    value_of,
)
from deepspace_core.usage.summary import SUMMARY_ROWS_MAX, SummaryPlace, SummaryRequest, summary_page

__all__ = [
    "OWN_BOOKS",
    "SUMMARY_ROWS_MAX",
    "Agreement",
    "Block",
    "Breakdown",
    "Bucket",
    "Compared",
    "Cut",
    "Dimension",
    "Disagreement",
    "DisagreementKind",
    "Ending",
    "FindingKind",
    "Forecast",
    "InvalidPeriod",
    "LoggedCall",
    "OutputCount",
    "OutputHistory",
    "OwnBooks",
    "Part",
    "Period",
    "Reconciliation",
    "ReconciliationNotFound",
    "ReconciliationRepository",
    "RollupKey",
    "RollupRepository",
    "RollupRow",
    "RollupState",
    "Span",
    "SummaryPlace",
    "SummaryRequest",
    "Sums",
    "UpstreamBook",
    "UpstreamLog",
    "UsageFilters",
    "UsageReader",
    "UsageRecord",
    "UsageRecordNotFound",
    "UsageSource",
    "UsageSummaryRow",
    "bucket_start",
    "buckets",
    "checked",
    "cover",
    "forecast",
    "history_begins",
    "hour_of",
    "key_of",
    "roll_up",
    "summary_page",
    "told_usage",
    "value_of",
]

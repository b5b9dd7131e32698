"""Wire types of retention."""

from typing import Annotated

from msgspec import Meta

from deepspace_core.work import JobState, KeptTable, RetentionReport
from deepspace_http.schemas.wire import Count, ResponseBody, Time

Month = Annotated[str, Meta(examples=["2026-01"])]
Days = Annotated[dict[JobState, int], Meta(examples=[{"succeeded": 7, "cancelled": 30, "dead": 90}])]


class KeptTableBody(ResponseBody, frozen=True, kw_only=True):
    """A large table on disk. `months_kept` null: for ever; rows are as the last analysis counted them."""

    table: Annotated[str, Meta(examples=["usage_records"])]
    months_kept: Count | None
    months: Count
    first_month: Month | None
    last_month: Month | None
    rows_about: Count
    size_bytes: Count


class RetentionBody(ResponseBody, frozen=True, kw_only=True):
    """What is kept, and how long. `archives_next_at` null: the schedule that archives months is disabled."""

    tables: list[KeptTableBody]
    archives_next_at: Time | None
    days_of_jobs: Days


def show_retention(report: RetentionReport) -> RetentionBody:
    """The wire form."""
    return RetentionBody(
        tables=[_show_table(one) for one in report.tables],
        archives_next_at=report.archives_next_at,
        days_of_jobs=report.days_of_jobs,
    )


def _show_table(kept: KeptTable) -> KeptTableBody:
    return KeptTableBody(
        table=kept.on_disk.table,
        months_kept=kept.months_kept,
        months=kept.on_disk.months,
        first_month=kept.on_disk.first_month,
        last_month=kept.on_disk.last_month,
        rows_about=kept.on_disk.rows_about,
        size_bytes=kept.on_disk.size_bytes,
    )

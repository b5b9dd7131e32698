"""Wire types of forecasts."""

from datetime import date
from typing import Annotated

from msgspec import Meta

from deepspace_core.kernel.money import decimal_from_nanos
from deepspace_core.pipeline.spending_use_cases import ForecastOf
from deepspace_http.schemas.pricing import Currency
from deepspace_http.schemas.wire import DecimalText, NanosNumber, ResponseBody

DayText = Annotated[str, Meta(examples=["2026-11-30"])]
Days = Annotated[int, Meta(examples=[56])]


class ForecastBody(ResponseBody, frozen=True, kw_only=True):
    """The local month that is now. `history_days` says from how many days it is told; 0: there is nothing to tell."""

    currency: Currency
    month_starts_on: DayText
    today: DayText
    month_ends_on: DayText
    history_days: Days
    to_date_nanos: NanosNumber
    to_date: DecimalText
    low_nanos: NanosNumber
    low: DecimalText
    expected_nanos: NanosNumber
    expected: DecimalText
    high_nanos: NanosNumber
    high: DecimalText
    empty_on: DayText | None
    empty_on_earliest: DayText | None


def show_forecast(told: ForecastOf) -> ForecastBody:
    """The wire form."""
    forecast = told.forecast
    return ForecastBody(
        currency=told.currency,
        month_starts_on=forecast.month_starts_on.isoformat(),
        today=forecast.today.isoformat(),
        month_ends_on=forecast.month_ends_on.isoformat(),
        history_days=forecast.history_days,
        to_date_nanos=forecast.to_date_nanos,
        to_date=decimal_from_nanos(forecast.to_date_nanos),
        low_nanos=forecast.low_nanos,
        low=decimal_from_nanos(forecast.low_nanos),
        expected_nanos=forecast.expected_nanos,
        expected=decimal_from_nanos(forecast.expected_nanos),
        high_nanos=forecast.high_nanos,
        high=decimal_from_nanos(forecast.high_nanos),
        empty_on=_day(forecast.empty_on),
        empty_on_earliest=_day(forecast.empty_on_earliest),
    )


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()

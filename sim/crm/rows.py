"""What one row of an export must look like. Blank cells are None: what is missing is filled later, by a stated rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, ValidationInfo

from sim.snapshot import STAGES

WON, LOST = "won", "lost"
DEAL_STAGES = (*STAGES, WON, LOST)
ROLES = ("hunter", "farmer", "hybrid")
YEAR_MIN, YEAR_MAX = 1900, 2200  # outside, a date is a typing error or a stand-in for "none"
_YES = {"true", "yes", "1"}
_NO = {"false", "no", "0"}


@dataclass(frozen=True)
class RowContext:
    """What the rows of one table are read with: how dates are written, and which segments the world knows."""

    date_formats: tuple[str, ...]
    segments: tuple[str, ...]


def _context(info: ValidationInfo) -> RowContext:
    assert isinstance(info.context, RowContext)
    return info.context


def _date(value: str | None, info: ValidationInfo) -> date | None:
    if value is None:
        return None
    formats = _context(info).date_formats
    for written in formats or (None,):
        try:
            day = (datetime.fromisoformat(value) if written is None else datetime.strptime(value, written)).date()
        except ValueError:
            continue
        if not YEAR_MIN <= day.year <= YEAR_MAX:
            raise ValueError(f"is not between the years {YEAR_MIN} and {YEAR_MAX}")
        return day
    raise ValueError(f"is not a date written as {' or '.join(formats) or 'YYYY-MM-DD'}")


def _one_of(names: Callable[[RowContext], tuple[str, ...]]) -> BeforeValidator:
    def check(value: str | None, info: ValidationInfo) -> str | None:
        if value is None:
            return None
        allowed = names(_context(info))
        known = {name.lower(): name for name in allowed}
        if value.lower() not in known:
            raise ValueError(f"is not one of {', '.join(allowed)}")
        return known[value.lower()]

    return BeforeValidator(check)


def _yes_no(value: str | None) -> bool | None:
    if value is None:
        return None
    if value.lower() not in _YES | _NO:
        raise ValueError("is not true or false")
    return value.lower() in _YES


def _names(value: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.strip() for name in (value or "").split(";") if name.strip()))


Text = str | None
Day = Annotated[date | None, BeforeValidator(_date)]
YesNo = Annotated[bool | None, BeforeValidator(_yes_no)]
Names = Annotated[tuple[str, ...], BeforeValidator(_names)]
Amount = Annotated[float | None, Field(ge=0, allow_inf_nan=False)]
Positive = Annotated[float | None, Field(gt=0, allow_inf_nan=False)]
Latitude = Annotated[float | None, Field(ge=-90, le=90, allow_inf_nan=False)]
Longitude = Annotated[float | None, Field(ge=-180, le=180, allow_inf_nan=False)]
Segment = Annotated[Text, _one_of(lambda context: context.segments)]
Role = Annotated[Text, _one_of(lambda _: ROLES)]
Stage = Annotated[Text, _one_of(lambda _: DEAL_STAGES)]


class Row(BaseModel):
    """``line`` is where the row begins in its file, counted from 1."""

    model_config = ConfigDict(frozen=True)
    line: int


class AccountRow(Row):
    """One company. Amounts in usd (a year for potential and ARR), places in degrees, fit between 0 and 1."""

    account_id: str
    name: str
    owner_id: Text = None
    segment: Segment = None
    industry: Text = None
    region: Text = None
    latitude: Latitude = None
    longitude: Longitude = None
    employees: Amount = None
    annual_revenue_usd: Amount = None
    potential_usd: Amount = None
    fit: Annotated[float | None, Field(ge=0, le=1, allow_inf_nan=False)] = None
    customer_since: Day = None
    arr_usd: Amount = None
    last_activity: Day = None
    required_skills: Names = ()
    strategic: YesNo = None
    parent_id: Text = None


class RepRow(Row):
    """One sales position and who fills it. Quota in usd a year."""

    rep_id: str
    name: str
    team: Text = None
    role: Role = None
    region: Text = None
    latitude: Latitude = None
    longitude: Longitude = None
    capacity_h_per_week: Annotated[float | None, Field(gt=0, le=168, allow_inf_nan=False)] = None
    quota_usd: Positive = None
    start_date: Day = None
    skills: Names = ()


class DealRow(Row):
    """One deal. ``closed`` of an open deal is when it is expected to close."""

    deal_id: str
    account_id: str
    rep_id: Text = None
    created: Day = None
    closed: Day = None
    stage: Stage = None
    amount_usd: Amount = None


def faults(error: ValidationError) -> Mapping[str, str]:
    """What is wrong, by canonical column, in words that follow the column's name and value."""
    return {str(e["loc"][0]): _words(e["type"], e.get("ctx", {})) for e in error.errors(include_url=False)}


def _words(kind: str, context: Mapping[str, Any]) -> str:
    match kind:
        case "value_error":
            return str(context["error"])
        case "greater_than_equal":
            return "must not be negative" if context["ge"] == 0 else f"is below {context['ge']:g}"
        case "greater_than":
            return f"must be above {context['gt']:g} (leave it blank if it is not known)"
        case "less_than_equal":
            return f"is above {context['le']:g}"
        case "float_parsing" | "finite_number":
            return "is not a number"
        case _:  # an id or a name: the only cells that must not be blank
            return "must not be blank"

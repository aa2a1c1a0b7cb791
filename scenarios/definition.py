"""The scenario file: every key that it may hold, and what each means."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from scenarios.fieldtypes import (
    Amount,
    BudgetAmount,
    Change,
    Coefficient,
    Count,
    Current,
    Fraction,
    PercentOrFree,
    Period,
    Positive,
    Rate,
    Share,
)
from scenarios.values import OfCurrent, Today, as_percent, refuse, shown


def key(description: str | None, default: Any = None) -> Any:
    """An optional key and what it means."""
    return Field(default=default, description=description)


class Block(BaseModel):
    """A block of keys. Unknown keys are refused, and nothing is changed once it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def _ordered(block: Block, low: str, high: str) -> None:
    least, most = getattr(block, low), getattr(block, high)
    if isinstance(least, float) and isinstance(most, float) and least > most:
        write = as_percent if "share" in low else shown
        least, most = write(least), write(most)
        refuse(f"{low} ({least}) is above {high} ({most})", key=low)


class Limits(Block):
    """What a channel, or several together, may spend, and what must come of it."""

    min_spend: Amount | None = key("at least this much for the period")
    max_spend: Amount | None = key("at most this much for the period")
    min_share: Share | None = key("at least this share of all spend")
    max_share: Share | None = key("at most this share of all spend")
    change: Change | None = key("range of change against today, e.g. [-20%, +30%], or free")
    max_cpa: Positive | None = key("at most this much per conversion")
    min_roas: Positive | None = key("at least this much revenue per spend")
    min_conversions: Amount | None = key("at least so many conversions")
    min_revenue: Amount | None = key("at least this much revenue")

    @model_validator(mode="after")
    def _floors_below_caps(self) -> Limits:
        _ordered(self, "min_spend", "max_spend")
        _ordered(self, "min_share", "max_share")
        return self


class ChannelRules(Limits):
    """One channel."""

    locked: bool | None = key("stays at its current spend")
    max_marginal_cpa: Positive | None = key(
        "the last unit of money still brings conversions at this cost"
    )
    min_if_active: Positive | None = key("zero, or at least this much")
    step: Positive | None = key("a multiple of this much")
    min_change: Fraction | None = key("unchanged, or changed by at least this much, e.g. 5%")
    extrapolation: PercentOrFree | None = key(
        "at most this share of the highest spend per period that history shows over"
        " four weeks; or free"
    )
    unusable: Literal["hold", "free"] | None = key(
        "where the evidence is unusable: hold at the current spend, or free"
    )
    value_per_conversion: Positive | None = key("revenue of one conversion, instead of history's")
    margin: Share | None = key("profit share of revenue before advertising")
    repeat_rate: Rate | None = key("probability that a customer buys again; for objective value")


class Defaults(ChannelRules):
    """Every channel that does not say otherwise."""

    extrapolation: PercentOrFree = key(ChannelRules.model_fields["extrapolation"].description, 1.25)
    unusable: Literal["hold", "free"] = key(
        ChannelRules.model_fields["unusable"].description, "hold"
    )


class Group(Limits):
    """Several channels together."""

    channels: list[str] = Field(min_length=1, description="names of its channels")
    max_changed: Count | None = key("at most so many of them change")


class Portfolio(Block):
    """All channels together."""

    max_cpa: Positive | None = key("at most this much per conversion")
    min_roas: Positive | None = key("at least this much revenue per spend")
    min_conversions: Amount | None = key("at least so many conversions")
    min_revenue: Amount | None = key("at least this much revenue")
    max_changed: Count | None = key("at most so many channels change")


class LinearRule(Block):
    """Anything else that is linear in spend: a weighted sum of channels' spend within limits."""

    name: str | None = key("what answers call it")
    sum: dict[str, Coefficient] = Field(
        min_length=1, description="factor on each channel's spend, e.g. {tv: 1, search: -0.5}"
    )
    min: Coefficient | None = key("the sum is at least this")
    max: Coefficient | None = key("the sum is at most this")

    @model_validator(mode="after")
    def _limited(self) -> LinearRule:
        if self.min is None and self.max is None:
            refuse("the rule has neither 'min' nor 'max'", "Give it one of them.")
        _ordered(self, "min", "max")
        return self


class Target(Block):
    """What the least spend must reach, with `minimise: spend`."""

    conversions: Positive | None = key("at least so many conversions")
    revenue: Positive | None = key("at least this much revenue")
    roas: Positive | None = key("at least this much revenue per spend")
    cpa: Positive | None = key("at most this much per conversion")

    @model_validator(mode="after")
    def _amount_named(self) -> Target:
        if self.conversions is None and self.revenue is None:
            refuse(
                "the target names no amount to reach, so that spending nothing would do",
                "Give it 'conversions' or 'revenue'.",
            )
        return self


class BudgetRange(Block):
    """Money for the period, from `min` to `max`."""

    min: BudgetAmount = key("spend at least this", 0.0)
    max: BudgetAmount = Field(description="spend at most this")

    @model_validator(mode="before")
    @classmethod
    def _one_amount(cls, value: Any) -> Any:
        return value if isinstance(value, dict) else {"min": value, "max": value}

    @model_validator(mode="after")
    def _possible(self) -> BudgetRange:
        _ordered(self, "min", "max")
        if self.max == 0.0:
            refuse("a budget of 0 leaves nothing to divide")
        if (
            isinstance(self.min, OfCurrent)
            and isinstance(self.max, OfCurrent)
            and self.min.change > self.max.change
        ):
            refuse("'min' is above 'max'", key="min")
        return self


SOURCES = ("file", "files", "url", "tables")
ForFiles = str | dict[str, str]


class Exports(Block):
    """How to read the exports of ad platforms; see `budgetopt import --help`."""

    channels: str | None = key("a file of rules: which campaigns are which channel")
    conversions_from: Literal["platforms", "ga4"] = key("whose conversions count", "platforms")
    rates: dict[str, Positive] = key("the currency's money per unit of another, by code", {})
    currency: ForFiles | None = key("where files name none: a code, or one by file")
    account: dict[str, str] | None = key("the account that a file is of, by file")
    platform: ForFiles | None = key("instead of telling it from the content")
    decimal: ForFiles | None = key("point or comma, where a file's numbers do not tell")
    date_format: ForFiles | None = key("ymd, dmy or mdy, where a file's dates do not tell")
    period: ForFiles | None = key("day or week, where a file's dates do not tell")
    encoding: ForFiles | None = key("of a text that is not UTF-8")
    columns: dict[str, str] = key("headers worded otherwise, by field", {})
    results: str | None = key("which kind of Meta's results are conversions")


class HistoryFile(Block):
    """What was spent and what it brought: one file, platforms' exports, or a warehouse's table."""

    file: str | None = key("CSV, Parquet or XLSX, or a folder of platforms' exports")
    files: list[str] | None = key("several exports or folders of them")
    exports: Exports | None = key("how to read exports: which are which channel, rates, ...")
    url: str | None = key("a database; secrets as ${VARIABLE}, from the environment")
    query: str | None = key("the SQL whose rows are the history (url, tables)")
    tables: str | None = key("folder or pattern of Parquet or CSV files in a warehouse's schema")
    shape: Literal["tidy", "mix"] = key(
        "one row per date and channel, or one row per date with one KPI", "tidy"
    )
    date: str | None = key("column of the dates")
    channel: str | None = key("column of the channels' names (tidy)")
    spend: str | dict[str, str] | None = key(
        "column of the spend (tidy), or each channel's column (mix)"
    )
    kpi: str | None = key("column of the conversions")
    revenue: str | None = key("column of the revenue")
    value_per_conversion: str | None = key(
        "column of the revenue of one conversion, instead of revenue (mix)"
    )
    media: dict[str, dict[str, str]] | None = key(
        "further columns by channel (mix), e.g. {clicks: {search: clicks_g}}"
    )
    controls: list[str] | None = key("explanatory columns (mix)")
    date_format: str | None = key("where dates are not YYYY-MM-DD, e.g. DD/MM/YYYY")
    grain: Literal["auto", "day", "week"] = key(
        "fit days or weeks; auto: weeks where there are enough", "auto"
    )
    decimal: Literal[".", ","] = key("the decimal mark", ".")
    currency: str | None = key("where no column says it")
    sheet: str | None = key("sheet of an XLSX file")
    encoding: str | None = key("of a CSV that is not UTF-8, e.g. cp1252")

    @model_validator(mode="before")
    @classmethod
    def _only_files(cls, value: Any) -> Any:
        if isinstance(value, list):
            return {"files": value}
        return {"file": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one_source(self) -> HistoryFile:
        named = [name for name in SOURCES if getattr(self, name) is not None]
        if not named:
            refuse("it names no file", f"Give it one of {', '.join(SOURCES)}.")
        if len(named) > 1:
            refuse(f"it names both '{named[0]}' and '{named[1]}'", "Keep one.", key=named[1])
        if self.query is not None and named[0] not in ("url", "tables"):
            refuse("a query needs a database", "Name it with 'url'.", key="query")
        if self.url is not None and self.query is None:
            refuse("the database needs a 'query'", "Such as SELECT * FROM ad_report.", key="url")
        return self


class Definition(Block):
    """A scenario file. `history` or `curves`, and `budget`, are required; the rest is optional.

    Amounts are totals for the plan's period, in the history's currency. A percentage is always
    written with `%`.
    """

    name: str | None = key("what answers call it; default: the file's name")
    extends: str | None = key("another scenario file to start from")
    history: HistoryFile | None = key(
        "the history's file, or a block that says what its columns mean"
    )
    curves: str | None = key("instead of history: a curves file that `budgetopt fit` wrote")
    period: Period | None = key(
        "2026-12, 2026-Q4, {start: 2026-12-01, end: 2026-12-24} or {days: 28}; default:"
        " the 28 days after history's end"
    )
    budget: BudgetRange | None = key("an amount, current, +10%, or {min: ..., max: ...}")
    objective: Literal["revenue", "conversions", "profit", "value", "roas"] | None = key(
        "what to maximise; default: revenue, or conversions where none is known"
    )
    minimise: Literal["spend"] | None = key(
        "instead of objective: the least spend that reaches the target"
    )
    target: Target | None = key("what the least spend must reach")
    current: Current = key(
        "what today means: last 28 days, or the amount for the period by channel", Today()
    )
    channels: dict[str, ChannelRules] = key("rules and values by channel", {})
    defaults: Defaults = key("for every channel that does not say otherwise", Defaults())
    groups: dict[str, Group] = key("rules for several channels together", {})
    portfolio: Portfolio = key("rules for all channels together", Portfolio())
    rules: list[LinearRule] = key("anything else that is linear in spend", [])

    @model_validator(mode="after")
    def _complete(self) -> Definition:
        if self.history is None and self.curves is None:
            refuse("'history' is missing", "Name the file of what was spent and what it brought.")
        if self.history is not None and self.curves is not None:
            refuse("there are both 'history' and 'curves'", "Keep one of them.", key="curves")
        if (self.minimise is None) != (self.target is None):
            one, other = ("target", "minimise: spend") if self.target else ("minimise", "target")
            refuse(f"'{one}' does nothing without '{other}'", key=one)
        if self.minimise is not None and self.objective is not None:
            refuse("there are both 'objective' and 'minimise'", "Keep one of them.", "minimise")
        if self.minimise is None and self.budget is None:
            refuse("'budget' is missing", "Write an amount, or 'budget: current'.")
        return self

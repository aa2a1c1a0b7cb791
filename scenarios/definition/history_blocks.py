"""The `history` of a scenario file: one file, platforms' exports, or a warehouse's table."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import model_validator

from models.history.history import Scale
from models.passwords import passwords
from models.phrases import said
from scenarios.definition.field_types import Positive
from scenarios.definition.rule_blocks import Block, key
from scenarios.definition.values import refuse

SOURCES = ("file", "files", "url", "tables")
KEPT = said("holds a password, which would be kept in scenarios and plans")
IN_VARIABLE = said("Put it into an environment variable: ...:${{DB_PASSWORD}}@...")
ForFiles = str | dict[str, str]


class Exports(Block):
    """How to read the exports of ad platforms; see `budgetopt import --help`."""

    channels: str | None = key("rules: which campaigns are which channel", "channels.yaml")
    conversions_from: Literal["platforms", "ga4"] = key(
        "whose conversions and revenue count", "ga4", "platforms"
    )
    rates: dict[str, Positive] = key(
        "money of the history's currency per unit of another", "{USD: 0.92}", {}
    )
    currency: ForFiles | None = key("of files that name none", "{tiktok.csv: EUR}")
    account: dict[str, str] | None = key("the account that a file is of", "{meta.csv: Shop}")
    platform: ForFiles | None = key("instead of telling it from the content", "{a.csv: meta}")
    decimal: ForFiles | None = key("point or comma, where the numbers do not tell", "comma")
    date_format: ForFiles | None = key("ymd, dmy or mdy, where the dates do not tell", "dmy")
    period: ForFiles | None = key("day or week, where the dates do not tell", "day")
    encoding: ForFiles | None = key("of a text that is not UTF-8", "{meta.csv: cp1252}")
    columns: dict[str, str | list[str]] = key(
        "headers that are worded otherwise, by field", "{spend: Media cost}", {}
    )
    later: list[str] = key("files downloaded after others of the same days", "[june2.csv]", [])
    channel_from: Literal["platform", "file"] = key(
        "what a table without a platform is called", "file", "platform"
    )
    results: str | None = key("which kind of Meta's results are conversions", "purchase")


class HistoryFile(Block):
    """What was spent and what it brought: a file, platforms' exports, or a warehouse's table."""

    file: str | None = key("CSV, Parquet or XLSX, or a folder of exports", "history.csv")
    files: list[str] | None = key(
        "several exports, or folders of them", "[google.csv, meta.csv]", alternative=True
    )
    exports: Exports | None = key("how to read exports", "{channels: channels.yaml}")
    url: str | None = key(
        "a database; secrets as ${VARIABLE}, from the environment",
        "'${ADS_DATABASE_URL}'",
        alternative=True,
    )
    query: str | None = key(
        "SQL whose rows are the history (url, tables)", "SELECT * FROM ad_report", alternative=True
    )
    tables: str | None = key(
        "folder or pattern of Parquet or CSV files in a warehouse's schema",
        "'lake/*.parquet'",
        alternative=True,
    )
    shape: Literal["tidy", "mix"] = key(
        "tidy: one row per date and channel; mix: one row per date, with one KPI", "tidy", "tidy"
    )
    date: str | None = key("column of the dates", "day")
    channel: str | None = key("column of the channels' names (tidy)", "platform")
    spend: str | dict[str, str] | None = key(
        "column of the spend (tidy), or {channel: column} (mix)", "cost"
    )
    kpi: str | None = key("column of the conversions", "orders")
    revenue: str | None = key("column of the revenue", "turnover")
    value_per_conversion: str | None = key(
        "column of the revenue of one conversion, instead of revenue (mix)",
        "order_value",
        alternative=True,
    )
    media: dict[str, dict[str, str]] | None = key(
        "further columns by channel (mix)", "{clicks: {search: search_clicks}}"
    )
    controls: list[str] | None = key("explanatory columns, one value per date", "[price, holiday]")
    date_format: str | None = key("where dates are not YYYY-MM-DD", "DD/MM/YYYY")
    grain: Literal["auto", "day", "week"] = key(
        "fit days or weeks; auto: weeks where there are enough", "auto", "auto"
    )
    decimal: Literal[".", ","] = key("the decimal mark", "'.'", ".")
    currency: str | None = key("where no column says it", "EUR")
    scale: dict[str, Positive] = key(
        "money in another unit from a day on; 1: it is right", "{tv@2026-03-02: 0.01}", {}
    )
    sheet: str | None = key("sheet of an XLSX file", "Data")
    encoding: str | None = key("of a CSV that is not UTF-8", "cp1252")

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
        for name in named:
            # Before anything else is said of it: it must not be kept, and not be shown.
            if any(passwords(one) for one in _texts(getattr(self, name))):
                refuse(KEPT, IN_VARIABLE, key=name)
        if len(named) > 1:
            refuse(f"it names both '{named[0]}' and '{named[1]}'", "Keep one.", key=named[1])
        for name, factor in self.scale.items():
            try:
                Scale.of(name, factor)
            except ValueError:
                refuse(f"'{name}' is no channel and date", "Such as tv@2026-03-02.", key="scale")
        if self.query is not None and named[0] not in ("url", "tables"):
            refuse("a query needs a database", "Name it with 'url'.", key="query")
        if self.url is not None and self.query is None:
            refuse("the database needs a 'query'", "Such as SELECT * FROM ad_report.", key="url")
        return self


def _texts(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value

"""What a report can hold: its levels, its fields and its measures."""

from __future__ import annotations

from collections.abc import Mapping

from models.phrases import Phrase, said

# Dimensions from the coarsest to the finest; a file's level is the finest that it names.
LEVELS: Mapping[str, Phrase] = {
    "account": said("account"),
    "campaign": said("campaign"),
    "adset": said("ad set"),
    "ad": said("ad"),
}


FIELDS = (
    *("date", "week", "start", "end", "account", "account_id", "campaign", "campaign_id"),
    *("campaign_type", "adset", "ad", "status", "level", "platform", "currency", "results"),
    *("indicator", "attribution", "spend", "conversions", "revenue", "impressions"),
    *("clicks", "leads"),
)


IGNORE = "ignore"  # what a person calls a column that is not to be read


MEASURES = ("spend", "conversions", "revenue", "impressions", "clicks", "leads")

"""The words that tables use: a label and a definition for each, in one place."""

from __future__ import annotations

from collections.abc import Mapping

from models.phrases import Phrase, said

STAGES: Mapping[str, Phrase] = {
    "reach": said("Reach and engagement"),
    "conversion": said("Conversion"),
    "cost": said("Cost"),
    "return": said("Return"),
    "loyalty": said("Long-term value"),
}


# Labels as short as a column; definitions as models/diagnostics/metrics.py computes them.
METRICS: Mapping[str, tuple[Phrase, Phrase]] = {
    "spend": (said("spend"), said("money paid for advertising")),
    "impressions": (said("impressions"), said("how often ads were shown")),
    "clicks": (said("clicks"), said("how often ads were clicked")),
    "ctr": (said("CTR"), said("click-through rate: clicks / impressions")),
    "leads": (said("leads"), said("contacts won")),
    "conversions": (said("conversions"), said("results that the channel counts as its own")),
    "conversion_rate": (said("conv. rate"), said("conversion rate: conversions / clicks")),
    "cpm": (said("CPM"), said("cost per thousand impressions: 1,000 x spend / impressions")),
    "cpc": (said("CPC"), said("cost per click: spend / clicks")),
    "cpl": (said("CPL"), said("cost per lead: spend / leads")),
    "cpa": (said("CPA"), said("cost per conversion: spend / conversions")),
    "revenue": (said("revenue"), said("money that the conversions brought")),
    "roas": (said("ROAS"), said("return on ad spend: revenue / spend")),
    "roi": (said("ROI"), said("return on investment: (revenue - spend) / spend")),
    "new_customers": (said("new customers"), said("conversions of people who never bought before")),
    "repeat_rate": (
        said("repeat rate"),
        said("share of conversions by returning customers: 1 - new customers / conversions"),
    ),
    "ltv": (
        said("LTV"),
        said("lifetime value: revenue per conversion / (1 - repeat rate)"),
    ),
}

# What a plan is told in; the first letter is set where it is used.
METRIC: Mapping[str, Phrase] = {
    "spend": said("spend"),
    "conversions": said("conversions"),
    "revenue": said("revenue"),
    "profit": said("profit"),
    "cpa": said("CPA"),
    "roas": said("ROAS"),
}
TODAY: Mapping[str, Phrase] = {
    "spend": said("Spend today"),
    "conversions": said("Conversions today"),
    "revenue": said("Revenue today"),
    "profit": said("Profit today"),
    "cpa": said("CPA today"),
    "roas": said("ROAS today"),
    "share": said("Share today"),
}
PROPOSED: Mapping[str, Phrase] = {
    "spend": said("Spend proposed"),
    "conversions": said("Conversions proposed"),
    "revenue": said("Revenue proposed"),
    "profit": said("Profit proposed"),
    "cpa": said("CPA proposed"),
    "roas": said("ROAS proposed"),
    "share": said("Share proposed"),
}
YES, NO = said("yes"), said("no")

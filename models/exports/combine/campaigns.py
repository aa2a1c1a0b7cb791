"""One campaign stays one: rows that lack its type, an older name beside a newer one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from models.exports.cells.distinct_texts import Texts, category
from models.exports.report.parts import Part, together
from models.phrases import Phrase, said

if TYPE_CHECKING:
    import pandas as pd

_NAMES = ["platform", "account", "campaign_id", "campaign", "campaign_type"]
Key = tuple[str, ...]


@dataclass
class _Campaign:
    """What the rows of a campaign say of it: its names with the last day of each, its types."""

    names: dict[str, object] = field(default_factory=dict)
    types: dict[str, None] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The newest of its names."""
        return max(self.names, key=lambda name: (self.names[name], name), default="")

    @property
    def kind(self) -> str:
        """Its type; "" where no row says it, or where rows contradict one another."""
        return next(iter(self.types)) if len(self.types) == 1 else ""


def one_campaign(parts: Sequence[Part]) -> tuple[list[Part], list[Phrase]]:
    """Each campaign with one name and one type, as far as its rows say them.

    A campaign is known by its id, or by its name where it has none. Rows without a type take that
    of the campaign's other rows; of several names of one id the last one counts.
    """
    if not parts:
        return list(parts), []
    rows = together([part.frame[[*_NAMES, "date"]] for part in parts])
    last = rows.groupby(_NAMES, observed=True, sort=False)["date"].max()
    campaigns: dict[Key, _Campaign] = {}
    for key, day in last.items():
        platform, account, number, name, kind = map(str, key)  # type: ignore[call-overload]
        campaign = campaigns.setdefault(_key(platform, account, number, name), _Campaign())
        if name:
            campaign.names[name] = max(day, campaign.names.get(name, day))  # type: ignore[type-var]
        if kind:
            campaign.types[kind] = None
    changes = any(len(one.names) > 1 for one in campaigns.values()) or any(
        not str(key[-1]) and campaigns[_key(*map(str, key[:4]))].kind  # type: ignore[index]
        for key in last.index
    )
    told = [*_renamed(campaigns), *_contradicting(campaigns)]
    return ([_as_one(part, campaigns) for part in parts] if changes else list(parts)), told


def _key(platform: str, account: str, number: str, name: str) -> Key:
    return (platform, "id", number) if number else (platform, account, name)


def _renamed(campaigns: Mapping[Key, _Campaign]) -> list[Phrase]:
    return [
        said(
            "campaign {id} of {platform} is called {names}: it is one, by its last name '{name}'",
            id=key[-1],
            platform=key[0],
            names=[f"'{name}'" for name in one.names],
            name=one.name,
        )
        for key, one in campaigns.items()
        if len(one.names) > 1
    ]


def _contradicting(campaigns: Mapping[Key, _Campaign]) -> list[Phrase]:
    return [
        said(
            "campaign '{name}' of {platform} has several types ({types}): each row keeps its own",
            name=one.name,
            platform=key[0],
            types=list(one.types),
        )
        for key, one in campaigns.items()
        if len(one.types) > 1
    ]


def _as_one(part: Part, campaigns: Mapping[Key, _Campaign]) -> Part:
    frame = part.frame
    groups = frame.groupby(_NAMES, observed=True, sort=False).ngroup().to_numpy().astype("int32")
    distinct = [tuple(map(str, row)) for row in frame[_NAMES].drop_duplicates().to_numpy()]
    found = [campaigns[_key(*row[:4])] for row in distinct]
    names = [one.name or row[3] for one, row in zip(found, distinct, strict=True)]
    kinds = [row[4] or one.kind for one, row in zip(found, distinct, strict=True)]
    return replace(
        part,
        frame=frame.assign(campaign=_column(groups, names), campaign_type=_column(groups, kinds)),
    )


def _column(groups, texts: list[str]) -> pd.Categorical[str]:
    return category(Texts(groups, tuple(texts)).mapped(str))

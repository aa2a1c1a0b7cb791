"""Which rows belong to which channel: the first rule that matches platform, type and name."""

from __future__ import annotations

import fnmatch
import functools
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.errors import Fault, InputError
from models.exports.cells.headers import plain, words
from models.phrases import said

if TYPE_CHECKING:
    import pandas as pd

UNMATCHED = "unmatched"
MATCH_SECONDS = 1.0  # for one pattern on one name

# Google's and Microsoft's campaign types, so that one rule holds in every language.
_TYPES = {
    "search": words(
        "Search",
        "Tìm kiếm",
        "Recherche|Réseau de recherche",
        "Pesquisa",
        "Búsqueda",
        "Suche|Suchnetzwerk",
    ),
    "display": words(
        "Display",
        "Hiển thị",
        "Display|Réseau Display",
        "Display",
        "Display",
        "Display|Displaynetzwerk",
    ),
    "shopping": words("Shopping", "Mua sắm", "Shopping", "Shopping", "Shopping", "Shopping"),
    "video": words("Video", "Video", "Vidéo", "Vídeo", "Vídeo|Video", "Video"),
    "performance max": words("Performance Max", "Tối đa hóa hiệu suất|Tối đa hoá hiệu suất"),
    "demand gen": words(
        "Demand Gen|Discovery",
        "Tạo nhu cầu",
        "Génération de la demande",
        "Geração de demanda",
        "Generación de demanda",
    ),
    "app": words(
        "App", "Ứng dụng", "Application", "App|Aplicativo", "Aplicación|Aplicaciones", "App"
    ),
}
KNOWN_TYPES = frozenset(_TYPES)
_BY_WORDING = {wording: name for name, wordings in _TYPES.items() for wording in wordings}


def campaign_type(text: str) -> str:
    """A campaign type in plain English where it is known, else its plain text."""
    return _BY_WORDING.get(plain(text), plain(text))


@dataclass(frozen=True)
class ChannelRule:
    """One line of a channels file. What is empty matches everything.

    Parameters
    ----------
    channel : where matching rows go
    platforms : names of platforms
    types : campaign types, in any of the languages
    campaigns : patterns on the campaign's name, with ``*`` and ``?``, or ``/a regular expression/``
    accounts : patterns on the account's name
    """

    channel: str
    platforms: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    campaigns: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()

    def matches(self, platform: str, kind: str, campaign: str, account: str) -> bool:
        """Whether a row with these names is of this rule's channel."""
        return (
            (not self.platforms or platform in self.platforms)
            and (not self.types or campaign_type(kind) in {campaign_type(t) for t in self.types})
            and _any_matches(self.campaigns, campaign)
            and _any_matches(self.accounts, account)
        )


@dataclass(frozen=True)
class ChannelRules:
    """The rules of a channels file, in its order."""

    rules: tuple[ChannelRule, ...]

    def channel(self, platform: str, kind: str, campaign: str, account: str) -> str:
        """The first matching rule's channel; "unmatched" where none matches."""
        matching = (r.channel for r in self.rules if r.matches(platform, kind, campaign, account))
        return next(matching, UNMATCHED)


@functools.lru_cache(maxsize=4096)
def pattern(text: str) -> Callable[[str], bool]:
    """Whether a name fits a pattern of a channels file, without regard to case.

    A regular expression may take longer with every letter than with the one before: it is stopped.

    Raises
    ------
    re.error : a regular expression that is none
    """
    text = unicodedata.normalize("NFC", text)
    if not (len(text) > 2 and text.startswith("/") and text.endswith("/")):
        simple = re.compile(r"\A" + fnmatch.translate(text), re.IGNORECASE)
        return lambda name: simple.search(name) is not None
    import regex

    try:
        written = regex.compile(text[1:-1], regex.IGNORECASE)
    except (regex.error, OverflowError, RecursionError, MemoryError) as error:
        raise re.error(str(error) or type(error).__name__) from None

    def fits(name: str) -> bool:
        try:
            return written.search(name, timeout=MATCH_SECONDS) is not None
        except TimeoutError:
            problem = said("the pattern {text} takes too long on '{name}'", text=text, name=name)
            remedy = said("Write it without repeating what repeats, or with * and no slashes")
            raise InputError(Fault("channels", problem, remedy)) from None

    return fits


def _any_matches(patterns: Iterable[str], name: str) -> bool:
    fitting = [pattern(text) for text in patterns]
    name = unicodedata.normalize("NFC", name)
    return not fitting or any(fits(name) for fits in fitting)


def assign(frame: pd.DataFrame, rules: ChannelRules | None) -> pd.Series:
    """The channel of each row; without rules, its platform.

    Parameters
    ----------
    frame : with the columns platform, campaign_type, campaign, account
    """
    import pandas as pd

    from models.exports.cells.distinct_texts import Texts, category

    if rules is None:
        return frame["platform"]
    keys = ["platform", "campaign_type", "campaign", "account"]
    # Each distinct combination is judged once: there are few of them and many rows.
    groups = frame.groupby(keys, observed=True, sort=False).ngroup().to_numpy()
    distinct = frame[keys].drop_duplicates()
    names = [rules.channel(*map(str, row)) for row in distinct.itertuples(index=False)]
    of_rows = Texts(groups.astype("int32"), tuple(names)).mapped(str)
    return pd.Series(category(of_rows), index=frame.index)

"""Two hundred tables as people make them: days, names, money, results; of no platform's form."""

from __future__ import annotations

import random
from collections.abc import Iterator

# By language: dates, names of campaigns, spend, results, revenue, exposure.
VOCABULARY: dict[str, tuple[tuple[str, ...], ...]] = {
    "en": (
        ("date", "day", "report date"),
        ("campaign", "campaign name", "initiative", "ad name"),
        ("spend", "cost", "amount spent", "ad spend", "media cost", "total cost", "budget spent"),
        ("conversions", "orders", "purchases", "leads", "sales", "signups", "results"),
        ("revenue", "conversion value", "turnover", "total revenue", "gmv"),
        ("impressions", "clicks", "ctr", "cpc", "reach", "views", "sessions", "frequency"),
    ),
    "vi": (
        ("ngày",),
        ("chiến dịch", "tên chiến dịch"),
        ("chi phí", "chi tiêu"),
        ("chuyển đổi", "đơn hàng"),
        ("doanh thu",),
        ("lượt hiển thị", "lượt nhấp"),
    ),
    "fr": (
        ("date", "jour"),
        ("campagne", "nom de la campagne"),
        ("coût", "dépenses"),
        ("conversions", "commandes"),
        ("chiffre d'affaires", "revenus"),
        ("impressions", "clics"),
    ),
    "de": (
        ("datum", "tag"),
        ("kampagne", "kampagnenname"),
        ("kosten", "ausgaben"),
        ("conversions", "bestellungen"),
        ("umsatz",),
        ("impressionen", "klicks"),
    ),
    "es": (
        ("fecha", "día"),
        ("campaña",),
        ("coste", "gasto", "inversión"),
        ("conversiones", "compras"),
        ("ingresos",),
        ("impresiones", "clics"),
    ),
}
WHOSE = ("platform", "source", "channel", "network", "media channel")
NAMES = ("Google Ads", "Meta", "Pinterest", "X", "Spotify", "Radio", "TikTok")
STYLES = (
    str,
    str.title,
    str.upper,
    str.capitalize,
    lambda text: text.replace(" ", "_"),
    lambda text: text.title().replace(" ", ""),
)


def generic_tables(count: int = 200, seed: int = 16) -> Iterator[tuple[str, bool]]:
    """Tables as CSV text, and whether a column says whose money a row is."""
    chance = random.Random(seed)
    for number in range(count):
        words = VOCABULARY[("en", "en", "en", *VOCABULARY)[number % 8]]
        dates, names, spends, results, revenues, exposure = words
        header = [chance.choice(dates), chance.choice(names), chance.choice(spends)]
        says_whose = number % 4 == 0
        if says_whose:
            header.insert(1, chance.choice(WHOSE))
        header.append(chance.choice(results))
        header += [chance.choice(revenues)] if chance.random() < 0.7 else []
        header += chance.sample(exposure, chance.randint(0, len(exposure)))
        tail = header[1:]
        chance.shuffle(tail)
        style = chance.choice(STYLES)
        lines = [[style(text) for text in (header[0], *tail)]]
        for day in range(1, 9):
            cells = [f"2026-06-{day:02}"]
            for text in tail:
                name = chance.choice(NAMES) if text in WHOSE else "Spring"
                figure = str(chance.randint(1, 900))
                cells.append(name if text in (*WHOSE, *names) else figure)
            lines.append(cells)
        yield "".join(",".join(line) + "\n" for line in lines), says_whose

"""Robyn's files as `robyn_write` makes them, of a small model that is computed here by loops."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

CHANNELS = ("tv_S", "search_S")
WINDOW = (5, 60)  # rows from 1, inclusive
HYPER = {
    "geometric": {"thetas": (0.4, 0.1)},
    "weibull_cdf": {"shapes": (0.8, 2.0), "scales": (0.05, 0.1)},
    "weibull_pdf": {"shapes": (2.0, 3.0), "scales": (0.05, 0.1)},
}


def spends() -> dict[str, list[float]]:
    generator = np.random.default_rng(5)
    return {name: [round(float(v), 2) for v in generator.gamma(2, 900, 70)] for name in CHANNELS}


def weights(adstock: str, first: float, second: float, rows: int) -> list[float]:
    """Share of a row's spend by lag: geometric, or Weibull with its scale as a rounded quantile."""
    if adstock == "geometric":
        return [first**lag for lag in range(rows)]
    place = 1 + second * (rows - 1)
    scale = float(round(place))
    if adstock == "weibull_cdf":
        found = [1.0]
        for at in range(1, rows):
            found.append(found[-1] * math.exp(-((at / scale) ** first)))
        return found
    density = [
        first / scale * (at / scale) ** (first - 1) * math.exp(-((at / scale) ** first))
        for at in range(1, rows + 1)
    ]
    return [(d - min(density)) / (max(density) - min(density)) for d in density]


def contribution(
    spend: Sequence[float], adstock: str, carry: Sequence[float], shape: Sequence[float], v: int
) -> float:
    """Sum of coef a^alpha / (a^alpha + inflexion^alpha) over the window."""
    coef, alpha, gamma = shape
    by_lag = weights(adstock, carry[0], carry[-1], len(spend))
    seen = [
        sum(spend[row - lag] * by_lag[lag] for lag in range(row + 1))
        for row in range(WINDOW[0] - 1, WINDOW[1])
    ]
    least = min(seen) if v < 12 else 0.0
    inflexion = least * (1 - gamma) + max(seen) * gamma
    return sum(coef * a**alpha / (a**alpha + inflexion**alpha) for a in seen)


def document(adstock: str = "geometric", version: str = "v3.11.1") -> dict[str, Any]:
    """The JSON of one model."""
    money, minor = spends(), int(version.split(".")[1])
    hyper: dict[str, list[float]] = {}
    summary = [{"variable": "(Intercept)", "coef": 7000, "decompAgg": 392000}]
    for number, name in enumerate(CHANNELS):
        alpha, gamma, coef = (2.0, 0.7)[number], (0.4, 0.6)[number], (5000.0, 900.0)[number]
        carry = {kind: values[number] for kind, values in HYPER[adstock].items()}
        for kind, value in {"alphas": alpha, "gammas": gamma, **carry}.items():
            hyper[f"{name}_{kind}"] = [value]
        total = contribution(
            money[name], adstock, list(carry.values()), (coef, alpha, gamma), minor
        )
        summary.append({"variable": name, "coef": coef, "decompAgg": total})
    rows = [
        {"DATE": f"row {n}", "revenue": 1, **{c: money[c][n] for c in CHANNELS}} for n in range(70)
    ]
    inputs = {
        "adstock": [adstock],
        "dayInterval": [7],
        "dep_var_type": ["revenue"],
        "paid_media_spends": list(CHANNELS),
        "rollingWindowStartWhich": [WINDOW[0]],
        "rollingWindowEndWhich": [WINDOW[1]],
        "version": [f"Robyn (stable) {version} [R-4.4.0]"],
    }
    exported = {"select_model": ["1_2_3"], "summary": summary, "hyper_values": hyper}
    return {"InputCollect": inputs, "ExportedModel": exported, "Extras": {"raw_data": rows}}


def front(folder: Path, models: int = 12) -> tuple[Path, Path]:
    """`pareto_hyperparameters.csv` and `pareto_aggregated.csv` of a geometric front.

    The third model gives tv nothing.
    """
    generator, money = np.random.default_rng(8), spends()
    kinds = ("alphas", "gammas", "thetas")
    hyper = ["solID," + ",".join(f"{name}_{kind}" for name in CHANNELS for kind in kinds)]
    totals = ["rn,coef,xDecompAgg,solID"]
    for model in range(models):
        cells = []
        for name in CHANNELS:
            alpha, gamma, theta = (float(v) for v in generator.uniform([0.5, 0.3, 0], [3, 1, 0.5]))
            coef = 0.0 if (name, model) == ("tv_S", 2) else float(generator.uniform(500, 5000))
            total = contribution(money[name], "geometric", [theta], (coef, alpha, gamma), 11)
            cells += [repr(alpha), repr(gamma), repr(theta)]
            totals.append(f"{name},{coef!r},{total!r},m{model}")
        hyper.append(f"m{model}," + ",".join(cells))
    files = (folder / "pareto_hyperparameters.csv", folder / "pareto_aggregated.csv")
    for file, lines in zip(files, (hyper, totals), strict=True):
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return files


def written(folder: Path, content: dict[str, Any] | None = None) -> Path:
    file = folder / "RobynModel-1_2_3.json"
    file.write_text(json.dumps(content or document(), indent=1), encoding="utf-8")
    return file

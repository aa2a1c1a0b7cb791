"""What plans by default earn on worlds made elsewhere: a small gate, and its own oracle checked."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks import worlds
from benchmarks.splits import best_split
from benchmarks.worlds import JUDGED, TUNED, World, best_gain, judge, world_of
from models.curves.curveset import ChannelCurve, CurveSet
from models.curves.families import Exponential, Hill
from models.datasets.mix_worlds import KINDS

SEED = 40  # of neither set


def test_tuned_and_judged_share_no_seed_and_two_kinds_of_mix():
    """What to do about slow errors and unseen demand could not be chosen without seeing any."""
    assert set(TUNED["kinds"]) & set(JUDGED["kinds"]) == {"slow_errors", "unseen_demand"}
    assert set(TUNED["kinds"]) | set(JUDGED["kinds"]) == set(KINDS)
    assert abs(TUNED["first"] - JUDGED["first"]) >= 200


def test_the_best_split_is_that_of_the_optimiser():
    """Dynamic programming over steps of the budget against the sandwich of the optimiser."""
    curves = {
        "a": Hill(900.0, 4000.0, 0.9),
        "b": Exponential(300.0, 2500.0),
        "c": Hill(500, 900, 1),
    }
    today = {"a": 4000.0, "b": 3000.0, "c": 2000.0}
    made = world_of("short", 0)
    world = World(made.history, {name: curve.response for name, curve in curves.items()})
    base, best = best_gain(world, today)
    entries = tuple(ChannelCurve(name, curve) for name, curve in curves.items())
    split = best_split(CurveSet(entries), np.array(list(today.values())), "conversions")
    true = sum(float(c.response(x)) for c, x in zip(curves.values(), split, strict=True))
    assert base == pytest.approx(sum(float(c.response(today[n])) for n, c in curves.items()))
    assert best == pytest.approx(true, rel=1e-4)


def test_default_plans_capture_most_of_what_free_ones_do():
    """Before all media together were tested, mixes captured a fifth by default, free ones more."""
    ways = ("hold", "free")
    found = [judge(kind, SEED, ways) for kind in ("noisy_prices", "bursts", "thin")]
    gains = {way: sum(one.plans[way].gain / (one.best - one.base) for one in found) for way in ways}
    assert gains["free"] > 0.5 * len(found)
    assert gains["hold"] > 0.9 * gains["free"]


def test_nothing_moves_where_nothing_is_to_be_known():
    found = [judge(kind, SEED, ("hold",)) for kind in ("nothing_white", "nothing_shift")]
    assert all(one.plans["hold"].moved < 1e-4 for one in found)


def test_a_table_has_a_row_for_each_kind(capsys):
    found = [judge("thin", SEED, ("hold",))]
    worlds.print_table([*found, replace(found[0], kind="other")], ("hold",))
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines if line][1:] == ["kind", "thin", "other", "all"]

"""`budgetopt import` as a whole command."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from models.history.read import read_history
from scenarios.cli import main

GOLDEN = Path(__file__).parent / "golden"
CHANNELS = """\
channels:
  - {channel: search, platform: [google_ads, microsoft_ads], type: search}
  - {channel: shopping, type: performance max}
  - {channel: social, platform: [meta, tiktok]}
  - {channel: search, platform: ga4, campaign: Paid Search}
  - {channel: social, platform: ga4, campaign: "/^paid social$/"}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What a planner drops into a folder: six reports in four dialects, one of them twice."""
    inside = tmp_path / "exports"
    inside.mkdir()
    for source, name in (
        ("google_ads/en.csv", "google.csv"),
        ("google_ads/en.csv", "google (1).csv"),
        ("google_ads/vi.csv", "google_vi.csv"),
        ("meta/fr.csv", "meta.csv"),
        ("tiktok/vi.csv", "tiktok.csv"),
        ("microsoft_ads/en.csv", "bing.csv"),
        ("ga4/en.csv", "ga4.csv"),
    ):
        shutil.copy(GOLDEN / source, inside / name)
    (tmp_path / "channels.yaml").write_text(CHANNELS)
    return tmp_path


def run(*words: object) -> Result:
    return CliRunner().invoke(main, ["import", *map(str, words)])


MONEY = ("--rate", "USD=0.92", "--currency", "tiktok.csv=EUR", "--currency", "ga4.csv=EUR")


def test_a_mixed_folder_becomes_a_history(folder: Path) -> None:
    target = folder / "history.csv"
    channels = ("--channels", folder / "channels.yaml")
    result = run(folder / "exports", *MONEY, *channels, "-o", target)
    assert result.exit_code == 0, result.stderr
    for line in (
        "google_vi.csv: 6 of 10 rows, spend 2,916.14: also in google (1).csv, counted once",
        "ga4.csv: 2 of 11 rows: another table, without spend by day: Landing page, Sessions, Key",
        "google.csv is the same file as google (1).csv, and is not read again",
        "meta.csv: UTF-8 with BOM, semicolons, decimal comma, dates DMY",
    ):
        assert line in " ".join(result.stdout.split())
    history = read_history(target, grain="day")
    assert set(history.channels) == {"search", "shopping", "social"}
    expected = 2916.14 + 0.92 * 2439.40 + 564.40 + 329.62
    assert history.spend.to_numpy().sum() == pytest.approx(expected)
    assert history.metrics["conversions"].to_numpy().sum() == pytest.approx(151.35 + 40 + 32 + 14)


def test_the_account_as_json_adds_up(folder: Path) -> None:
    result = run(folder / "exports", *MONEY, "--format", "json")
    assert result.exit_code == 0, result.stderr
    told = json.loads(result.stdout)
    for file in told["files"]:
        left = sum(out["rows"] for out in file["left_out"])
        assert file["rows_read"] == file["rows_kept"] + left
    assert told["currency"] == "EUR"
    assert {one["platform"] for one in told["platforms"]} == {
        *("google_ads", "meta", "tiktok", "microsoft_ads", "ga4")
    }


def test_over_crediting_is_shown(folder: Path) -> None:
    result = run(folder / "exports", *MONEY, "--channels", folder / "channels.yaml")
    told = " ".join(result.stdout.split())
    # 30 paid social conversions in GA4 against 40 of Meta and 32 of TikTok.
    assert "social 72 30 +42 +140.0 %" in told


def test_nothing_is_written_when_something_is_undecided(folder: Path) -> None:
    target = folder / "history.csv"
    result = run(folder / "exports", "-o", target)
    assert result.exit_code == 2
    assert result.stderr.startswith(
        "error: the files: are in several currencies (EUR, USD). Name the history's, and a rate "
        "for each other: --currency EUR --rate USD=...\n"
    )
    assert not target.exists()


def test_names_cannot_run_as_formulas(tmp_path: Path) -> None:
    report = tmp_path / "report.csv"
    head = "Day,Campaign,Cost,Impr.,Clicks,Conversions\n"
    report.write_text(head + '2026-08-13,"=HYPERLINK(1)",10.5,2,1,1\n')
    result = run(report, "--format", "csv")
    assert result.stdout == (
        "date,channel,platform,campaign,spend,conversions,impressions,clicks\n"
        "2026-08-13,google_ads,google_ads,'=HYPERLINK(1),10.5,1,2,1\n"
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--rate", "USD=0.9", "--rate", "USD=0.8"], "--rate USD=0.8: USD is named twice."),
        (["--rate", "USD"], "--rate USD: write it as --rate CODE=NUMBER."),
        (["--rate", "USD=much"], "--rate USD=much: 'much' is not a number."),
        (["--decimal", "comma", "--decimal", "point"], "--decimal is given twice."),
        (["--decimal", "a.csv=comma", "--decimal", "a.csv=point"], "--decimal of a.csv is given"),
        (["--column", "spend"], "--column spend: write it as --column [FILE:]FIELD=HEADER."),
    ],
)
def test_options_that_are_written_wrongly(folder: Path, words: list[str], message: str) -> None:
    result = run(folder / "exports", *words)
    assert result.exit_code == 2
    assert message in result.stderr


def test_a_channels_file_with_faults(folder: Path) -> None:
    (folder / "bad.yaml").write_text(
        "channels:\n"
        "  - {channel: brand, platform: goggle_ads, campaign: /(brand/}\n"
        "  - {chanel: search}\n"
    )
    result = run(folder / "exports", "--channels", folder / "bad.yaml")
    assert result.exit_code == 2
    faults = [line.partition("bad.yaml, ")[2] for line in result.stderr.splitlines()]
    assert faults == [
        (
            "line 2, column 32, channels[0].platform: there is no platform 'goggle_ads'. "
            "Did you mean 'google_ads'?"
        ),
        (
            "line 2, column 54, channels[0].campaign: '/(brand/' is no regular expression: "
            "missing ) at position 6. Or leave the slashes out."
        ),
        "line 3, column 5, channels[1]: 'channel' is missing",
        "line 3, column 6, channels[1].chanel: unknown key 'chanel'. Did you mean 'channel'?",
    ]

"""Passwords are found in URLs of every make, and hidden in whatever text quotes them."""

from __future__ import annotations

import time
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import Fault
from models.passwords import is_secret, passwords, without_passwords

WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=6)
OTHERS = "scheme://user:***@host.example:5432/base?sslmode=require&=*"


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("postgresql://ads:hunter2@host/db", ["hunter2"]),
        ("postgresql://ads:hunt@er2@host/db", ["hunt@er2"]),
        ("postgresql://ads:hunt/er2@host/db", ["hunt/er2"]),
        ("postgresql://ads:hunt%2Fer2@host/db", ["hunt%2Fer2", "hunt/er2"]),
        ("snowflake://host/db?role=r&token=hunter2", ["hunter2"]),
        ("x://host/db?p%61ssword=hunter2", ["hunter2"]),
        ("x://host/db?a=1;PWD=hunter2", ["hunter2"]),
        ("mssql+pyodbc://?odbc_connect=DRIVER%3DX%3BPWD%3Dhunter2%3BUID%3Da", ["hunter2"]),
        ("postgresql://ads:hunt${MORE}@host/db", ["hunt${MORE}"]),
        ("postgresql://ads:${DB_PASSWORD}@host/db?password=${DB_PASSWORD}", []),
        ("${ADS_DATABASE_URL}", []),
        ("postgresql://ads@host:5432/db?application_name=x&sslkey=k.pem", []),
        ("bigquery://project/set?credentials_path=/x.json", []),
        ("duckdb:///ads.duckdb", []),
        ("ads:hunter2.csv", []),
    ],
)
def test_passwords_of_a_url(url, found) -> None:
    assert passwords(url) == found
    hidden = without_passwords(f"no file '{url}': try again")
    assert not any(one in hidden for one in found)
    assert hidden.endswith(": try again")
    if not found:
        assert hidden == f"no file '{url}': try again"


@pytest.mark.parametrize(
    "name", ["password", "PGPASSWORD", "sslpassword", "passwd", "pass", "pwd", "api_key", "token"]
)
def test_parts_that_are_secret(name) -> None:
    assert is_secret(name)
    assert without_passwords(f"--set history.{name}=hunter2 fails") == (
        f"--set history.{name}=*** fails"
    )


@pytest.mark.parametrize(
    "name", ["key", "monkey_id", "sslkey", "key_path", "tokens_file", "min_spend"]
)
def test_parts_that_only_sound_secret(name) -> None:
    assert without_passwords(f"{name}=5000") == f"{name}=5000"


@given(WORDS)
def test_no_password_gets_through(word) -> None:
    for secret in (quote(word, safe=""), word.replace("@", "").replace(":", "") + "x"):
        for url in (
            f"scheme://user:{secret}@host.example:5432/base",
            f"h://x?password={quote(word)}",
        ):
            assert passwords(url)
        shown = without_passwords(f"scheme://user:{secret}@host.example:5432/base?sslmode=require")
        assert secret not in shown or secret in OTHERS
        assert "@host.example:5432/base" in shown


@pytest.mark.parametrize(
    "text", ["://a:" * 20_000, "a=" * 50_000, "://u:" + "@" * 50_000, "password" * 12_000 + "="]
)
def test_no_text_takes_long(text) -> None:
    start = time.process_time()
    without_passwords(text)
    assert time.process_time() - start < 5.0


def test_a_fault_shows_none() -> None:
    fault = Fault("x://u:hunter2@h", "no file x:/u:hunter2@h", "Not --set url=x://u:hunter2@h.")
    assert str(fault) == "x://u:***@h: no file x:/u:***@h. Not --set url=x://u:***@h."

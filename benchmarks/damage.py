"""How a good file is damaged: as bytes, as a text, as a document, as a table, or by its own rules.

Every function takes the chance that decides and the good file's bytes, and returns damaged ones.
"""

from __future__ import annotations

import copy
import io
import json
import math
import random
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

WORDS = (
    *("nan", "inf", "-inf", "1e308", "1e150", "-1", "0", "9" * 310, "1" * 5000, "", "null"),
    *("true", "[]", "{}", "'", '"', "\x00", "\x1b[31m", "‮", "​", "﻿", "=1+1"),
    *("12,5", "1.234.567", "2026-02-30", "2026-13-01", "0001-01-01", "tv", "*a", "&a", "!!x y"),
    *("50%", "-50%", "1e9%", "+", "current", "free", "\\ud800", "/(a+)+$/", "${HOME}", "\n", "\t"),
)
VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 0.5, 1e308, -1e308, 1e-320, 10**310, float("nan")),
    *(float("inf"), "", "x", "NaN", "\ud800", "​", [], [1], [None], {}, {"a": 1}, [[[]]]),
)
TABLES = {
    "register_entries": ("number", "at", "who", "action", "plan", "comment", "details", "hash"),
    "register_documents": ("sha256", "content"),
    "register_schema": ("name",),
}


def text(chance: random.Random, raw: bytes) -> bytes:
    """A text with a few pieces cut, doubled, or replaced by words that mean something somewhere."""
    found = raw.decode()
    for _ in range(chance.choice((1, 1, 2, 4))):
        start = chance.randrange(len(found) + 1)
        end = min(len(found), start + chance.choice((0, 1, 1, 3, 8, 40)))
        piece = chance.choice(("", found[start:end] * 2, chance.choice(WORDS)))
        found = found[:start] + piece + found[end:]
    raw = found.encode("utf-8", "surrogatepass")
    return binary(chance, raw) if chance.random() < 0.1 else raw


def binary(chance: random.Random, raw: bytes) -> bytes:
    """Bytes flipped, cut out or doubled."""
    found = bytearray(raw)
    for _ in range(chance.choice((1, 2, 5, 20))):
        if not found:
            break
        at = chance.randrange(len(found))
        what = chance.random()
        if what < 0.7:
            found[at] = chance.randrange(256)
        elif what < 0.85:
            del found[at : at + chance.choice((1, 16, 200))]
        else:
            found[at:at] = found[at : at + chance.choice((1, 16, 200))]
    return bytes(found)


def document(chance: random.Random, raw: bytes) -> bytes:
    """JSON with values replaced, keys renamed or taken away."""
    if chance.random() < 0.2:
        return text(chance, raw)
    content = json.loads(raw)
    for _ in range(chance.choice((1, 1, 2, 4))):
        places = list(_places(content))
        holder, key = chance.choice(places)
        what = chance.random()
        if what < 0.75:
            holder[key] = copy.deepcopy(chance.choice(VALUES))
        elif what < 0.9 and isinstance(holder, dict):
            del holder[key]
        elif isinstance(holder, dict):
            holder[f"{key}x"] = holder.pop(key)
        if not places or not content:
            break
    return json.dumps(content).encode()


def settings(chance: random.Random, raw: bytes) -> bytes:
    """YAML with values of other types and sizes, or damaged as a text."""
    from ruamel.yaml import YAML

    if chance.random() < 0.3:
        return text(chance, raw)
    values = json.dumps(YAML(typ="safe", pure=True).load(raw), default=str)
    changed = document(chance, values.encode()).decode("utf-8", "replace")
    if chance.random() < 0.5:
        changed = changed.replace("null", json.dumps(chance.choice(WORDS[:9] + WORDS[22:])), 1)
    return changed.encode()


def cells(chance: random.Random, raw: bytes) -> bytes:
    """CSV with cells replaced, rows doubled, or damaged as a text."""
    if chance.random() < 0.3:
        return text(chance, raw)
    rows = [line.split(",") for line in raw.decode().splitlines()]
    for _ in range(chance.choice((1, 1, 2, 5))):
        row = chance.choice(rows)
        what = chance.random()
        if what < 0.8:
            row[chance.randrange(len(row))] = chance.choice(WORDS)
        elif what < 0.9:
            rows.insert(chance.randrange(len(rows)), list(row))
        else:
            at = chance.randrange(len(row))
            for other in rows[1:]:
                if at < len(other):
                    other[at] = chance.choice(("0", "1e150", "1e-320", "x", other[at] + "0"))
    return "\n".join(",".join(row) for row in rows).encode() + b"\n"


def _places(content: Any) -> Iterator[tuple[Any, Any]]:
    keys = content if isinstance(content, dict) else range(len(content))
    for key in keys:
        yield content, key
        if isinstance(content[key], dict | list):
            yield from _places(content[key])


def plan(chance: random.Random, raw: bytes) -> bytes:
    """A plan whose hash fits again, so that what is inside is looked at too."""
    from scenarios.plan.plan import _digest

    damaged = document(chance, raw)
    try:
        content = json.loads(damaged)
        content.pop("sha256", None)
        content["sha256"] = _digest(content)
        return json.dumps(content).encode()
    except (ValueError, AttributeError):
        return damaged


def archive(chance: random.Random, raw: bytes) -> bytes:
    """A workbook with a damaged part, or damaged as a whole."""
    if chance.random() < 0.2:
        return binary(chance, raw)
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(made, "w") as new:
        names = old.namelist()
        target = chance.choice(names)
        for name in names:
            part = old.read(name)
            if name == target:
                if chance.random() < 0.1:
                    continue
                part = (text if chance.random() < 0.7 else binary)(chance, part)
            new.writestr(name, part)
    return made.getvalue()


def columns(chance: random.Random, raw: bytes) -> bytes:
    """Parquet damaged in its bytes, or written with columns of other types."""
    import pandas as pd

    if chance.random() < 0.6:
        return binary(chance, raw)
    frame = pd.read_parquet(io.BytesIO(raw))
    name = chance.choice(list(frame.columns))
    value = chance.choice((None, True, b"\xff", "x", [1], {"a": 1}, 10**18, math.inf, math.nan, ""))
    if chance.random() < 0.5:
        frame[name] = pd.Series([value] * len(frame), dtype=object)
    else:
        at = chance.randrange(len(frame))
        changed = [value if row == at else cell for row, cell in enumerate(frame[name].tolist())]
        frame[name] = pd.Series(changed, dtype=object)
    made = io.BytesIO()
    try:
        frame.to_parquet(made)
    except Exception:  # of mixed types there is no Parquet
        return binary(chance, raw)
    return made.getvalue()


def register(chance: random.Random, raw: bytes) -> bytes:
    """A register altered by somebody who knows SQL, or damaged in its bytes."""
    if chance.random() < 0.5:
        return binary(chance, raw)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "r.sqlite")
        path.write_bytes(raw)
        connection = sqlite3.connect(path, isolation_level=None)
        try:
            triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            for (name,) in triggers.fetchall():
                connection.execute(f"DROP TRIGGER {name}")
            table, column = chance.choice(
                [(table, column) for table, names in TABLES.items() for column in names]
            )
            value = chance.choice((None, -1, 10**18, 0.5, "", "x", "\x1b[31m", b"\xff", "[]", "{}"))
            connection.execute(f"UPDATE OR IGNORE {table} SET {column} = ?", (value,))
        except sqlite3.Error:
            pass
        connection.close()
        return path.read_bytes()

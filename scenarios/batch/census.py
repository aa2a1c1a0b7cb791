"""Who the accounts are and where their rows lie; what is wrong with the list of them as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from models.errors import Fault, HistoryError, InputError, nearest
from models.phrases import said
from models.visible import folded
from scenarios.batch.work.account_rows import FILE, as_text, column_of, opened
from scenarios.batch.work.job import Account, Job, Part, Source
from scenarios.sources.databases import table_files

MOST_IN_PART = 50
PARTS_EACH = 4  # that a worker gets at least, so that all end at about the same time
LISTED = 20  # faults of one kind


def source_of(accounts: str, by: str, query: str | None = None) -> Source:
    """Where accounts lie, from what a person typed.

    Parameters
    ----------
    accounts : a file, a folder, a pattern, or a database's URL
    query : SQL whose rows are the histories; a database needs one
    """
    if "://" not in accounts and "${" not in accounts:
        return Source(accounts, by, query=query)
    if query is None:
        problem = said("the database needs a query")
        remedy = said("Name it with --query 'SELECT * FROM ad_report'")
        raise InputError(Fault("--query", problem, remedy))
    return Source(f"warehouse ({accounts.partition(':')[0]})", by, accounts, query)


def census(source: Source) -> tuple[Source, list[Account]]:
    """All accounts by name, and the source with its column as the rows call it.

    Raises
    ------
    InputError : there are none, rows name no account, files hold no rows, or names differ in
        nothing but case or blanks; all of it at once
    """
    files = [] if source.url else [str(file.absolute()) for file in _files(source)]
    with opened(source, files) as (database, query):
        source = Source(source.name, column_of(database, query, source), source.url, source.query)
        quoted = database.quote(source.by)
        keys = [as_text(source, database), FILE] if files else [quoted]
        shown = ", ".join(f"{key} AS key_{n}" for n, key in enumerate(keys))
        frame = database.ask(
            f"SELECT {shown}, COUNT(*) AS row_count FROM ({query}\n) account_rows "
            f"GROUP BY {', '.join(keys)}"
        )
    found: dict[str, Account] = {}
    blank = 0
    columns = list(frame.columns)
    values, counts = frame[columns[0]].tolist(), frame[columns[-1]].tolist()
    places = frame[columns[1]].tolist() if files else [""] * len(values)
    for value, place, count in sorted(
        zip(values, places, counts, strict=True), key=lambda row: (str(row[0]), str(row[1]))
    ):
        name = "" if value is None or value != value else str(value)
        if not name.strip():
            blank += int(count)
            continue
        before = found.get(name)
        own = (*(before.files if before else ()), *((place,) if place else ()))
        found[name] = Account(name, value, own, int(count) + (before.rows if before else 0))
    silent = sorted(set(files) - {str(place) for place in places})
    faults = [*_blank(source, blank), *_silent(silent), *_alike(source, found)]
    if not found and not faults:
        faults = [Fault(source.name, said("has no rows"))]
    if faults:
        raise InputError(faults)
    return source, list(found.values())


def _files(source: Source) -> list[Path]:
    path = Path(source.name)
    if path.is_file():
        if path.suffix.lower() not in (".parquet", ".csv"):
            problem = said("accounts are read from Parquet or CSV files")
            raise HistoryError(Fault(source.name, problem, said("Save it as one of them")))
        return [path]
    if not path.exists() and not set("*?[") & set(source.name):
        problem, remedy = said("there is no such file or folder"), ""
        if path.parent.is_dir() and (
            near := nearest(path.name, [one.name for one in path.parent.iterdir()])
        ):
            remedy = said("Did you mean '{near}'?", near=near)
        raise HistoryError(Fault(source.name, problem, remedy))
    return table_files(path)


def _blank(source: Source, count: int) -> Iterator[Fault]:
    if count:
        problem = said("{n:,} rows name no account in column {by}", n=count, by=source.by)
        yield Fault(source.name, problem, said("Fill the column, or leave the rows out"))


def _silent(files: Sequence[str]) -> Iterator[Fault]:
    for file in files[:LISTED]:
        yield Fault(file, said("the file has no rows"), said("Take it out of the folder"))


def _alike(source: Source, names: Iterable[str]) -> Iterator[Fault]:
    """Names that the eye takes for one account."""
    by_look: dict[str, list[str]] = {}
    for name in names:
        by_look.setdefault(" ".join(folded(name).split()), []).append(name)
    twins = [same for same in by_look.values() if len(same) > 1]
    for same in twins[:LISTED]:
        quoted = [f"'{name}'" for name in same]
        problem = said("the accounts {names} differ in case or blanks only", names=quoted)
        yield Fault(source.name, problem, said("Write them alike if they are one account"))


def parts_of(
    job: Job,
    accounts: Sequence[Account],
    settings: Mapping[str, tuple[str, ...]],
    shares: Mapping[str, tuple[float, float]],
    workers: int,
    most: int = MOST_IN_PART,
) -> list[Part]:
    """The accounts in parts whose rows lie together, several for each worker."""
    size = max(1, min(most, -(-len(accounts) // (PARTS_EACH * max(workers, 1)))))
    ordered = sorted(accounts, key=lambda account: (account.files, account.name))
    parts = []
    for start in range(0, len(ordered), size):
        chosen = tuple(ordered[start : start + size])
        own = {one.name: settings[one.name] for one in chosen if one.name in settings}
        of_all = {one.name: shares[one.name] for one in chosen if one.name in shares}
        parts.append(Part(job, f"{start // size:06d}", chosen, own, of_all))
    return parts

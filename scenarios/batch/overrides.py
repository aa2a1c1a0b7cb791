"""What single accounts are asked otherwise: a table of settings, one row an account."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from models.errors import Fault, InputError, ScenarioError, nearest
from models.history.cell_table import read_table
from models.history.column_mapping import no_column
from models.phrases import said
from models.visible import folded
from scenarios.definition.scenario import Scenario

SHORT = {"currency": "history.currency"}  # headers that stand for a longer key


def read_overrides(
    file: Path, by: str, accounts: Collection[str], template: Scenario
) -> dict[str, tuple[str, ...]]:
    """The ``key=value`` settings of every account that has its own.

    Parameters
    ----------
    file : CSV, Parquet or XLSX; the column `by` and one column per key, as `--set` takes them; an
        empty cell leaves what the template says
    accounts : all that there are

    Raises
    ------
    InputError : an account that there is not or that stands in two rows, a key or a value that
        the scenario refuses; all of them at once
    """
    table = read_table(file)
    headers = [str(header) for header in table.frame.columns]
    key = next((one for one in headers if one.lower() == by.lower()), None)
    if key is None:
        raise InputError(Fault(table.name, *no_column(by, headers)))
    known = {folded(name): name for name in accounts}
    found: dict[str, tuple[str, ...]] = {}
    faults: list[Fault] = []
    judged: dict[tuple[str, ...], list[Fault]] = {}
    for line, cells in zip(table.lines, table.frame.to_dict("records"), strict=True):
        where = said("{file}, {unit} {line}", file=table.name, unit=table.unit, line=int(line))
        account = str(cells[key]).strip()
        if account not in accounts:
            faults.append(Fault(where, *_nobody(account, accounts, known)))
            continue
        if account in found:
            problem = said("account '{account}' stands in two rows", account=account)
            faults.append(Fault(where, problem, said("Keep one of them")))
            continue
        own = tuple(
            f"{SHORT.get(header, header)}={text}"
            for header in headers
            if header != key and (text := _text(cells[header]))
        )
        if own not in judged:
            judged[own] = _refused(template, own)
        for fault in judged[own]:
            place = said("{where}, {key}", where=where, key=fault.where.removeprefix("--set "))
            faults.append(Fault(place, fault.problem, fault.remedy))
        found[account] = own
    if faults:
        raise InputError(faults)
    return {account: own for account, own in found.items() if own}


def _nobody(account: str, accounts: Collection[str], known: Mapping[str, str]) -> tuple[str, str]:
    near = known.get(folded(account)) or nearest(account, accounts)
    remedy = said("Did you mean '{near}'?", near=near) if near else said("Take the row out")
    return said("there is no account '{account}'", account=account), remedy


def _text(cell: object) -> str:
    """A cell as `--set` would have it; empty where there is nothing."""
    if cell is None or cell != cell:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))  # a workbook's 12000.0
    return str(cell).strip()


def _refused(template: Scenario, own: tuple[str, ...]) -> list[Fault]:
    try:
        template.changed(*own)
    except ScenarioError as error:
        return list(error.faults)
    return []

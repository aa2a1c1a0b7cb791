"""Whose model a file is, and its curves."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from models.curves import file
from models.curves.curveset import CurveSet
from models.errors import CurvesError, Fault
from models.interchange.curve_table import Asked, read_table
from models.interchange.reproduction import Imported, refereed
from models.interchange.robyn import read_robyn

TOOLS = ("robyn", "table")
HEAD = 65536  # bytes that tell what a file is
PICKLES = (".pkl", ".pickle", ".joblib", ".dill")
R_FILES = (".rds", ".rda", ".rdata")


def import_curves(
    paths: Sequence[Path], tool: str | None = None, asked: Asked | None = None
) -> Imported:
    """The curves of another tool's files, rebuilt and compared with the source's own figures.

    Parameters
    ----------
    paths : one model; with Robyn's its two `pareto_*.csv` may be given too
    tool : one of `TOOLS`; recognised unless given
    asked : what the files do not say of themselves

    Raises
    ------
    CurvesError : what cannot be read, cannot be said by a curve, or is not rebuilt within 0.1 %
    """
    asked = asked or Asked()
    tools = [tool or _recognised(path) for path in paths]
    if "robyn" in tools:
        models = [path for path in paths if path.suffix.lower() != ".csv"]
        tables = [path for path in paths if path.suffix.lower() == ".csv"]
        if len(models) != 1:
            problem = f"{len(models)} models were given"
            where = ", ".join(map(str, paths))
            remedy = "Give one JSON of robyn_write, with or without its two pareto_*.csv."
            raise CurvesError(Fault(where, problem, remedy))
        return refereed(read_robyn(models[0], tables, asked.currency), str(models[0]))
    if len(paths) > 1:
        where = ", ".join(map(str, paths))
        raise CurvesError(Fault(where, "more than one model was given", "Give one."))
    return refereed(read_table(paths[0], asked), str(paths[0]))


def load_curves(path: str | Path) -> CurveSet:
    """The curves of a file: budgetopt's own, or another tool's model.

    Raises
    ------
    CurvesError : everything that is wrong with the file
    """
    source = Path(path)
    if source.is_file() and _is_foreign(source):
        return import_curves([source]).curves
    return file.load_curves(path)


def _is_foreign(path: Path) -> bool:
    if path.suffix.lower() in (".csv", ".nc", *PICKLES, *R_FILES):
        return True
    return b'"InputCollect"' in _head(path)


def _head(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(HEAD)


def _recognised(path: Path) -> str:
    """The tool whose file it is.

    Raises
    ------
    CurvesError : none that is known, or one that is never read
    """
    where, suffix = str(path), path.suffix.lower()
    try:
        head = _head(path)
    except FileNotFoundError:
        raise CurvesError(Fault(where, "there is no such file", "Check the path.")) from None
    except OSError as error:
        problem = f"cannot be read ({error.strerror})"
        raise CurvesError(Fault(where, problem, "Name the file itself.")) from None
    if suffix in PICKLES or head[:1] == b"\x80":
        remedy = (
            "A pickle runs code when it is read, so none is. Export a table of response curves: "
            "channel, spend, response, draw."
        )
        raise CurvesError(Fault(where, "is a pickle", remedy))
    if suffix in R_FILES:
        remedy = "Export the model in R as JSON: robyn_write(InputCollect, OutputCollect, ...)."
        raise CurvesError(Fault(where, "is a file of R's own", remedy))
    if b'"InputCollect"' in head:
        return "robyn"
    if b'"budgetopt/curves/' in head:
        raise CurvesError(Fault(where, "is a curves file already", "Use it as it is."))
    line = head.partition(b"\n")[0].lower()
    if b"solid" in line:
        return "robyn"
    if suffix in (".csv", ".tsv", ".txt") or b"channel" in line:
        return "table"
    remedy = "Known: the JSON of robyn_write; a CSV table with channel, spend, response."
    raise CurvesError(Fault(where, "is no file of a tool that is known", remedy))

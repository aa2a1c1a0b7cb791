"""What history says: from spend to response. Knows nothing of optimisation or of reports."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from models.curveset import CurveSet
    from models.fit import fit_curves
    from models.history import read_history

__version__ = "0.1.0"

_HOMES = {
    "CurveSet": "models.curveset",
    "fit_curves": "models.fit",
    "read_history": "models.history",
}
__all__ = ["CurveSet", "fit_curves", "read_history"]


def __getattr__(name: str):
    # Loaded when first used: reading a curves file must not cost the import of a history reader.
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'models' has no attribute {name!r}")

"""The look that all tables of the terminal share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.table import Table


def plain_table(first: str, footer: str | None = None, least: int = 10) -> Table:
    """A table with rules above and below its rows only, close enough for 80 columns.

    Parameters
    ----------
    first : title of the first column, which takes what the others leave and goes on below itself
    footer : what stands under it, for a table with a last row of totals
    least : columns of the terminal that it keeps in any case
    """
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    look: dict[str, Any] = {"box": SIMPLE_HEAD, "pad_edge": False, "collapse_padding": True}
    table = Table(show_footer=footer is not None, **look)
    table.add_column(first, footer or "", overflow="fold", min_width=least)
    return table

"""How Sphinx makes these pages a site that opens offline: python -m sphinx -W -b html docs OUT."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

from docutils import nodes
from latex2mathml.converter import convert

sys.path.insert(0, str(Path(__file__).parents[1]))

from models import __version__

project = "budgetopt"
release = version = __version__
html_title = f"budgetopt {version}"
html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["wide.css"]
html_show_copyright = False
smartquotes = False  # `--option` keeps its dashes
html_math_renderer = "mathml"
extensions = ["myst_parser", "sphinx.ext.autodoc", "numpydoc", "sphinx_click"]

myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 3
# A console block that holds YAML is shown all the same.
suppress_warnings = ["misc.highlighting_failure"]

autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the docstrings say shapes and units
numpydoc_show_class_members = False
numpydoc_xref_param_type = False


def setup(app) -> None:
    app.connect("autodoc-process-docstring", _one_line_each, priority=100)
    app.connect("sphinx-click-process-description", _examples_as_code)
    app.add_html_math_renderer("mathml", (_math("inline"), None), (_math("block"), None))


def _one_line_each(app, what, name, obj, options, lines: list[str]) -> None:
    """In our docstrings ``name : meaning`` goes on below; numpydoc takes its first line only."""
    rest, lines[:] = list(lines), []
    is_list = False
    for line, following in itertools.pairwise([*rest, ""]):
        if set(following) == {"-"}:
            is_list = line in ("Parameters", "Attributes", "Raises", "Returns")
        if is_list and line.startswith("    ") and lines and " : " in lines[-1]:
            lines[-1] += " " + line.strip()
        else:
            lines.append(line)


def _examples_as_code(app, ctx, lines: list[str]) -> None:
    """The lines that a help text keeps as they are hold commands to copy."""
    rest, lines[:] = list(lines), []
    for is_kept, group in itertools.groupby(rest, key=lambda line: line.startswith("| ")):
        kept = list(group)
        if is_kept:
            lines += [".. code-block:: text", "", *(f"   {line[2:]}" for line in kept), ""]
        else:
            lines += kept


def _math(display: str):
    """Formulas as MathML, which browsers draw without a script."""

    def visit(translator, node) -> None:
        translator.body.append(convert(node.astext(), display=display))
        raise nodes.SkipNode

    return visit

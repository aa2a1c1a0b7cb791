"""How Sphinx makes these pages a site: python -m sphinx -W -b html docs build/docs."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from models import __version__

project = "budgetopt"
release = version = __version__
html_title = f"budgetopt {version}"
html_theme = "furo"
html_show_copyright = False
extensions = ["myst_parser", "numpydoc", "sphinx.ext.autodoc", "sphinx_click"]
exclude_patterns = ["build"]

# A console block that holds YAML is shown all the same.
suppress_warnings = ["misc.highlighting_failure"]

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the docstrings say shapes and units
numpydoc_show_class_members = False

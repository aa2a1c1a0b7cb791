"""The version of the fit's figures, by which kept fits are known.

A kept fit is taken again only for the same version: one more whenever the same history and the
same options give other curves. `tests/models/fit/test_version.py` notices when that was forgotten.
"""

FIT_VERSION = 6

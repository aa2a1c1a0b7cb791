"""Text whose characters all show: what steers a terminal, turns a line around or hides is escaped.

Names come from strangers' files. A control character in one could clear a screen or forge a line, a
bidirectional mark could turn an amount around, a zero-width space make two channels look like one.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterable, Iterator

# Controls but for newline and tab; marks of direction; what has no width; separators of lines and
# paragraphs; halves of characters; tags (Unicode Technical Report 36).
UNSEEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e"
    r"\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
PLAIN = "budgetopt.plain"  # a way to handle what an encoding lacks
_PLAINLY = str.maketrans(
    {
        **dict.fromkeys("\u2500\u2501\u254c\u2013\u2014\u2212\u2010\u2011", "-"),
        **dict.fromkeys("│┃╎", "|"),
        **dict.fromkeys("┌┐└┘├┤┬┴┼╭╮╯╰", "+"),
        **dict.fromkeys("█▇▆▅▄▃▂▁", "#"),
        **dict.fromkeys("\u2018\u2019", "'"),
        **dict.fromkeys("“”„", '"'),
        "\u2026": "...",
        "\xd7": "x",
        "→": "->",
        "≥": ">=",
        "≤": "<=",
        "≈": "~",
        "·": ".",
        "•": "*",
        "đ": "d",
        "Đ": "D",
        "ß": "ss",
        "₫": "VND",
        "€": "EUR",
        "\xa0": " ",
        "\u202f": " ",
    }
)


def visible(text: str) -> str:
    """The text with what does not show as an escape, as JSON writes it: ``\\u202e``."""
    return UNSEEN.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x10000:
        return f"\\u{code:04x}"
    high, low = divmod(code - 0x10000, 0x400)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"


def folded(name: str) -> str:
    """A name as the eye takes it: names that fold to the same look alike."""
    return UNSEEN.sub("", unicodedata.normalize("NFKC", name)).casefold().strip()


def indistinct(names: Iterable[str]) -> Iterator[tuple[str, str | None]]:
    """Names that no eye tells apart: each with the one before it that it looks like.

    With None where the name itself holds characters that do not show.
    """
    seen: dict[str, str] = {}
    for name in names:
        if UNSEEN.search(name):
            yield name, None
        elif folded(name) in seen:
            yield name, seen[folded(name)]
        seen.setdefault(folded(name), name)


def _plain(error: UnicodeError) -> tuple[str, int]:
    """What an encoding lacks, in characters that every one has."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end].translate(_PLAINLY)
    known = unicodedata.normalize("NFKD", lacking).encode("ascii", "ignore").decode()
    return known or "?", error.end


codecs.register_error(PLAIN, _plain)

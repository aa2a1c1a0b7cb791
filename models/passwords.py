"""Passwords in what people write: found, so that none is kept, and hidden, so that none is shown.

A database's URL may hold one before its host (``://name:password@``) or behind a question mark
(``?password=...``, under many names). What is hidden is hidden by form, wherever it stands in a
text; a word that only the person knows to be secret has no form.
"""

from __future__ import annotations

import re
from urllib import parse

HIDDEN = "***"
VARIABLE = re.compile(r"\$\{(\w+)\}")  # the environment's, as people write it in a URL
_FILES = (
    r"(?:path|file|name|id|url|type|mode)$|^ssl_?(?:key|cert)"  # named like a key, but no secret
)
_SECRET_NAME = re.compile(
    rf"(?!.*(?:{_FILES}))"
    r".*(?:passw|passphrase|^pass$|_pass$|pwd|token|secret|credential|signature|^sas$|^key$|_key$"
    r"|(?:api|access|account|private|auth)_?key)",
    re.IGNORECASE,
)
# As SQLAlchemy reads it: the password goes to the first @, and whoever forgot to escape an @ in it
# would see its rest as the host. A path has one slash where the URL had two. Lengths are bounded:
# no text takes long.
_LOGIN = re.compile(
    r"(?P<before>:/{1,3}[^:/\s@]{0,200}:)(?P<secret>[^@\n]{0,600}(?:@[^\s@/]{0,200}){0,20})@"
)
_PAIR = re.compile(
    r"(?P<before>(?:(?<![\w.-])|(?<=%3B)|(?<=%26)|(?<=%3F))"
    r"(?P<name>(?:[\w.-]|%(?!3D|3B|26|3F)[0-9a-f]{2}){1,100})(?:=|%3D))"
    r"(?P<secret>(?:\$\{\w+\}|(?!%3B|%26)[^\s&;'\",)}\]]){1,4000})",
    re.IGNORECASE,
)


def is_secret(name: str) -> bool:
    """Whether a part of a URL that is called so holds a password, a token or a key."""
    return bool(_SECRET_NAME.match(parse.unquote(name).rpartition(".")[2]))


def passwords(url: str) -> list[str]:
    """What a URL holds of passwords and tokens, as they are written in it and decoded.

    Nothing where it is no URL, and nothing of those that stand in variables of the environment.
    """
    _, mark, rest = url.partition("://")
    if not mark:
        return []
    found = [login["secret"] for login in _LOGIN.finditer(url)]
    asked = parse.parse_qsl(rest.partition("?")[2].replace(";", "&"))
    found += [value for name, value in asked if is_secret(name)]
    # A driver's own line of settings may be one value: odbc_connect=DRIVER%3D...%3BPWD%3D...
    found += [
        pair["secret"]
        for _, value in asked
        for pair in _PAIR.finditer(value)
        if is_secret(pair["name"])
    ]
    written = [one for one in found if one and not _is_named(one)]
    return list(dict.fromkeys([*written, *map(parse.unquote, written)]))


def without_passwords(text: str) -> str:
    """A text in which every password of a URL, and every ``password=...``, is `HIDDEN`."""
    text = _LOGIN.sub(lambda login: _hidden(login, "@"), text)
    return _PAIR.sub(lambda pair: _hidden(pair) if _tells(pair) else pair[0], text)


def _tells(pair: re.Match[str]) -> bool:
    """Whether what a text gives a value is a secret; ``key=`` is one in a URL alone."""
    before = pair.string[max(pair.start() - 1, 0) : pair.start()]
    return is_secret(pair["name"]) and (pair["name"].lower() != "key" or before in ("?", "&", ";"))


def _hidden(found: re.Match[str], after: str = "") -> str:
    return found[0] if _is_named(found["secret"]) else f"{found['before']}{HIDDEN}{after}"


def _is_named(secret: str) -> bool:
    return not VARIABLE.sub("", secret)

"""Secrets of a connection: named as `${VARIABLE}`, held by the environment, shown in no message."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib import parse as urls

from models.errors import Fault, HistoryError, nearest
from models.phrases import said

_VARIABLE = re.compile(r"\$\{(\w+)\}")
_NAMES = "(?:password|pwd|token|secret|key)"
_PASSWORD = re.compile(
    rf"://[^/@]*:(?!\$\{{\w+\}}@)[^/@]+@|[?&]\w*{_NAMES}=(?!\$\{{)", re.IGNORECASE
)
_SECRET_NAME = re.compile(rf"{_NAMES}$", re.IGNORECASE)
SHORTEST = 3  # characters of a password's part that is hidden by itself


def expanded(url: str, environment: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """The URL with its variables' values, and those values by ``${VARIABLE}``.

    Raises
    ------
    HistoryError : a variable is not set, or a password stands in the URL itself
    """
    names = _VARIABLE.findall(url)
    if missing := [name for name in names if not environment.get(name)]:
        raise HistoryError(_not_set(name, environment) for name in missing)
    if _PASSWORD.search(url):
        raise HistoryError(
            Fault(
                "history.url",
                said("holds a password, which would be kept in scenarios and plans"),
                said("Put it into an environment variable: ...:${{DB_PASSWORD}}@..."),
            )
        )
    secrets = {f"${{{name}}}": environment[name] for name in names}
    # In front of the host a password's own marks must not pass for the URL's.
    login, at, rest = url.rpartition("@")
    login = _VARIABLE.sub(lambda match: urls.quote(environment[match[1]], safe=""), login)
    return login + at + _VARIABLE.sub(lambda match: environment[match[1]], rest), secrets


def _not_set(name: str, environment: Mapping[str, str]) -> Fault:
    near = nearest(name, [known for known in environment if known.isupper()])
    if near:
        problem = said(
            "the environment variable {name} is not set (there is {near})", name=name, near=near
        )
    else:
        problem = said("the environment variable {name} is not set", name=name)
    return Fault("history.url", problem, said("Set it: export {name}=...", name=name))


def without(secrets: Mapping[str, str], text: str) -> str:
    """A text in which each secret, also as a URL spells it, is its ``${VARIABLE}`` again.

    Of a variable that holds a whole URL, the passwords in it are secrets too.
    """
    for variable, value in secrets.items():
        for secret in (value, *_passwords(value)):
            for spelled in (secret, urls.quote(secret, safe=""), urls.unquote(secret)):
                text = text.replace(spelled, variable)
    return text


def _passwords(url: str) -> list[str]:
    """What a URL holds of passwords and tokens; none where it is not one."""
    _, mark, rest = url.partition("://")
    if not mark:
        return []
    password = rest.rpartition("@")[0].partition(":")[2]
    # An unescaped @ ends a password early: a driver takes the rest of it for the host.
    parts = [part for part in password.split("@") if len(part) >= SHORTEST]
    asked = urls.parse_qsl(rest.partition("?")[2])
    named = [value for name, value in asked if value and _SECRET_NAME.search(name)]
    return [secret for secret in (password, *parts, *named) if secret]

"""Secrets of a connection: named as `${VARIABLE}`, held by the environment, shown in no message."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib import parse as urls

from models.errors import Fault, HistoryError, nearest
from models.wording import said

_VARIABLE = re.compile(r"\$\{(\w+)\}")
_PASSWORD = re.compile(
    r"://[^/@]*:(?!\$\{\w+\}@)[^/@]+@|[?&]\w*(?:password|pwd|token|secret|key)=(?!\$\{)",
    re.IGNORECASE,
)


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
    """A text in which each secret, also as a URL spells it, is its ``${VARIABLE}`` again."""
    for variable, value in secrets.items():
        for secret in (value, urls.quote(value, safe=""), urls.unquote(value)):
            text = text.replace(secret, variable)
    return text

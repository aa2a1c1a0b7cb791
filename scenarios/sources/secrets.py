"""Secrets of a connection: named as `${VARIABLE}`, held by the environment, shown in no message."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib import parse

from models.errors import Fault, HistoryError, InputError, nearest
from models.passwords import VARIABLE, passwords
from models.phrases import Phrase, formed, said

_VALUE = re.compile(r"(?<==)\$\{(\w+)\}")  # of a part of the URL that has a name
SHORTEST = 3  # characters of a password's part that is hidden by itself


def expanded(
    url: str,
    environment: Mapping[str, str],
    where: str = "history.url",
    kind: type[InputError] = HistoryError,
) -> tuple[str, dict[str, str]]:
    """The URL with its variables' values, and those values by ``${VARIABLE}``.

    Parameters
    ----------
    where, kind : the culprit and the error, where a variable is not set

    Raises
    ------
    kind : a variable is not set
    """
    names = VARIABLE.findall(url)
    if missing := [name for name in names if not environment.get(name)]:
        raise kind(_not_set(name, environment, where) for name in dict.fromkeys(missing))
    secrets = {f"${{{name}}}": environment[name] for name in names}

    def quoted(match: re.Match[str]) -> str:
        return parse.quote(environment[match[1]], safe="")

    # Before the host, and as a value behind it, a password's own marks must not pass for the URL's.
    login, at, rest = url.rpartition("@")
    rest = _VALUE.sub(quoted, rest)
    return VARIABLE.sub(quoted, login) + at + VARIABLE.sub(
        lambda m: environment[m[1]], rest
    ), secrets


def _not_set(name: str, environment: Mapping[str, str], where: str) -> Fault:
    near = nearest(name, [known for known in environment if known.isupper()])
    if near:
        problem = said(
            "the environment variable {name} is not set (there is {near})", name=name, near=near
        )
    else:
        problem = said("the environment variable {name} is not set", name=name)
    return Fault(where, problem, said("Set it: export {name}=...", name=name))


def without(secrets: Mapping[str, str], text: str) -> str:
    """A text in which each secret, also as a URL spells it, is its ``${VARIABLE}`` again.

    Of a variable that holds a whole URL, the passwords in it are secrets too.
    """
    spelled = {
        form: variable
        for variable, value in secrets.items()
        for secret in (value, *_parts(value))
        for form in (secret, parse.quote(secret, safe=""), parse.unquote(secret))
    }
    # The longest first: one may be a part of another.
    for form in sorted(spelled, key=len, reverse=True):
        text = text.replace(form, spelled[form])
    return text


def _parts(url: str) -> list[str]:
    """The passwords of a URL, and what a driver takes for the host of one with a bare @."""
    found = passwords(url)
    return [*found, *(part for one in found for part in one.split("@") if len(part) >= SHORTEST)]


def hidden(error: InputError, secrets: Mapping[str, str]) -> InputError:
    """The same faults without the secrets."""
    return type(error)(
        Fault(*(_without(secrets, part) for part in (fault.where, fault.problem, fault.remedy)))
        for fault in error.faults
    )


def _without(secrets: Mapping[str, str], text: str) -> str:
    """`without` of a phrase's values, which stays a phrase."""
    if not isinstance(text, Phrase):
        return without(secrets, text)
    values = {
        name: _without(secrets, value) if isinstance(value, str) else value
        for name, value in text.values.items()
    }
    return formed(text.template, **values)

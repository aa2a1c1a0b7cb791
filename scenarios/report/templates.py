"""HTML from Jinja2's templates, which stand as `*.html.j2` beside the code that fills them.

Every value is escaped on its way in; a phrase is said in the language of those who will read it.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.environment import TemplateModule
from jinja2.runtime import Context
from markupsafe import Markup

from scenarios.language.language import Language


def macros(name: str, spoken: Language) -> TemplateModule:
    """The macros of a template, named from `scenarios/report`; they return Markup."""
    return _environment().get_template(name).make_module({"spoken": spoken})


def rendered(
    name: str, spoken: Language, package: str = "scenarios.report", /, **values: Any
) -> str:
    """A template of a package filled in. What is `Markup` stands as it is."""
    return _environment(package).get_template(name).render(values, spoken=spoken)


@cache
def _environment(package: str = "scenarios.report") -> Environment:
    made = Environment(
        loader=PackageLoader(package, "."),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_said,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.policies["json.dumps_kwargs"] = {"separators": (",", ":"), "allow_nan": False}
    return made


@pass_context
def _said(context: Context, value: Any) -> Any:
    is_text = isinstance(value, str) and not isinstance(value, Markup)
    return context["spoken"].say(value) if is_text else value

"""What a scenario file does wrong, in words, with the place where it does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from models.errors import Fault, nearest
from scenarios.definition.located_yaml import KeyPath, Tree
from scenarios.definition.values import shown

IN_OTHER_WORDS = {  # keys that people look for, and what says the same
    "spend": "An exact amount is min_spend and max_spend at that amount; today's is locked: true.",
    "amount": "An exact amount is min_spend and max_spend at that amount.",
    "fixed": "A channel that stays at its current spend is locked: true.",
}
EXPECTED = {
    "bool": "true or false",
    "string": "a text",
    "list": "a list, as in [a, b]",
    "dict": "a block of keys",
    "model": "a block of keys",
}


def faults_of(error: ValidationError, tree: Tree, model: type[BaseModel]) -> list[Fault]:
    """Every fault that validation found, in the order of the file."""
    found = []
    for item in error.errors(include_url=False):
        path: KeyPath = tuple(item["loc"])
        context = item.get("ctx") or {}
        if context.get("key"):
            path = (*path, context["key"])
        found.append((_position(tree, path), _fault(item, path, context, tree, model)))
    # Two members of a union may say the same of one value.
    return list(dict.fromkeys(fault for _, fault in sorted(found, key=lambda pair: pair[0])))


def document_faults(error: ValidationError, where: str, remedy: str) -> list[Fault]:
    """Every fault of a document that a command wrote; `where` names its file."""
    found = []
    for item in error.errors(include_url=False):
        # Before what our own validators say Pydantic puts words of its own.
        is_ours = item["type"] == "value_error"
        problem = str(item.get("ctx", {})["error"]) if is_ours else item["msg"]
        found.append(Fault(f"{where}, {'.'.join(map(str, item['loc']))}", problem, remedy))
    return found


def _position(tree: Tree, path: KeyPath) -> tuple[int, int]:
    while path and path not in tree.values:
        path = path[:-1]
    place = tree.values.get(path)
    return (place.line or 0, place.column or 0) if place else (0, 0)


def _fault(item: Any, path: KeyPath, context: dict, tree: Tree, model: type[BaseModel]) -> Fault:
    kind = item["type"]
    written = shown(tree.at(path))
    if kind == "refused":
        return tree.fault(path, context["problem"], context["remedy"])
    if kind == "extra_forbidden":
        return tree.fault(path, f"unknown key '{path[-1]}'", _where_else(path, model), key=True)
    if kind == "missing":
        return tree.fault(path[:-1], f"'{path[-1]}' is missing")
    if kind == "literal_error":
        known = context["expected"].replace(" or ", ", ").replace("'", "").split(", ")
        near = nearest(str(tree.at(path)), known)
        hint = f"Did you mean '{near}'?" if near else ""
        return tree.fault(path, f"{written} is not one of {', '.join(known)}", hint)
    if kind in ("too_short", "list_too_short"):
        return tree.fault(path, "the list is empty")
    expected = EXPECTED.get(kind.removesuffix("_type"))
    if expected:
        return tree.fault(path, f"{written} is not {expected}")
    return tree.fault(path, f"{written}: {item['msg']}")


def _where_else(path: KeyPath, model: type[BaseModel]) -> str:
    """The nearest right key, or the blocks in which this very key is known."""
    name = str(path[-1])
    if name in IN_OTHER_WORDS:
        return IN_OTHER_WORDS[name]
    here = _model_at(path[:-1], model)
    known = list(here.model_fields) if here else []
    elsewhere = [place for place, block in _blocks(model) if name in block.model_fields]
    if elsewhere:
        return f"It belongs to {' or '.join(elsewhere)}."
    if near := nearest(name, known):
        return f"Did you mean '{near}'?"
    return f"Known here: {', '.join(known)}."


def _model_at(path: KeyPath, model: type[BaseModel]) -> type[BaseModel] | None:
    """The block that stands at a path."""
    here: type[BaseModel] | None = model
    inside = False  # of a mapping by name, or of a list: the next step is a name or a number
    for step in path:
        if inside:
            inside = False
        elif here is None or step not in here.model_fields:
            return None
        else:
            annotation = here.model_fields[str(step)].annotation
            here, inside = block_in(annotation), get_origin(annotation) in (dict, list)
    return None if inside else here


def block_in(annotation: Any) -> type[BaseModel] | None:
    """The block in ``Block``, ``Block | None``, ``dict[str, Block]`` or ``list[Block]``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := block_in(part))), None)


def _blocks(model: type[BaseModel]) -> Iterator[tuple[str, type[BaseModel]]]:
    """Every block below `model`, by the path under which people write it."""
    for name, field in model.model_fields.items():
        block = block_in(field.annotation)
        if block is not None:
            is_named = get_origin(field.annotation) in (dict, list)
            yield (f"{name}.NAME" if is_named else name), block

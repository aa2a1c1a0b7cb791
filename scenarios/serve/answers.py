"""What the page may ask for, answered from the scenarios at hand: plain data, or the faults."""

from __future__ import annotations

import math
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from models.errors import Fault, InputError, ScenarioError
from models.phrases import said
from scenarios.language.language import Language
from scenarios.language.numbers import amount
from scenarios.plan.plan import Plan, dump
from scenarios.report.deliver import MAKERS, PlanFile
from scenarios.serve.analysed import compared, evaluated, swept
from scenarios.serve.grid import fields_of
from scenarios.serve.shown import shown
from scenarios.serve.touches import as_command, as_yaml, checked
from scenarios.serve.workspace import Workspace

MOST_PINS = 8


class Answers:
    """Answers the page's questions, one at a time.

    Parameters
    ----------
    spoken : the language of every text
    register : where plans may be submitted; None: nowhere
    """

    def __init__(self, workspace: Workspace, spoken: Language, register: str | None = None) -> None:
        self.workspace, self.spoken, self.register = workspace, spoken, register

    def answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        """The answer to one question, whose `do` names one of the methods below.

        Returns
        -------
        Plain data. `faults` says what is wrong with the files or the settings; `files` names what
        the answer rests on.
        """
        try:
            found = getattr(self, asked["do"])(asked)
        except InputError as error:
            found = {"faults": [self.spoken.say(str(fault)) for fault in error.faults]}
        name = str(asked.get("scenario"))
        known = self.workspace.watched(name) if name in self.workspace.files else []
        return {**found, "files": list(map(str, known))}

    def plan(self, asked: dict[str, Any], explained: bool = False) -> dict[str, Any]:
        """The plan, without what its rules cost and why there may be none."""
        name, settings = str(asked.get("scenario")), checked(asked.get("settings"))
        plan = self.workspace.plan(name, settings, explained)
        file = str(self.workspace.files[name])
        scenario = self.workspace.scenario(name, settings)
        return {
            **shown(plan, scenario, self.spoken),
            "command": as_command(file, settings),
            "fields": fields_of(scenario, self.workspace.evidence(scenario).curves),
        }

    def explain(self, asked: dict[str, Any]) -> dict[str, Any]:
        """The plan with all of that."""
        return self.plan(asked, explained=True)

    def break_even(self, asked: dict[str, Any]) -> dict[str, Any]:
        """The budget beyond which the next unit of money brings less than it costs.

        It is what the same scenario spends for profit of a budget from 0 to twice today's; where
        margins are not known, as long as the next unit brings 1 of revenue. None where rules, and
        not the next unit, end the spend.
        """
        name, settings = str(asked.get("scenario")), checked(asked.get("settings"))
        plan = self.workspace.plan(name, settings)
        today = plan.current.spend if plan.current else None
        if not today or plan.scenario.get("minimise"):
            return {"even": None}
        budget = f"budget={{min: 0, max: {10.0 * math.ceil(0.2 * today):.0f}}}"
        for goal in (["objective=profit"], ["objective=", "target_marginal_roas=1"]):
            free = [*settings, budget, *goal]
            try:
                found = self.workspace.plan(name, free)
            except InputError:
                continue
            if found.proposed is not None and _has_room(found):
                spend = found.proposed.spend
                return {"even": spend, "text": self.spoken.say(amount(spend)), "settings": free}
            break
        return {"even": None}

    def evaluate(self, asked: dict[str, Any]) -> dict[str, Any]:
        """What a split by hand costs against the best, and which rules it breaks."""
        name, settings = str(asked.get("scenario")), checked(asked.get("settings"))
        scenario = self.workspace.scenario(name, settings)
        return {"text": evaluated(scenario, self.workspace.evidence(scenario), asked.get("split"))}

    def compare(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Pinned variants side by side."""
        pins = asked.get("pins")
        if not isinstance(pins, list) or not all(isinstance(pin, dict) for pin in pins):
            raise ScenarioError(Fault("pins", "they are no list"))
        named = [
            (str(pin.get("name"))[:60], checked(pin.get("settings"))) for pin in pins[:MOST_PINS]
        ]
        base = self.workspace.scenario(str(asked.get("scenario")))
        return {"text": compared(base, named, self.workspace.evidence(base))}

    def sweep(self, asked: dict[str, Any]) -> dict[str, Any]:
        """What other budgets would bring."""
        settings = checked(asked.get("settings"))
        scenario = self.workspace.scenario(str(asked.get("scenario")), settings)
        return swept(scenario, self.workspace.evidence(scenario))

    def submit(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Puts the plan forward in the register, under the name of whoever asks."""
        from scenarios.register.book import submit
        from scenarios.register.store import Register

        if self.register is None:
            remedy = said("Start it with --register.")
            raise ScenarioError(Fault("", said("this page submits nothing"), remedy))
        who, comment = (str(asked.get(key) or "").strip()[:500] for key in ("who", "comment"))
        if not who:
            raise ScenarioError(Fault("", said("a plan is submitted under somebody's name")))
        name, settings = str(asked.get("scenario")), checked(asked.get("settings"))
        text = dump(self.workspace.plan(name, settings, explained=True))
        written = submit(Register(self.register), text, who, comment)
        return {"text": f"{written.plan.title}: {written.plan.state}", "head": written.head}

    def fields(self, asked: dict[str, Any]) -> dict[str, Any]:
        """The lines of the table, as the file has them."""
        scenario = self.workspace.scenario(str(asked.get("scenario")))
        return {"fields": fields_of(scenario, self.workspace.evidence(scenario).curves)}

    def file(self, asked: dict[str, Any]) -> dict[str, Any]:
        """A file of the plan, of the kind that is asked for."""
        settings = checked(asked.get("settings"))
        return {"content": self._file(str(asked["scenario"]), str(asked["kind"]), settings)}

    def _file(self, name: str, kind: str, settings: Sequence[str]) -> str | bytes:
        if kind == "yaml":
            return as_yaml(self.workspace.files[name].name, settings)
        plan = self.workspace.plan(name, settings, explained=True)
        text = dump(plan)
        if kind == "json":
            return text
        files = [PlanFile(plan, sha256(text.encode()).hexdigest())]
        return MAKERS["markdown" if kind == "md" else kind](files, None, self.spoken)


def _has_room(plan: Plan) -> bool:
    """Whether some channel could spend more."""
    return any(row.max_spend is None or row.spend < 0.999 * row.max_spend for row in plan.channels)

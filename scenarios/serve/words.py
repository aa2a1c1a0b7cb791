"""The words of the page that are of no plan, as phrases that the catalogues translate."""

from __future__ import annotations

from models.phrases import said

WORDS = {
    "title": said("budgetopt: live plan"),
    "plan": said("Plan"),
    "curves": said("Curves"),
    "compare": said("Compare"),
    "months": said("By period"),
    "hand_on": said("Hand on"),
    "scenario": said("Scenario"),
    "objective": said("Maximise"),
    "as_written": said("as the file says"),
    "budget": said("Budget"),
    "undo": said("Undo"),
    "redo": said("Redo"),
    "reset": said("Start again"),
    "channel": said("Channel"),
    "lock": said("Lock"),
    "least": said("At least"),
    "most": said("At most"),
    "change": said("Change"),
    "range": said("Change within"),
    "cap": said("CPA at most"),
    "today": said("Today"),
    "proposed": said("Proposed"),
    "next": said("Next unit"),
    "evidence": said("Evidence"),
    "total": said("Total"),
    "mind": said("Mind"),
    "pin": said("Pin this variant"),
    "pin_name": said("Name of the variant"),
    "frontier": said("What other budgets would bring"),
    "command": said("The command that gives the same plan"),
    "copy": said("Copy"),
    "files": said("Files of this plan"),
    "file_yaml": said("Scenario (YAML)"),
    "file_json": said("Plan (JSON)"),
    "file_xlsx": said("Workbook"),
    "file_html": said("Page"),
    "file_md": said("Markdown"),
    "drag": said(
        "Drag the diamond, or move it with the arrow keys: what the split costs stands below."
    ),
    "settings": said("Settings on top of the file"),
    "assumed": said("Assume: the same reach costs"),
    "demand": said("demand"),
    "no_script": said("This page needs JavaScript."),
    "one_period": said("This plan has one period; months and weeks are set in its file."),
}
SCRIPT = {
    "solving": said("Solving ..."),
    "solved": said("Solved."),
    "lost": said("No answer from the server: is it still running? Trying again ..."),
    "costs": said("Rule costs follow ..."),
    "today": said("today"),
    "best": said("best budget"),
    "copied": said("Copied."),
    "no_curves": said("Curves are shown for plans of one period."),
    "proposed": said("proposed"),
}
OBJECTIVES = {
    "revenue": said("revenue"),
    "conversions": said("conversions"),
    "profit": said("profit"),
    "value": said("lifetime value"),
    "roas": said("ROAS"),
}

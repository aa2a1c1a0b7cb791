"""What each command is for, in a line: `budgetopt --help` prints it and loads no command.

In the order of the work. Each is a module here that holds `command`, imported when it is called;
its line is the first paragraph of its help.
"""

from __future__ import annotations

COMMANDS = {
    "demo": "Show a plan for a simulated advertiser with eight channels.",
    "init": "Write the sample history and four scenarios into DIR, to start from.",
    "import": "Read exports of ad platforms into one history.",
    "check": "Show what is understood of HISTORY, how it fares, and how far it can be judged.",
    "fit": "Fit a response curve to each channel of HISTORY.",
    "curves": "Take the response curves of another tool's model, or hand ours on.",
    "backtest": "Fit HISTORY up to several past dates, and predict the weeks that followed each.",
    "plan": "Find the best allocation that the rules of SCENARIO allow, with its proof.",
    "batch": (
        "Plan every account of ACCOUNTS: a Parquet or CSV file, a folder or pattern, or a database."
    ),
    "serve": "Open a page on which SCENARIOS answer every touch with the proven plan.",
    "compare": "Plan several scenarios and show them side by side.",
    "sweep": (
        "Solve SCENARIO again over a range of any number, FROM:TO:POINTS, or over a grid of two."
    ),
    "next": "Say where the next AMOUNT would go, and where a cut of it would come from.",
    "frontier": (
        "Show what certainty costs: plans from the best on average to the best in the bad case."
    ),
    "evaluate": (
        "Score a hand-made split under SCENARIO: what it breaks, what it costs, what to move."
    ),
    "track": "Hold PLAN against what happened: pace, and why the result is another.",
    "roll": (
        "Write the scenario that follows SCENARIO: its period moved on by one, the rest as it is."
    ),
    "explain": (
        "Print the rules of PLAN, the dearest first: price, cost, and what they mean in words."
    ),
    "report": "Show PLANS, which `budgetopt plan --output` wrote, to those who decide.",
    "diff": (
        "Show what changed from plan OLD to plan NEW: inputs, curves, rules, allocation, result."
    ),
    "verify": (
        "Make PLAN again from the files it was made from, and say whether every figure stands."
    ),
    "register": "Keep what was proposed and decided: by whom, when, and why.",
    "schema": "Print the JSON Schema of a kind of file, for completion and checks in an editor.",
}

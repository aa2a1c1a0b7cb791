"""Accounts that never end, want all memory or take their process down: they alone are lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pandas as pd
import pytest

from scenarios.batch.plan_accounts import Asked, plan_accounts
from scenarios.batch.work.supervisor import stop_own
from tests.support.accounts import accounts_table, one_by_one, template

pytest.importorskip("duckdb")
POISON = """
import os, signal, sys, time
if any("batch.work.child" in part for part in sys.orig_argv):
    from scenarios.batch.work import one_account
    healthy = one_account.plan_on
    def plan_on(scenario, *rest, **options):
        if scenario.name == "endless":
            while True:
                time.sleep(1)
        if scenario.name == "hungry":
            import numpy
            numpy.ones(10**9)
        if scenario.name == "deadly":
            os.kill(os.getpid(), signal.SIGKILL)
        if scenario.name == "flaky" and not os.path.exists(MARK):
            open(MARK, "w").close()
            os._exit(7)
        return healthy(scenario, *rest, **options)
    one_account.plan_on = plan_on
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals and limits of memory")
def test_a_poisoned_account_becomes_a_row_and_the_others_are_finished(
    tmp_path, monkeypatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        textwrap.dedent(POISON).replace("MARK", repr(str(tmp_path / "mark")))
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    stop_own()  # a process that was started before would be a healthy one
    names = ("a", "deadly", "endless", "flaky", "hungry", "z")
    accounts_table(names).to_parquet(tmp_path / "accounts.parquet")
    results = tmp_path / "results"
    asked = Asked(
        str(tmp_path / "accounts.parquet"), template(), str(results), timeout=12.0, memory=0.4
    )
    summary = plan_accounts(asked, one_by_one())
    rows = pd.read_parquet(results / "accounts.parquet").set_index("account")
    assert dict(rows["status"]) == {
        **dict.fromkeys(("a", "flaky", "z"), "optimal"),
        **dict.fromkeys(("deadly", "endless", "hungry"), "failed"),
    }
    assert dict(rows["attempts"]) == {
        "a": 1,
        "deadly": 2,
        "endless": 1,
        "flaky": 2,
        "hungry": 1,
        "z": 1,
    }
    assert rows.loc["deadly", "fault"] == "its process died 2 times: signal 9"
    assert rows.loc["endless", "fault"] == "it took more than 12 seconds (--timeout)"
    assert "more memory" in str(rows.loc["hungry", "fault"])
    assert (summary.planned, summary.failed, len(summary.causes)) == (3, 3, 3)

    # Mended, they are done again only where that is asked for.
    monkeypatch.undo()
    stop_own()
    again = plan_accounts(asked, one_by_one())
    assert (again.kept, again.failed) == (6, 3)
    mended = plan_accounts(
        Asked(asked.accounts, asked.template, asked.results, retry_failed=True), one_by_one()
    )
    assert (mended.kept, mended.planned) == (3, 6)


def test_a_process_ends_when_its_parent_does(tmp_path) -> None:
    script = textwrap.dedent(
        """
        import os, sys
        from scenarios.batch.work.supervisor import _Worker
        worker = _Worker()
        worker._started()
        print(worker.process.pid, flush=True)
        os.kill(os.getpid(), 9)
        """
    )
    call = [sys.executable, "-c", script]
    done = subprocess.run(call, capture_output=True, text=True, check=False)
    child = int(done.stdout)
    for _ in range(100):
        try:
            os.kill(child, 0)
        except ProcessLookupError:
            return
        if Path(f"/proc/{child}/stat").read_text().split()[2] == "Z":
            return  # nobody has waited for it, but it is dead
        time.sleep(0.05)
    os.kill(child, signal.SIGKILL)
    pytest.fail("it lives on")

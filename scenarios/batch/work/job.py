"""What is asked of the accounts, and the parts in which engines hand it to their workers.

Everything here is plain data that goes over a wire; nothing heavy is imported.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from models.channel_fit.borrowing import ShapeSums
    from scenarios.definition.scenario import Scenario

Stage = Literal["learn", "plan", "respond"]
TIMEOUT, MEMORY = 600.0, 2.0  # seconds and GB that one account may take
LEARNT = "learnt"  # status of an account that has told what its data say of shapes
ANSWERED = "answered"  # status of an account that has told what it makes of any budget
ATTEMPTS = 2  # times that an account may take its process down


@dataclass(frozen=True)
class Source:
    """Where the accounts' rows lie.

    Parameters
    ----------
    name : as the person wrote it, without secrets
    by : the column that names the account
    url, query : of a database; secrets as ``${VARIABLE}``. None: the files that each part names
    """

    name: str
    by: str
    url: str | None = None
    query: str | None = None


@dataclass(frozen=True)
class Account:
    """One account.

    Parameters
    ----------
    value : its name as the database holds it, such as a number
    files : in which its rows stand; none of a database
    rows : how many it has
    """

    name: str
    value: Any = None
    files: tuple[str, ...] = ()
    rows: int = 0


@dataclass(frozen=True)
class Job:
    """What is the same for all accounts.

    Parameters
    ----------
    template : the scenario that each account is asked
    results : folder or fsspec URL of the results
    run : name of this run: what it has looked at is told apart by it
    retry_failed : do again what failed before on the same history
    with_plans : also keep each account's whole plan
    stage : "plan"; "respond": what an account makes of any budget; "learn": what its own data say
        of its channels' shapes
    shapes : what all accounts' data say of them, by grain and channel, to borrow from
    keeps_curves : keep the fitted curves, and take those of the same history
    timeout, memory : seconds and GB that one account may take
    """

    source: Source
    template: Scenario
    results: str
    run: str
    retry_failed: bool = False
    with_plans: bool = False
    stage: Stage = "plan"
    keeps_curves: bool = False
    shapes: Mapping[str, ShapeSums] = field(default_factory=dict)
    timeout: float = TIMEOUT
    memory: float = MEMORY


@dataclass(frozen=True)
class Part:
    """A few accounts whose rows lie together: what a worker gets at a time.

    Parameters
    ----------
    settings : ``key=value`` settings by account, where it has its own
    shares : of one budget, by account: its money, and the price at which that was found
    given_up : accounts that are recorded as failed without being tried again: why, and how often
        they were
    """

    job: Job
    name: str
    accounts: tuple[Account, ...]
    settings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    shares: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    given_up: Mapping[str, tuple[str, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Seen:
    """What a run has made of one account.

    Parameters
    ----------
    key : of its result: a hash of history, scenario and version
    is_new : not done on an earlier occasion
    attempts : how often it was begun in this run
    """

    account: str
    key: str
    status: str
    seconds: float
    is_new: bool
    attempts: int = 1

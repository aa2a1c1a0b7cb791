"""A limit of memory: Python runs out of it before the machine does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

UNKNOWN = 2_000_000_000  # bytes taken for held where the system does not tell

try:
    import resource
except ImportError:  # Windows has no such limit
    resource = None


@contextmanager
def limited(memory: float) -> Iterator[None]:
    """In this block the process may take so many GB beyond what it holds; MemoryError beyond."""
    if resource is None:
        yield
        return
    kind = getattr(resource, "RLIMIT_DATA", resource.RLIMIT_AS)
    before = resource.getrlimit(kind)
    most = _held() + int(memory * 1e9)
    resource.setrlimit(kind, (most if before[1] < 0 else min(most, before[1]), before[1]))
    try:
        yield
    finally:
        resource.setrlimit(kind, before)


def _held() -> int:
    """Bytes of data that the process holds now."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmData:"))
    except (OSError, StopIteration, ValueError):
        return UNKNOWN

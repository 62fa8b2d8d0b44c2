"""The command line run inside the test's own process: as a person meets it, without a start each time."""

from __future__ import annotations

import io
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass

from converter.cli import main


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


def ruleproof(*args: str) -> Done:
    """Exit code and what was printed."""
    out, err = io.StringIO(), io.StringIO()
    code: object = 0
    with redirect_stdout(out), redirect_stderr(err):
        try:
            main([*args])
        except SystemExit as ended:
            code = ended.code
    assert isinstance(code, int)
    return Done(code, out.getvalue(), err.getvalue())


def clean_error(done: Done) -> bool:
    """Exit code 2 with a diagnostic or click's own words, and no trace."""
    return done.code == 2 and "Traceback" not in done.err and ("error[" in done.err or "Error:" in done.err)

"""ES|QL pipelines over a list of events: three-valued logic, several values, types, every command that needs no
cluster. `run` gives the rows, `check` only verifies."""

from converter.matching.pipeline.run import Result, check, refuse_foreign, run

__all__ = ["Result", "check", "refuse_foreign", "run"]

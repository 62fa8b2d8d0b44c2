"""The file cannot be read as rules.

What: it is no valid TOML, JSON, YAML or documentation page, or its encoding is broken.
Why: no tool can load it, and no other check has looked at it. `ruleproof check` then ends with exit code 2.
Example: a TOML string whose quotes are never closed.
Instead: mend the file at the place shown.
"""

from __future__ import annotations

from converter.checks import Check

CHECK = Check("RP100", "unreadable-file", "error")

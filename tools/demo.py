"""`make demo`: port and prove the sample rules, export what is proven, show one of them in full."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RULEPROOF = [sys.executable, "-c", "from converter.cli import main; main()"]
SHOWN = "rules/defense_evasion/unusual_child_of_the_system_process/rule.md"


def run(*args: str) -> int:
    print("\n$ ruleproof " + " ".join(args), flush=True)
    return subprocess.run([*RULEPROOF, *args], cwd=ROOT, check=False).returncode


def main() -> int:
    codes = [
        run("port", SHOWN),
        run("fixtures", SHOWN),
        run(
            "prove", "-l", "eql",
            'process where process.name == "cmd.exe"', 'process where process.name : "cmd.exe"',
        ),
        run("export", "rules", "-o", "output"),
    ]  # fmt: skip
    defects = [code for code in codes if code not in (0, 1)]  # 1: findings, which the sample rules are meant to have
    print("\nThe exported forms lie under output/, the report in output/report.json.")
    return 1 if defects else 0


if __name__ == "__main__":
    sys.exit(main())

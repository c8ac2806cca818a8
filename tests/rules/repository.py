"""What the repository holds, as far as git would keep it: the ground on which the rules of the house stand."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def kept_files() -> list[Path]:
    """Every file that is tracked or would be by `git add`, absolute, sorted; deleted ones left out."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return [path for name in sorted(listing.stdout.split("\0")) if (path := ROOT / name).is_file()]

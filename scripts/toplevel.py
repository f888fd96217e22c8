"""Print what a wheel lays into site-packages; fail when it is more than the four rooms: ``toplevel.py WHEEL``."""

import sys
from pathlib import Path
from zipfile import ZipFile

ROOMS = {"tui", "collectors", "operations", "store"}


def main(wheel: Path) -> int:
    """Print the top level, one name a line; 1 when a room is missing or anything else is there."""
    with ZipFile(wheel) as archive:
        found = {name.split("/")[0] for name in archive.namelist()}
    packages = {name for name in found if not name.endswith(".dist-info")}
    print(*sorted(found), sep="\n")
    if packages != ROOMS:
        print(f"{wheel.name} holds {sorted(packages)}, not exactly {sorted(ROOMS)}", file=sys.stderr)
    return 0 if packages == ROOMS else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))

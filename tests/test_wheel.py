"""The wheel holds the four rooms with everything they read, asks for five packages and offers one command."""

import re
import subprocess
import sys
from collections.abc import Mapping
from email import message_from_bytes
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("collectors", "operations", "store", "tui")
BUILT = {".pyc", ".pyo"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, bytes]:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    with ZipFile(built) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def described(wheel: Mapping[str, bytes], name: str) -> bytes:
    return next(body for path, body in wheel.items() if path.endswith(f".dist-info/{name}"))


def test_the_top_level_is_the_four_rooms_and_nothing_else(wheel: Mapping[str, bytes]) -> None:
    top = {name.split("/")[0] for name in wheel}
    assert sorted(name for name in top if not name.endswith(".dist-info")) == list(ROOMS)


def test_every_file_of_a_room_is_in_the_wheel(wheel: Mapping[str, bytes]) -> None:
    kept = {
        path.relative_to(ROOT).as_posix()
        for room in ROOMS
        for path in (ROOT / room).rglob("*")
        if path.is_file() and path.suffix not in BUILT
    }
    assert {name for name in wheel if name.split("/")[0] in ROOMS} == kept


def test_the_wheel_asks_for_five_packages(wheel: Mapping[str, bytes]) -> None:
    metadata = message_from_bytes(described(wheel, "METADATA"))
    asked = {re.split(r"[<>=~! ;]", line)[0] for line in metadata.get_all("Requires-Dist", [])}
    assert asked == {"textual", "duckdb", "httpx", "pyarrow", "croniter"}


def test_the_wheel_offers_one_command_and_carries_its_licence(wheel: Mapping[str, bytes]) -> None:
    assert described(wheel, "entry_points.txt").decode().split("\n")[:2] == [
        "[console_scripts]",
        "llmops-tui = tui.cli:main",
    ]
    assert described(wheel, "licenses/LICENSE") == (ROOT / "LICENSE").read_bytes()


@pytest.mark.parametrize("name", sorted(path.name for path in (ROOT / "requirements").glob("*.txt")))
def test_a_requirement_file_pins_by_hash_and_names_no_address(name: str) -> None:
    text = (ROOT / "requirements" / name).read_text()
    pins = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
    assert pins
    assert all("==" in line for line in pins)
    assert text.count("--hash=sha256:") >= len(pins)
    assert "://" not in text
    assert "--find-links" not in text

"""Draw the README's picture, as SVG and PNG, from the real program on the demo's store: ``picture.py [FOLDER]``.

With a folder, a demo kept there (``llmops-tui demo --folder``) is drawn; without one, a new demo is played first.
"""

import asyncio
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import cairosvg

from tui import terminal

ROOT = Path(__file__).parents[1]
SVG = ROOT / "docs" / "portfolio.svg"
SIZE = (120, 22)
PROGRAM = Path(sys.executable).with_name("llmops-tui")
# Textual names a web font: a picture must ask nobody for anything, and cairosvg draws only installed fonts.
WEB_FONT = re.compile(r"@font-face\s*\{[^}]*\}\s*")
FONTS = "'DejaVu Sans Mono', Menlo, Consolas, monospace"


async def draw(config: Path) -> str:
    """Open the screens on the store of a configuration and give what they show, when live rows have come."""
    terminal.prepare(os.environ)
    from tui.app import LlmopsApp, Options  # late: Textual reads its settings when it is imported
    from tui.viewing import load_view

    app = LlmopsApp(load_view(config, os.environ).folder, Options())
    async with app.run_test(size=SIZE) as pilot:
        while not app.systems:
            await pilot.pause(0.1)
        await app.workers.wait_for_complete()
        await pilot.pause()
        return app.export_screenshot(title="llmops-tui")


def plain(svg: str) -> str:
    """Take the web font out and name fonts that machines have."""
    named = re.sub(r"font-family:\s*Fira Code[^;]*;", f"font-family: {FONTS};", WEB_FONT.sub("", svg))
    return "".join(f"{line.rstrip()}\n" for line in named.splitlines() if line.strip())


def main() -> None:
    """Play a demo unless one is kept, and write both pictures."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(sys.argv[1] if len(sys.argv) > 1 else scratch).absolute()
        if not (folder / "config.toml").exists():
            subprocess.run([str(PROGRAM), "demo", "--headless", "--folder", str(folder)], check=True, stdout=sys.stderr)
        svg = plain(asyncio.run(draw(folder / "config.toml")))
    SVG.parent.mkdir(exist_ok=True)
    SVG.write_text(svg)
    one_font = svg.replace(FONTS, "DejaVu Sans Mono")
    cairosvg.svg2png(bytestring=one_font.encode(), write_to=str(SVG.with_suffix(".png")))
    print(SVG)


if __name__ == "__main__":
    main()

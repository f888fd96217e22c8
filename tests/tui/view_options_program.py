"""``llmops-tui view`` with the options in ``OPTIONS``, over the store in ``STORE``."""

import os
import sys
from pathlib import Path

from tui.cli import main

folder = Path(os.environ["STORE"])
configuration = folder.parent / f"view-{os.getpid()}.toml"
configuration.write_text(f'[portfolio]\nname = "test"\n[store]\nfolder = "{folder}"\n')
sys.exit(main(["--config", str(configuration), "view", *os.environ["OPTIONS"].split()]))

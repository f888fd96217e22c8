"""The command that opens the screens, over the store in ``STORE`` (its configuration is written beside it)."""

import os
import sys
from pathlib import Path

from tui.cli import main

folder = Path(os.environ["STORE"])
configuration = folder.parent / f"view-{os.getpid()}.toml"
configuration.write_text(f'[portfolio]\nname = "test"\n[store]\nfolder = "{folder}"\n[interface]\nrefresh = "1s"\n')
sys.exit(main(["--config", str(configuration), *sys.argv[1:]]))

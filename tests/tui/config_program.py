"""The command that opens the screens of the configuration in ``CONFIG``."""

import os
import sys

from tui.cli import main

sys.exit(main(["--config", os.environ["CONFIG"], *sys.argv[1:]]))

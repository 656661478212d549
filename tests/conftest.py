"""What all tests share."""

import sys
from pathlib import Path

# `support` is shared by the tests and is no package of the project.
sys.path.insert(0, str(Path(__file__).parent))

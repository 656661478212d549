"""What `tradeseal node run` becomes once it has looked at everything: a supervisor and no more.

    python -m node.network FOLDER

The command has loaded the whole API by then, a hundred megabytes that nobody needs for months of
waiting for three processes.
"""

import logging
import os
import sys
from pathlib import Path

from chain.errors import LedgerError
from chain.observability.logs import configure_logging
from node.errors import NodeError
from node.network.run import find_programs, open_run, run_organisations


def main() -> int:
    """Run the organisation in a folder until interrupted; return the process's exit code."""
    configure_logging(None)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        run_organisations([open_run(Path(sys.argv[1]), os.environ)], find_programs(os.environ))
    except (NodeError, LedgerError, OSError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""`python -m deepspace_worker`."""

import sys

from deepspace_worker.main import main

sys.exit(main())

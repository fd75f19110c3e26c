"""Whether this process is our own, as the command line's is, or a program's that uses imagelint as a library.

Only in our own are imports eased by what stands in sys.modules for a moment, workers forked, and signals answered: in
somebody else's, threads that we know nothing of would see the one, or be lost by the other.
"""

from __future__ import annotations

own = False
"""Set by the command line before all else, and never by the library."""

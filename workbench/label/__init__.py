"""Labels: read, write, convert and check them. What passes on is a table.

Names are brought in when they are first used: a helper process imports the one reader it needs, and no tables.
"""

from __future__ import annotations

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

"""Train: detectors behind one small interface, a budget in batches, predictions made once.

Nothing heavy is imported here: each name is fetched from its module when it is first used.
"""

from __future__ import annotations

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

"""A data-centric workbench for object detection: collect, label, train, see why it failed, decide.

```python
import workbench as wb

p = wb.Project.create("plates", classes=["plate"])
p.collect("photos/", labels="photos/xml", source="web")
run = p.train(p.snapshot("first fifty"), batches=120)
ev = p.test().evaluate(run, confidence=0.5)
ev.explore()
p.decide(ev, keep=True, because="…")
```

Names are brought in when they are first used, so that importing the package costs next to nothing.
"""

from __future__ import annotations

import lazy_loader

__version__ = "0.2.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

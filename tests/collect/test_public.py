"""The room's public names: each is what it says, whichever module was imported first."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

import pytest

from workbench import collect


@pytest.mark.parametrize("name", collect.__all__)
def test_collect__a_name_is_never_hidden_by_a_module(name):
    for module in pkgutil.iter_modules(collect.__path__):
        importlib.import_module(f"workbench.collect.{module.name}")
    assert not isinstance(getattr(collect, name), ModuleType)


def test_collect__says_what_is_not_there():
    with pytest.raises(AttributeError, match="luck"):
        _ = collect.luck

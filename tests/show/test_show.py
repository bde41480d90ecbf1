from __future__ import annotations

import subprocess
import sys

import pytest

import workbench.show


def test_import__loads_nothing_heavy():
    code = (
        "import sys, workbench.show; dir(workbench.show);"
        "print([m for m in ('matplotlib', 'fiftyone', 'ipywidgets', 'jinja2', 'PIL', 'torch') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", workbench.show.__all__)
def test_public_names__are_there_and_documented(name):
    assert getattr(workbench.show, name).__doc__


def test_public_names__gallery_stays_the_function_after_its_module_is_loaded():
    import workbench.show.pages.gallery

    assert callable(workbench.show.gallery)
    with pytest.raises(AttributeError):
        workbench.show.nothing_of_that_name  # noqa: B018

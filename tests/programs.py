"""Programs that tests run what tracker makes in; ``make test`` installs them where it may."""

from __future__ import annotations

import os
import shutil

import pytest

_PACKAGES = {"man": "man-db"}


def needed(*names: str) -> str:
    """The path of the first of *names* that is there.

    Without any the test is left out with a sentence that says so, except in continuous integration,
    where that is a failure.
    """
    for name in names:
        path = shutil.which(name)
        if path is not None:
            return path
    package = _PACKAGES.get(names[0], names[0])
    missing = f"there is no {names[0]} on the path; install the package called {package}"
    if os.environ.get("CI") == "true":
        pytest.fail(missing)
    pytest.skip(missing)

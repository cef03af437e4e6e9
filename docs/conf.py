"""How the site is made of these pages: ``make docs``. Nothing is fetched while it is made.

The pages are plain Markdown, to be read where the code is read too. What only the site can show
stands in them as a comment: ``<!-- picture: NAME -->`` becomes the picture of that name in
``pictures.py``, which is drawn by the tool itself while the site is built, ``<!-- schemas -->`` a
table of the JSON Schemas beside the page, with the files to take along, and ``<!-- file: NAME -->``
the name above the block that follows.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar
from xml.etree import ElementTree as ET

from pygments.lexer import RegexLexer, bygroups
from pygments.lexers.special import TextLexer
from pygments.token import Generic

if TYPE_CHECKING:
    from sphinx.application import Sphinx

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))  # this checkout's tracker, whatever is installed

from tracker import __version__  # noqa: E402

project = "tracker"
author = "the authors of tracker"
copyright = author  # noqa: A001 (the name is Sphinx's)
version = release = __version__

extensions = ["myst_parser"]
exclude_patterns = ["_build"]
myst_heading_anchors = 3
highlight_language = "text"
nitpicky = True
# A doctest whose traceback is cut short with "…" is no Python to Pygments.
suppress_warnings = ["misc.highlighting_failure"]
smartquotes = False  # what is written here is meant: --option is no dash

html_theme = "furo"
html_title = "tracker"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_copyright = False
html_show_sphinx = False

_PICTURE = re.compile(r"^<!-- picture: ([a-z0-9-]+) -->$", re.MULTILINE)
_FILE = re.compile(r"^<!-- file: (\S+) -->\n\n?```(\w+)\n", re.MULTILINE)
_FIGURE = """\
```{{figure}} {path}
:alt: "{alt}"
:figclass: picture
:target: {path}
```"""


class SessionLexer(RegexLexer):  # type: ignore[misc]  # Pygments says nothing of its types.
    """Sets what is typed apart from what comes back; Pygments' own colours half of each date."""

    name = "Session"
    tokens: ClassVar = {
        "root": [
            (r"(\$ )((?:.*\\\n)*.*\n)", bygroups(Generic.Prompt, Generic.Strong)),
            (r".*\n", Generic.Output),
        ]
    }


def setup(app: Sphinx) -> dict[str, bool]:
    """Draw the pictures before anything is read, and put them where the pages have them."""
    for plain in ("csv", "sh"):
        app.add_lexer(plain, TextLexer)
    app.add_lexer("console", SessionLexer)
    app.connect("builder-inited", draw)
    app.connect("source-read", put_pictures)
    app.connect("source-read", put_schemas)
    app.connect("source-read", name_files)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def pictures(app: Sphinx) -> Path:
    """Where the pictures of this build are: in the build tree, never among the sources."""
    return Path(app.doctreedir) / "pictures"


def draw(app: Sphinx) -> None:
    """Draw every picture, in a process whose clock can be set without setting Sphinx's."""
    folder = pictures(app)
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run([sys.executable, HERE / "pictures.py", folder], check=True)  # noqa: S603 (our own)


def put_pictures(app: Sphinx, docname: str, source: list[str]) -> None:
    """Replace each comment that names a picture by the picture."""
    page = Path(app.srcdir, docname).parent

    def figure(found: re.Match[str]) -> str:
        file = pictures(app) / f"{found[1]}.svg"
        alt = ET.parse(file).findtext("{*}desc", "")  # noqa: S314 (it was drawn just now)
        path = Path(os.path.relpath(file, page)).as_posix()
        return _FIGURE.format(path=path, alt=alt.replace('"', "'"))

    source[0] = _PICTURE.sub(figure, source[0])


def name_files(_app: Sphinx, _docname: str, source: list[str]) -> None:
    """Say above each block that is a file what it is called, which a comment does not show."""
    source[0] = _FILE.sub(r"```{code-block} \2\n:caption: \1\n\n", source[0])


def put_schemas(app: Sphinx, docname: str, source: list[str]) -> None:
    """Replace the comment for them by what each schema beside the page says that it describes."""
    files = sorted(Path(app.srcdir, docname).parent.glob("*.json"))
    rows = [f"| [{file.name}]({file.name}) | {described(file)} |\n" for file in files]
    table = "| schema | what it describes |\n|---|---|\n" + "".join(rows)
    source[0] = source[0].replace("<!-- schemas -->\n", table)


def described(file: Path) -> str:
    """What the schema in *file* says of itself."""
    schema = json.loads(file.read_text(encoding="utf-8"))
    return str(schema.get("description") or f"{schema['title']}.")

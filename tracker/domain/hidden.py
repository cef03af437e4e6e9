"""Characters that nobody sees and that steer what everybody sees, for whoever writes text out.

Characters of direction make `exe.fdp` read `pdf.exe`, tag characters carry text of their own, and
some programs break lines where others do not. Joiners (U+200C, U+200D) are not among them: Hindi
needs them to be spelt rightly.
"""

from __future__ import annotations

from typing import Final

HIDDEN: Final = (
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # direction: marks, overrides, isolates
    "\u2028\u2029"  # separators of lines and paragraphs
    "\u2060\ufeff"  # zero-width and no-break: word joiner, byte order mark
    "\u206a-\u206f\ufff9-\ufffb"  # deprecated formatting, interlinear annotation
    "\ud800-\udfff"  # lone surrogates: no encoding takes them
    "\U000e0000-\U000e007f"  # tags
)
"""The ranges of a regular expression's class; the control characters are not among them."""

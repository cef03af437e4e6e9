"""Tables: fitted to a terminal, or aligned and uncut for a pipe."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, TextIO

from tracker.render import colors
from tracker.render.safe import escape
from tracker.render.widths import Align, pad, text_width, wrap

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console
    from rich.table import Table

    from tracker.render.columns import Column, Item

GAP = 2
_LEAST = 24  # no word of a column keeps more than this together, in a wide column less
_LEAST_WIDE = 16

Row = tuple[str, ...]


def aligned(
    items: Iterable[Item],
    columns: Sequence[Column],
    out: TextIO,
    empty: str,
    caption: str | None,
    *,
    color: bool = False,
) -> int:
    """Write plain text for a pipe or a file: a line a row, cells whole, two blanks between."""
    rows, styles = _cells(items, columns, styled=color)
    if not rows:
        out.write(f"{escape(empty)}\n")
        return 0
    titles = tuple(escape(column.title) for column in columns)
    cells = zip(*(titles, *rows), strict=True)
    padded = [_padded(each, column.align) for each, column in zip(cells, columns, strict=True)]
    if color:
        heads = [colors.HEADING] * len(columns)
        painted = zip(padded, zip(heads, *styles, strict=True), strict=True)
        padded = [list(map(_painted, *column)) for column in painted]
    out.writelines((" " * GAP).join(row).rstrip() + "\n" for row in zip(*padded, strict=True))
    if caption:
        out.write(f"\n{escape(caption)}\n")
    return len(rows)


def _cells(
    items: Iterable[Item], columns: Sequence[Column], *, styled: bool
) -> tuple[list[Row], list[list[str | None]]]:
    """The cells of every row, and their styles if *styled*."""
    rows: list[Row] = []
    styles: list[list[str | None]] = []
    for item in items:
        rows.append(tuple(column.cell(item) for column in columns))
        if styled:
            styles.append([column.style(item) if column.style else None for column in columns])
    return rows, styles


def _painted(cell: str, style: str | None) -> str:
    """*cell* in *style*, the blanks around it left bare."""
    text = cell.strip(" ")
    return cell.replace(text, colors.paint(text, style, color=True), 1) if text else cell


def _padded(cells: Sequence[str], align: Align) -> list[str]:
    """*cells* of one column, filled up with blanks to the widest."""
    width = max(map(text_width, cells))
    if all(map(str.isascii, cells)):
        fill = str.rjust if align == "right" else str.ljust
        return [fill(cell, width) for cell in cells]
    return [pad(cell, width, align) for cell in cells]


def fitted(
    items: Iterable[Item],
    columns: Sequence[Column],
    out: TextIO,
    color: bool,  # noqa: FBT001
    width: int | None,
    empty: str,
    caption: str | None,
) -> int:
    """Write a table that fits a terminal: cells wrap, and nothing is cut.

    Where even wrapped columns would not fit, each item becomes a block of `title  value` lines.
    """
    width = width or shutil.get_terminal_size().columns
    rows, styles = _cells(items, columns, styled=True)
    console = _console(out, color=color, width=width)
    if not rows:
        console.print(escape(empty))
        return 0
    if (table := _fitted_table(columns, rows, styles, width)) is not None:
        console.print(table)
    else:
        _print_blocks(console, columns, rows, styles, width)
    if caption:
        console.print()
        console.print(escape(caption), style="dim")
    return len(rows)


def _fitted_table(
    columns: Sequence[Column],
    rows: Sequence[Row],
    styles: Sequence[Sequence[str | None]],
    width: int,
) -> Table | None:
    """The table of all columns but the spare ones; None where they do not fit."""
    kept = [n for n, column in enumerate(columns) if not column.spare]
    shown = [columns[n] for n in kept]
    cells = [tuple(row[n] for n in kept) for row in rows]
    widths = _fit(shown, cells, width - GAP * (len(shown) - 1))
    if widths is None:
        return None
    return _table(shown, cells, [[row[n] for n in kept] for row in styles], widths)


def _console(out: TextIO, *, color: bool, width: int) -> Console:
    from rich.console import Console

    # Sixteen colours, because those the reader has chosen; no markup, because `[red]` in a
    # recorded text is a text.
    return Console(
        file=out,
        width=width,
        color_system="standard" if color else None,
        force_terminal=color,
        no_color=not color,
        markup=False,
        emoji=False,
        highlight=False,
        legacy_windows=False,
    )


def _natural_widths(rows: Sequence[Row]) -> list[int]:
    return [max(map(text_width, cells)) for cells in zip(*rows, strict=True)]


def _longest_words(rows: Sequence[Row]) -> list[int]:
    # Dates, slugs and names are read whole: a column may break between words, hardly inside them.
    return [
        max(text_width(word) for cell in cells for word in cell.split(" "))
        for cells in zip(*rows, strict=True)
    ]


def _fit(columns: Sequence[Column], rows: Sequence[Row], room: int) -> list[int] | None:
    """Give each column a width so that all fit in *room*; None where they would be too narrow."""
    cells = [tuple(escape(column.title) for column in columns), *rows]
    widths = _natural_widths(cells)
    floors = [
        min(longest, _LEAST_WIDE if column.wide else _LEAST)
        for longest, column in zip(_longest_words(cells), columns, strict=True)
    ]
    if sum(floors) > room:
        return None
    for may_shrink in ([column.wide for column in columns], [True] * len(columns)):
        _shrink(widths, floors, may_shrink, room)
    return widths


def _shrink(widths: list[int], floors: list[int], may_shrink: list[bool], room: int) -> None:
    """Take cells from the widest columns first, down to their floors, until all fit."""
    over = sum(widths) - room
    while over > 0:
        open_columns = [n for n, may in enumerate(may_shrink) if may and widths[n] > floors[n]]
        if not open_columns:
            return
        widest = max(open_columns, key=lambda n: widths[n])
        rest = [widths[n] for n in open_columns if widths[n] < widths[widest]]
        step = max(1, min(over, widths[widest] - max([floors[widest], *rest])))
        widths[widest] -= step
        over -= step


def _table(
    columns: Sequence[Column],
    rows: Sequence[Row],
    styles: Sequence[Sequence[str | None]],
    widths: Sequence[int],
) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(
        box=box.SIMPLE,
        header_style="bold",
        show_edge=False,
        pad_edge=False,
        collapse_padding=True,  # one blank of padding and one of the box: the gap of two
    )
    for column, width in zip(columns, widths, strict=True):
        title = Text(escape(column.title))
        table.add_column(title, justify=column.align, width=width, overflow="fold")
    for row, row_styles in zip(rows, styles, strict=True):
        cells = zip(row, row_styles, strict=True)
        table.add_row(*(Text(cell, style=style or "") for cell, style in cells))
    return table


def _print_blocks(
    console: Console,
    columns: Sequence[Column],
    rows: Sequence[Row],
    styles: Sequence[Sequence[str | None]],
    width: int,
) -> None:
    from rich.text import Text

    titles = [escape(column.title) for column in columns]
    label = min(max(map(text_width, titles)), width // 2)
    for number, (row, row_styles) in enumerate(zip(rows, styles, strict=True)):
        if number:
            console.print()
        for title, cell, style in zip(titles, row, row_styles, strict=True):
            if not cell:
                continue
            names = wrap(title, label)
            values = wrap(cell, width - label - GAP)
            for line in range(max(len(names), len(values))):
                name = names[line] if line < len(names) else ""
                value = values[line] if line < len(values) else ""
                text = Text.assemble((pad(name, label), "bold"), " " * GAP, (value, style or ""))
                console.print(text, soft_wrap=True)

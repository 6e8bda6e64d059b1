"""A report as one HTML page: no script, no other file, nothing fetched.

Plots are inline SVG with their numbers in a table below, so that nothing is said by colour or shape alone.
All text goes through `html.escape`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from math import log

from stream_scrubber.leakage.describe import share
from stream_scrubber.leakage.exact import Measured
from stream_scrubber.leakage.figures import SMALLEST_COUNT, clamp_count
from stream_scrubber.leakage.report import FieldFigures, Report

RAW, CLEAN = "raw", "clean"

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 560, 240, 46, 34, 14

STYLE = """
:root{color-scheme:light
dark;--ink:#1d2430;--soft:#5b6575;--line:#d5dae2;--page:#fff;--raw:#b4491f;--clean:#1f6fb4}
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ef;--soft:#a3adbd;--line:#3a4250;--page:#14181f;
--raw:#f0915f;--clean:#6db5f2}} body{font:16px/1.5
system-ui,sans-serif;color:var(--ink);background:var(--page);max-width:62rem;margin:2rem auto; padding:0 1rem}
h1{font-size:1.6rem}h2{margin-top:2.5rem;border-bottom:1px solid var(--line)}h3{margin-top:1.8rem}
table{border-collapse:collapse;font-size:.92rem;display:block;overflow-x:auto}
caption{text-align:left;color:var(--soft);padding:.3rem 0} th,td{border-bottom:1px solid
var(--line);padding:.3rem .7rem;text-align:right;vertical-align:top}
th:first-child,td:first-child,td.words{text-align:left}
.soft{color:var(--soft)}svg{max-width:100%;height:auto}svg text{fill:var(--soft);font:12px
system-ui,sans-serif}
.raw{stroke:var(--raw);fill:none}.clean{stroke:var(--clean);fill:none}.grid{stroke:var(--line)}
rect.raw{fill:var(--raw);stroke:none}rect.clean{fill:var(--clean);stroke:none}
circle.raw{fill:var(--raw)}circle.clean{fill:var(--clean)}line.raw,polyline.raw{stroke-dasharray:6
4;stroke-width:2} polyline.clean,line.clean{stroke-width:2}
"""


def render(report: Report) -> str:
    """The whole page."""
    title = escape(report.title)
    body = "".join(
        (
            f"<h1>{title}</h1>",
            _head(report),
            *(_set(name, report) for name in dict.fromkeys(one.name for one in report.measured)),
            _attacks(report),
            _fields(report.fields),
            _residuals(report),
            _words(report),
        )
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none';style-src 'unsafe-inline'\">"
        f"<title>{title}</title><style>{STYLE}</style></head><body><main>{body}</main></body></html>\n"
    )


def _head(report: Report) -> str:
    apart = f", and {report.unattributed} records that name nobody" if report.unattributed else ""
    empty = f"<p><strong>{escape(report.why_empty)}</strong></p>" if report.why_empty else ""
    return (
        f"<p>{report.records} records of {report.subjects} people{apart}. "
        f"Window: {escape(str(report.window))}. "
        "The same records before and after scrubbing, against the same people.</p>"
        "<p class=soft>Every figure is an attack that was tried or counted. A small one is not a promise: "
        "another set of fields, a longer window or knowledge from elsewhere may tell more.</p>" + empty
    )


def _set(name: str, report: Report) -> str:
    sides = {one.side: one for one in report.measured if one.name == name}
    raw, clean = sides[RAW], sides[CLEAN]
    rows = [
        ("different combinations", *(str(round(one.spread.tuples)) for one in (raw, clean))),
        ("combinations that one person had", *(share(one.spread.unique_tuples) for one in (raw, clean))),
        ("bits still to be guessed", *(f"{one.spread.anonymity_log2:.2f}" for one in (raw, clean))),
        ("entropy, bits", *(f"{one.spread.entropy_log2:.2f}" for one in (raw, clean))),
        ("one best guess is right", *(share(one.spread.bayes_vulnerability) for one in (raw, clean))),
        *_unicity_rows(raw, clean),
    ]
    below = [
        (f"fewer than {before.k} people", share(before.share), share(after.share))
        for before, after in zip(raw.spread.records_below, clean.spread.records_below, strict=True)
    ]
    return (
        f"<h2>{escape(name)}</h2>"
        + _table(("", "before", "after"), rows)
        + "<h3>How many people share a record's combination</h3>"
        + _curves(name, raw, clean)
        + _table(("records whose combination was had by", "before", "after"), below)
    )


def _unicity_rows(raw: Measured, clean: Measured) -> Iterable[tuple[str, str, str]]:
    for before, after in zip(raw.unicity, clean.unicity, strict=True):
        cells = []
        for one in (before, after):
            low, high = one.interval
            if one.trials < SMALLEST_COUNT:
                cells.append(f"no figure: fewer than {SMALLEST_COUNT} trials")
            else:
                cells.append(f"{share(one.share)} ({share(low)} to {share(high)}, {one.trials} trials)")
        yield (f"alone with {before.points} points of a trace", cells[0], cells[1])


def _attacks(report: Report) -> str:
    if not report.attacks:
        return ""
    rows = []
    for name, one in report.attacks:
        low, high = one.interval
        few = one.trials < SMALLEST_COUNT
        told = "no figure" if few else f"{share(one.share)} ({share(low)} to {share(high)})"
        rows.append((f"{one.name}, {name}", told, str(clamp_count(one.trials)), share(one.baseline)))
    return "<h2>Attacks on the clean records</h2>" + _table(("attack", "right", "trials", "by chance"), rows)


def _fields(fields: Sequence[FieldFigures]) -> str:
    if not fields:
        return ""
    rows = [
        (
            one.field,
            _bits(one.raw_entropy_log2),
            _bits(one.clean_entropy_log2),
            "no figure" if one.loss is None else share(one.loss.loss),
            "no figure" if one.loss is None else share(one.loss.suppressed),
        )
        for one in fields
    ]
    head = ("field", "entropy before", "entropy after", "utility lost", "of it gone")
    return "<h2>Fields</h2>" + _bars(fields) + _table(head, rows)


def _residuals(report: Report) -> str:
    rows = [(one.field, one.entity, one.detector, str(one.records)) for one in report.residuals]
    text = f"<p>{report.scanned} clean records were read by detectors other than those that scrubbed"
    if not rows:
        return f"<h2>What was still found</h2>{text}. They found nothing.</p>"
    return f"<h2>What was still found</h2>{text}.</p>" + _table(("field", "found", "detector", "records"), rows)


def _words(report: Report) -> str:
    head = ("figure", "value", "attack", "window", "trials", "baseline")
    rows = [(one.figure, one.value, one.attack, one.window, one.trials, one.baseline) for one in report.told]
    return "<h2>Every figure in words</h2>" + _table(head, rows, words=True)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], *, words: bool = False) -> str:
    cell = "<td class=words>" if words else "<td>"
    top = "".join(f'<th scope="col">{escape(text)}</th>' for text in head)
    lines = "".join("<tr>" + "".join(f"{cell}{escape(text)}</td>" for text in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{top}</tr></thead><tbody>{lines}</tbody></table>"


def _bits(value: float | None) -> str:
    return "no figure" if value is None else f"{value:.2f}"


def _curves(name: str, raw: Measured, clean: Measured) -> str:
    """Share of records below k over k, on a logarithmic axis."""
    ks = [one.k for one in raw.spread.records_below]
    least, most = log(ks[0]), log(ks[-1])

    def x(k: int) -> float:
        return LEFT + (WIDTH - LEFT - 20) * (log(k) - least) / (most - least if most > least else 1)

    def y(part: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (1 - part)

    marks = "".join(
        f'<line class="grid" x1="{LEFT}" x2="{WIDTH - 20}" y1="{y(part):.1f}" y2="{y(part):.1f}"/>'
        f'<text x="{LEFT - 6}" y="{y(part) + 4:.1f}" text-anchor="end">{part:.0%}</text>'
        for part in (0, 0.25, 0.5, 0.75, 1)
    ) + "".join(f'<text x="{x(k):.1f}" y="{HEIGHT - 16}" text-anchor="middle">{k}</text>' for k in ks)
    lines = ""
    for side, one in ((RAW, raw), (CLEAN, clean)):
        points = [(x(below.k), y(below.share)) for below in one.spread.records_below]
        line = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
        dots = "".join(f'<circle class="{side}" cx="{a:.1f}" cy="{b:.1f}" r="3"/>' for a, b in points)
        lines += f'<polyline class="{side}" points="{line}"/>{dots}'
    what = f"Share of records of {name} whose combination fewer than k people had, before and after scrubbing"
    return _svg(what, HEIGHT, marks + lines + _legend(WIDTH - 190, HEIGHT - 2))


def _bars(fields: Sequence[FieldFigures]) -> str:
    """Entropy before and after, two bars a field."""
    widest = max((max(one.raw_entropy_log2 or 0, one.clean_entropy_log2 or 0) for one in fields), default=0) or 1
    room, start, step = WIDTH - 300, 240, 30
    parts = ""
    for at, one in enumerate(fields):
        top = TOP + at * step
        parts += f'<text x="{start - 8}" y="{top + 14}" text-anchor="end">{escape(_short(one.field))}</text>'
        for down, side, bits in ((0, RAW, one.raw_entropy_log2), (10, CLEAN, one.clean_entropy_log2)):
            width = room * (bits or 0) / widest
            parts += f'<rect class="{side}" x="{start}" y="{top + down}" width="{width:.1f}" height="8"/>'
            parts += f'<text x="{start + width + 5:.1f}" y="{top + down + 8}">{_bits(bits)}</text>'
    height = TOP + len(fields) * step + 24
    return _svg(
        "Entropy of each field in bits, before and after scrubbing",
        height,
        parts + _legend(start, height - 4),
    )


def _short(name: str) -> str:
    return name if len(name) <= 32 else f"…{name[-31:]}"


def _legend(x: int, y: int) -> str:
    return "".join(
        f'<line class="{side}" x1="{x + shift}" x2="{x + shift + 24}" y1="{y - 4}" y2="{y - 4}"/>'
        f'<text x="{x + shift + 30}" y="{y}">{word}</text>'
        for shift, side, word in ((0, RAW, "before"), (95, CLEAN, "after"))
    )


def _svg(what: str, height: int, parts: str) -> str:
    return (
        f'<svg role="img" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'xmlns="http://www.w3.org/2000/svg"><title>{escape(what)}</title>{parts}</svg>'
    )

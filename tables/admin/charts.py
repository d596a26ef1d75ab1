"""Charts for unfold's chart component, each with a table of the same figures for people who cannot see it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

# Each differs from the others and stands out on light and dark backgrounds. The first is unfold's own.
COLORS = (
    "var(--color-primary-600)",
    "#0d9488",
    "#d97706",
    "#db2777",
    "#0284c7",
    "#65a30d",
    "#7c3aed",
    "#78716c",
)
_DASHES: tuple[list[int], ...] = ([], [6, 4], [2, 3])
# Readable on light and dark backgrounds.
_TEXT = "#767e8b"


@dataclass(frozen=True)
class Series:
    """One line of a chart, or its bars of one kind."""

    label: str
    values: Sequence[int]


@dataclass(frozen=True)
class FigureTable:
    """Figures as rows under headings."""

    headings: Sequence[str]
    rows: Sequence[Sequence[object]]

    @property
    def cells(self) -> list[list[tuple[str, object]]]:
        """The rows, each cell with its heading."""
        return [list(zip(self.headings, row, strict=True)) for row in self.rows]


@dataclass(frozen=True)
class Chart:
    """Figures by label, as lines or bars, and a table of all of them."""

    title: str
    labels: Sequence[str]
    series: Sequence[Series]
    table: FigureTable
    kind: str = "line"
    stacked: bool = False
    note: str = ""
    folded: bool = False

    @property
    def data(self) -> str:
        """The data that Chart.js draws, as JSON."""
        datasets = [self._dataset(n, series) for n, series in enumerate(self.series)]
        return json.dumps({"labels": list(self.labels), "datasets": datasets})

    def _dataset(self, n: int, series: Series) -> dict[str, object]:
        color = COLORS[n % len(COLORS)]
        drawn: dict[str, object] = {"label": series.label, "data": list(series.values), "borderColor": color}
        if self.kind == "line":
            return {
                **drawn,
                "backgroundColor": color,
                "borderDash": _DASHES[n % len(_DASHES)],
                "pointRadius": 2,
            }
        return {**drawn, "backgroundColor": color, "maxBarThickness": 48}

    @property
    def options(self) -> str:
        """The options of Chart.js, as JSON: thousands separators, a legend, space for labels."""
        ticks = {"color": _TEXT}
        return json.dumps(
            {
                "responsive": True,
                "maintainAspectRatio": False,
                "animation": False,
                "locale": "en-US",
                "interaction": {"mode": "index", "intersect": False},
                "plugins": {"legend": self._legend},
                "scales": {
                    "x": {
                        "stacked": self.stacked,
                        "grid": {"display": False},
                        "ticks": {**ticks, "maxTicksLimit": 12, "maxRotation": 45},
                    },
                    "y": {
                        "stacked": self.stacked,
                        "beginAtZero": True,
                        "grid": {},
                        "ticks": {**ticks, "precision": 0, "maxTicksLimit": 6},
                    },
                },
            }
        )

    @property
    def _legend(self) -> dict[str, object]:
        style = "line" if self.kind == "line" else "rect"
        labels = {"color": _TEXT, "usePointStyle": True, "pointStyle": style}
        return {"display": len(self.series) > 1, "position": "bottom", "labels": labels}

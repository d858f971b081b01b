"""Medians over the rounds, and ratios within each round, as Markdown."""

import statistics


class Report:
    def __init__(self):
        # Row → (unit, server → one value a round).
        self.rows = {}
        self.notes = []

    def add(self, row, unit, server, value):
        self.rows.setdefault(row, (unit, {}))[1].setdefault(server, []).append(value)

    def note(self, text):
        if text not in self.notes:
            self.notes.append(text)

    def markdown(self, servers, rows=()):
        """All rows, or those that are named."""
        base, *others = servers
        lines = [f"| | unit | {' | '.join(servers)} |", "|---|---|" + "---:|" * len(servers)]
        for row, (unit, values) in self.rows.items():
            if rows and row not in rows:
                continue
            cells = [cell(values.get(base), None)] + [cell(values.get(name), values.get(base)) for name in others]
            lines.append(f"| {row} | {unit} | {' | '.join(cells)} |")
        return "\n".join(lines)

    def data(self):
        return {"rows": {row: {"unit": unit, "values": values} for row, (unit, values) in self.rows.items()}, "notes": self.notes}


def cell(values, base):
    """The median; beside another server's values the ratio to them, with its smallest and largest."""
    if not values:
        return "–"
    text = number(statistics.median(values))
    ratios = [one / other for one, other in zip(values, base or ()) if other]
    if not ratios:
        return text
    return f"{text} · **{number(statistics.median(ratios))}** ({number(min(ratios))}–{number(max(ratios))})"


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"

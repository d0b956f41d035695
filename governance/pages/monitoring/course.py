"""A feature's statistic week by week, with what changed on the way."""

from collections.abc import Sequence
from datetime import timedelta

from fairness.drifting import FeatureWeek
from fairness.series import Marker
from governance.charts import Columns, Week, columns
from governance.pages import formats
from governance.pages.monitoring.heat import told
from governance.pages.monitoring.place import Asked, Place, mondays, week_of
from governance.pages.monitoring.words import STATISTICS, counted, sentence


def course_of(
    place: Place,
    asked: Asked,
    name: str,
    found: Sequence[FeatureWeek],
    markers: Sequence[Marker],
) -> Columns:
    """From the first week of ``found``, of which there is one, to the last one asked for."""
    statistic, by_week = STATISTICS[asked.statistic], {one.week: one for one in found}
    weeks = []
    for week in mondays(found[0].week, asked.until):
        one = by_week.get(week)
        flags = [one_ for one_ in markers if week <= one_.day < week + timedelta(days=7)]
        tip = [sentence(week_of(week)), *([told(flags)] if flags else [])]
        if one is not None:
            tip.insert(1, f"{statistic.shown(one)}, of {counted(one.decisions)} decisions")
        if one is not None and asked.statistic == "psi" and one.psi_critical is not None:
            tip.insert(2, f"Above {one.psi_critical:.3f} once in twenty without drift")
        weeks.append(
            Week(
                label=formats.brief_day(week),
                value=statistic.value(one) if one else None,
                bound=one.psi_critical if one and asked.statistic == "psi" else None,
                tip="\n".join(tip),
                href=place.url("drift-feature", name) + asked.query(week=week.isoformat())
                if one
                else "",
                beyond=statistic.beyond(one) if one else False,
                current=week == asked.week,
                flag=_flag(flags),
            )
        )
    return columns(weeks, title=f"{statistic.label} by week", percent=statistic.percent)


def _flag(flags: Sequence[Marker]) -> str:
    versions = [one.text for one in flags if one.kind == "version"]
    words = versions + (["policy"] if len(versions) < len(flags) else [])
    return words[0] if len(words) == 1 else f"{words[0]} +{len(words) - 1}" if words else ""

"""The beeswarm of a version: single decisions, each a dot, coloured by where the feature's value stands."""

from dataclasses import dataclass

from explain.overview import Cloud, Swarm
from governance.charts import Case, SwarmChart, swarm_chart
from governance.pages import formats
from governance.pages.pieces import Cell, Column, Empty, Table
from governance.pages.tables import row

FIFTHS = ("Lowest fifth", "Second", "Middle", "Fourth", "Highest fifth")


@dataclass(frozen=True, slots=True)
class SwarmPart:
    """``categories`` and ``gaps``: whether the legend has to name these dots."""

    text: str
    chart: SwarmChart
    table: Table
    categories: bool
    gaps: bool


def swarm_part(found: Swarm | None) -> SwarmPart | None:
    if found is None:
        return None
    rows = [(cloud.label, _cases(cloud)) for cloud in found.clouds]
    many = f"{formats.count(found.n)} of the newest {formats.plural(found.rows, 'decision')}"
    return SwarmPart(
        text=f"Each dot is one of {many}, evenly taken: how far the feature moved it "
        f"({found.output_space}), coloured by how high the value is among all.",
        chart=swarm_chart(
            rows,
            title="Contributions of single decisions by feature",
            summary=f"{many}. " + "; ".join(_sentence(cloud) for cloud in found.clouds[:5]),
        ),
        table=_table(found),
        categories=any(not cloud.numeric for cloud in found.clouds),
        gaps=any(any(cloud.gone) for cloud in found.clouds),
    )


def _cases(cloud: Cloud) -> list[Case]:
    return [
        Case(value, _kind(cloud, fifth, gone))
        for value, fifth, gone in zip(cloud.phi, cloud.fifths, cloud.gone, strict=True)
    ]


def _kind(cloud: Cloud, fifth: int | None, gone: bool) -> str:
    if gone:
        return "gap"
    if not cloud.numeric or fifth is None:
        return "category"
    return f"fifth-{fifth + 1}"


def _sentence(cloud: Cloud) -> str:
    span = f"{formats.change(min(cloud.phi))} to {formats.change(max(cloud.phi))}"
    return f"{cloud.label} {span}"


def _table(found: Swarm) -> Table:
    columns = (
        Column("Feature"),
        *(Column(name, "num") for name in FIFTHS),
        Column("Missing", "num"),
    )
    rows = tuple(row(columns, *_cells(cloud)) for cloud in found.clouds)
    return Table("Mean contribution by value", columns, rows, Empty("No features", ""))


def _cells(cloud: Cloud) -> list[Cell]:
    means = cloud.means or (None,) * len(FIFTHS)
    told = [Cell(formats.NONE if mean is None else formats.change(mean), "num") for mean in means]
    label = Cell(cloud.label, detail="" if cloud.numeric else "a category, without order")
    return [label, *told, Cell(formats.count(cloud.missing), "num")]

"""Facts hold scores as the floats they are, and weights in four bytes; cells are added up again, since
scores count in them to the fifteenth decimal from now on."""

from django.db import migrations, models

_WEEK = "day - mod(day - DATE '0001-01-01', 7)"
_PLAIN = "weight = 1000000 AND abs(score) < 64"
_DECIMAL = "score::text::numeric"


def _scores(plain: str, exact: str) -> str:
    return (
        f"coalesce(sum(({plain} * 1e15::float8)::bigint) FILTER (WHERE {_PLAIN}), 0) * 1e-9 + "
        f"coalesce(sum(weight * {exact}) FILTER (WHERE NOT ({_PLAIN})), 0)"
    )


_SUMS = f"{_scores('score', _DECIMAL)}, {_scores('score * score', f'{_DECIMAL} * {_DECIMAL}')}"
_LABELS = f"""
UPDATE fairness_cell c SET (score, score_squares) = (g.score, g.squares) FROM (
  SELECT version, day, stratum, label, effective, truth, {_SUMS} FROM fairness_fact
  GROUP BY 1, 2, 3, 4, 5, 6
) g (version, day, stratum, label, effective, truth, score, squares)
WHERE (c.version, c.day, c.stratum, c.label, c.effective, c.truth)
  = (g.version, g.day, g.stratum, g.label, g.effective, g.truth)"""
_BINS = f"""
UPDATE fairness_scorecell c SET (score, score_squares) = (g.score, g.squares) FROM (
  SELECT version, {_WEEK}, stratum, truth, bin, {_SUMS} FROM fairness_fact WHERE bin >= 0
  GROUP BY 1, 2, 3, 4, 5
) g (version, week, stratum, truth, bin, score, squares)
WHERE (c.version, c.week, c.stratum, c.truth, c.bin)
  = (g.version, g.week, g.stratum, g.truth, g.bin)"""


class Migration(migrations.Migration):
    dependencies = (("fairness", "0002_feature_drift"),)
    operations = (
        migrations.AlterField("fact", "weight", models.IntegerField()),
        migrations.AlterField("fact", "square", models.IntegerField()),
        migrations.AlterField("fact", "score", models.FloatField(null=True)),
        migrations.RunSQL((_LABELS, _BINS), migrations.RunSQL.noop),
    )

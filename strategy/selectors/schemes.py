"""Rating schemes as the calculation takes them."""

from strategy.calculations.rating import Band, CannotJudge, Scheme
from strategy.enums import RatingMeasure
from strategy.models import RatingScheme


def scheme_of(rating_scheme: RatingScheme) -> Scheme:
    """Return a stored scheme with its bands, best first (one query)."""
    return Scheme(
        code=rating_scheme.code,
        name=rating_scheme.name,
        version=rating_scheme.version,
        measure=RatingMeasure(rating_scheme.measure),
        bands=tuple(
            Band(
                label=band.label,
                minimum=band.minimum,
                includes_minimum=band.includes_minimum,
                symbol=band.symbol,
                colour=band.colour,
                pattern=band.pattern,
                sentence=band.sentence,
                measure=RatingMeasure(band.measure) if band.measure else None,
                points=band.points,
            )
            for band in rating_scheme.bands.all()
        ),
        # By reason: PostgreSQL does not keep the order in which a JSON object was written.
        cannot_judge=tuple(
            CannotJudge(reason, label) for reason, label in sorted(rating_scheme.cannot_judge.items())
        ),
        met_label=rating_scheme.met_label,
        not_met_label=rating_scheme.not_met_label,
        is_proposal=rating_scheme.is_proposal,
        source=rating_scheme.source_note,
    )

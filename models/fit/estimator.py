"""One channel's response curve as a scikit-learn estimator, for notebooks and pipelines.

The same engine as `models.fit.entry`, for one series and without anything shared; importing this
module imports scikit-learn, which the rest of the program does not.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils import Tags
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from models.channel_fit.levenberg_marquardt import Series, minimise, noise_of, split
from models.channel_fit.parametrisation import SHAPES
from models.curves.families import Curve
from models.transforms.adstock import GEOMETRIC, MOST_DECAY, decay_of, geometric

Array = NDArray[np.floating]
NO_CARRY_OVER = -30.0  # log-odds
FEWEST = 4  # periods
# Begins as scikit-learn's own message does, which its checks expect.
NEGATIVE = "Negative values in data passed to ResponseCurve: X must not be below zero"


class ResponseCurve(RegressorMixin, BaseEstimator):
    """Conversions per period as a saturating function of spend per period.

    Parameters
    ----------
    family : one of `models.channel_fit.parametrisation.SHAPES`: "hill", "hill_concave",
        "exponential", "logarithmic", "power", "linear"
    carry_over : "estimate", or a fixed decay in [0, 1); then rows are consecutive periods
    extrapolation : beyond the highest (carried-over) spend of the fit, predict what the curve
        says ("curve"), what it says at that spend ("clip"), NaN ("nan"), or refuse ("raise")

    Attributes
    ----------
    curve_ : the fitted `models.curves.families.Curve`
    carry_over_ : decay per period, fraction
    spend_range_ : least and highest carried-over spend of the fit, money per period
    covariance_ : of the log response at the mean spend, the shape's parameters and the decay's
        log-odds, shape (parameters, parameters)
    n_features_in_ : 1
    feature_names_in_ : the column's name, where X is a DataFrame; shape (1,)

    References
    ----------
    Jin et al., *Bayesian Methods for Media Mix Modeling with Carryover and Shape Effects* (2017).

    Examples
    --------
    >>> import numpy as np
    >>> spend = np.linspace(100.0, 1000.0, 50)
    >>> model = ResponseCurve("exponential", carry_over=0.0)
    >>> fitted = model.fit(spend[:, None], 80.0 * (1.0 - np.exp(-spend / 400.0)))
    >>> float(fitted.predict([[400.0]])[0].round(1))
    50.6
    """

    def __init__(
        self,
        family: str = "hill",
        carry_over: float | Literal["estimate"] = "estimate",
        extrapolation: Literal["curve", "clip", "nan", "raise"] = "curve",
    ) -> None:
        self.family = family
        self.carry_over = carry_over
        self.extrapolation = extrapolation

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None):
        """Fit by robust weighted least squares with weak priors.

        Parameters
        ----------
        X : spend, money per period, shape (periods, 1) or (periods,)
        y : conversions per period, shape (periods,)
        sample_weight : how often a period counts; 0 leaves it out, shape (periods,)

        Raises
        ------
        ValueError : parameters or data that cannot be fitted
        """
        self._check_parameters()
        columns, response = self._validated(
            X, y=y, dtype=float, y_numeric=True, ensure_min_samples=FEWEST
        )
        spend, response = self._spend(columns), response.astype(float)
        weight = _check_sample_weight(sample_weight, columns, ensure_non_negative=True)
        if (response < 0).any():
            raise ValueError("y must not be negative")
        if not weight.any():
            raise ValueError("sample_weight is zero in every period")
        for name, values in (("X", spend), ("y", response)):
            if not (values * weight).any():
                raise ValueError(f"{name} is zero in every period that counts")
        shape = SHAPES[self.family]
        spending = spend > 0
        reference = float(np.average(spend[spending], weights=weight[spending]))
        series, starts = self._series(shape, spend / reference, response, weight)
        solution = minimise(shape, series, starts, iterations=60)
        for _ in range(2):
            noise = noise_of(series, solution.expected, starts.shape[1])
            series = series.with_noise(*noise)
            solution = minimise(shape, series, solution.theta, iterations=60)
        best = int(solution.cost.argmin())
        level, form, decay, _ = split(shape, solution.theta[best : best + 1])
        parameters = shape.parameters(level, form, np.array([reference]))[0]
        self.curve_: Curve = shape.family(*(float(value) for value in parameters))
        self.carry_over_ = float(decay_of(decay)[0]) if self._estimates else float(self.carry_over)
        effective = self._effective(spend)
        self.spend_range_ = (float(effective.min()), float(effective.max()))
        self.covariance_ = np.linalg.inv(solution.information[best])
        return self

    def predict(self, X: ArrayLike) -> Array:
        """Expected conversions per period, shape (periods,); rows are consecutive periods.

        Raises
        ------
        ValueError : with extrapolation "raise", a spend beyond the fit's range
        """
        check_is_fitted(self, "curve_")
        columns = self._validated(X, dtype=float, reset=False)
        effective = self._effective(self._spend(columns))
        highest = self.spend_range_[1]
        beyond = effective > highest * (1 + 1e-12)
        if self.extrapolation == "raise" and beyond.any():
            raise ValueError(
                f"spend of {effective.max():g} is beyond the highest of the fit, {highest:g}; "
                "choose extrapolation='curve' or 'clip' to go there"
            )
        if self.extrapolation == "clip":
            effective = np.minimum(effective, highest)
        response = self.curve_.response(effective)
        return np.where(beyond, np.nan, response) if self.extrapolation == "nan" else response

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.one_d_array = True
        tags.input_tags.positive_only = True
        tags.target_tags.positive_only = True
        return tags

    @property
    def _estimates(self) -> bool:
        return self.carry_over == "estimate"

    def _effective(self, spend: Array) -> Array:
        return geometric(spend, self.carry_over_, before=spend[:4].mean())

    def _check_parameters(self) -> None:
        if self.family not in SHAPES:
            raise ValueError(f"family {self.family!r} is unknown; choose from {', '.join(SHAPES)}")
        if not self._estimates and not 0.0 <= float(self.carry_over) < 0.95:
            raise ValueError(f"carry_over {self.carry_over!r} must lie in [0, 0.95)")
        if self.extrapolation not in ("curve", "clip", "nan", "raise"):
            raise ValueError(f"extrapolation {self.extrapolation!r}: curve, clip, nan or raise")

    def _validated(self, X: ArrayLike, **options: Any) -> Any:
        """scikit-learn's own check, of which its types say less than its documentation."""
        return validate_data(self, _as_column(X), **options)

    def _spend(self, columns: Array) -> Array:
        """The one column that there may be."""
        if columns.shape[1] != 1:
            raise ValueError(f"X must have one column, the spend; it has {columns.shape[1]}")
        if (columns < 0).any():
            raise ValueError(NEGATIVE)
        return columns[:, 0]

    def _series(self, shape, spend: Array, response: Array, weight: Array) -> tuple[Series, Array]:
        """One row per start, each with the same data."""
        fixed = NO_CARRY_OVER if self._estimates else _log_odds(float(self.carry_over))
        decays = (-2.0, 0.5) if self._estimates else (fixed,)
        starts = np.array([[0.0, *form, decay] for form in shape.starts for decay in decays])
        starts[:, 0] = np.log(np.average(response, weights=weight))
        mean = np.array([starts[0, 0], *shape.prior_mean, -0.9 if self._estimates else fixed])
        spread = np.array([5.0, *shape.prior_sd, 1.4 if self._estimates else 1e-3])
        one: dict[str, Any] = {
            "spend": spend,
            "peak": np.asarray(GEOMETRIC),
            "response": response,
            "covariates": np.zeros((len(spend), 0)),
            "offset": np.zeros(len(spend)),
            "weight": weight,
            "prior_mean": mean,
            "prior_precision": spread**-2.0,
            "poisson": np.asarray(0.0),
            "relative": np.asarray(0.04),
        }
        count = len(starts)
        repeated = {name: np.repeat(value[None], count, axis=0) for name, value in one.items()}
        return Weighted(**repeated), starts


class Weighted(Series):
    """A series in which a period of weight 2 is as good as two of weight 1."""

    @property
    def least(self) -> Array:
        mean = np.average(self.response, axis=1, weights=self.weight)
        return 0.02 * mean[:, None] + 1e-12


def _as_column(X: Any) -> Any:
    """A single series as the one column that it is; a pandas one keeps its name."""
    if getattr(X, "ndim", None) != 1:
        return X
    return X.to_frame() if hasattr(X, "to_frame") else np.asarray(X)[:, None]


def _log_odds(decay: float) -> float:
    """The unbounded parameter of a decay."""
    share = max(decay / MOST_DECAY, 1e-12)
    return float(np.log(share / (1.0 - share)))

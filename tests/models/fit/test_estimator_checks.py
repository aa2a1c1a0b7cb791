"""scikit-learn's own checks of an estimator, and the few that do not apply, each with its reason.

Most checks fit several columns, which `ResponseCurve` refuses by design. They run all the same: on
`Summed`, the same estimator but for adding its columns up, so that nothing else goes unchecked.
"""

import numpy as np
import pytest
from sklearn.utils import Tags
from sklearn.utils.estimator_checks import check_estimator

from models.fit.estimator import NEGATIVE, ResponseCurve

TWO = "the check reads X by rows and columns even where the tags say that it is one series"
SERIES = "one series may come without its column, as `predict(spend)` in a notebook"
PERIODS = "with a carry-over to estimate rows are consecutive periods: their order matters"
SCIPY = "skipped by scikit-learn itself unless SCIPY_ARRAY_API is set"

# Every exception, by check and reason.
ONE_COLUMN = {
    "check_array_api_input": SCIPY,
    "check_dict_unchanged": TWO,
    "check_dont_overwrite_parameters": TWO,
    "check_dtype_object": TWO,
    "check_estimator_sparse_array": TWO,
    "check_estimator_sparse_tag": TWO,
    "check_f_contiguous_array_estimator": TWO,
    "check_fit1d": SERIES,
    "check_fit2d_1feature": TWO,
    "check_fit2d_1sample": TWO,
    "check_fit2d_predict1d": SERIES,
    "check_methods_sample_order_invariance": TWO,
    "check_methods_subset_invariance": TWO,
    "check_n_features_in": TWO,
    "check_n_features_in_after_fitting": TWO,
    "check_regressor_data_not_an_array": TWO,
    "check_regressors_no_decision_function": TWO,
    "check_regressors_train": TWO,
    "check_sample_weight_equivalence_on_dense_data": TWO,
    "check_sample_weights_not_an_array": TWO,
    "check_sample_weights_not_overwritten": TWO,
    "check_sample_weights_shape": TWO,
}
SUMMED = {
    "check_array_api_input": SCIPY,
    "check_fit1d": SERIES,
    "check_fit2d_predict1d": SERIES,
}
WITH_CARRY_OVER = {
    "check_methods_sample_order_invariance": PERIODS,
    "check_methods_subset_invariance": PERIODS,
    "check_sample_weight_equivalence_on_dense_data": PERIODS,
}


class Summed(ResponseCurve):
    """The estimator over the sum of its columns: what the checks can be run on."""

    def _spend(self, columns: np.ndarray) -> np.ndarray:
        if (columns < 0).any():
            raise ValueError(NEGATIVE)
        return columns.sum(axis=1)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.one_d_array = False
        assert tags.regressor_tags is not None
        tags.regressor_tags.poor_score = True  # one curve over a sum of ten unrelated columns
        return tags


@pytest.mark.parametrize(
    ("model", "excepted"),
    [
        (ResponseCurve(carry_over=0.0), ONE_COLUMN),
        (Summed(carry_over=0.0), SUMMED),
        (Summed(), SUMMED | WITH_CARRY_OVER),
    ],
    ids=("one column", "summed", "summed, with carry-over"),
)
@pytest.mark.filterwarnings("ignore")  # scikit-learn's checks warn on purpose
def test_the_checks_of_scikit_learn_pass_but_for_the_exceptions(model, excepted) -> None:
    results = check_estimator(model, on_fail=None, on_skip=None)
    assert len({result["check_name"] for result in results}) >= 50
    failed = {
        result["check_name"]: repr(result["exception"])
        for result in results
        if result["status"] != "passed"
    }
    assert {name: why for name, why in failed.items() if name not in excepted} == {}
    # An exception that is none any more is to be struck off.
    assert set(excepted) - set(failed) == set()


def test_what_only_the_number_of_columns_excludes_is_checked_on_their_sum() -> None:
    assert {name for name, why in ONE_COLUMN.items() if why == TWO}.isdisjoint(SUMMED)

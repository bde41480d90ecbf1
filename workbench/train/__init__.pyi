from .budget import Budget as Budget
from .families import Detector as Detector, detector_for as detector_for
from .features import embed as embed
from .folds import (
    OutOfFold as OutOfFold,
    share_out as share_out,
    together as together,
    train_folds as train_folds,
    without_fold as without_fold,
)
from .predicting import (
    Prediction as Prediction,
    PredictionSettings as PredictionSettings,
    has_predictions as has_predictions,
    load_predictions as load_predictions,
    predict as predict,
    save_predictions as save_predictions,
)
from .recipe import train as train
from .resuming import resume as resume
from .runs import FoldOf as FoldOf, Run as Run, RunRecord as RunRecord, list_runs as list_runs, load_run as load_run
from .selection import Counts as Counts, Selection as Selection, select as select

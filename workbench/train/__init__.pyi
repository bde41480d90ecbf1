from .families import Detector as Detector, detector_for as detector_for
from .features import embed as embed
from .folds import (
    OutOfFold as OutOfFold,
    out_of_fold as out_of_fold,
    share_out as share_out,
    together as together,
    without_fold as without_fold,
)
from .run_data import (
    Prediction as Prediction,
    PredictionSettings as PredictionSettings,
    learned_tables as learned_tables,
    has_predictions as has_predictions,
    load_predictions as load_predictions,
    name_of_predictions as name_of_predictions,
    predict_once as predict_once,
    save_predictions as save_predictions,
)
from .predicting import predict as predict
from .recipe import (
    Budget as Budget,
    Recipe as Recipe,
    RecipeOptions as RecipeOptions,
    spells_out_recipe as spells_out_recipe,
)
from .running import resume as resume, resume_run as resume_run, train as train, train_version as train_version
from .run_record import FoldOf as FoldOf, RunRecord as RunRecord
from .runs import Run as Run, list_runs as list_runs, load_run as load_run
from .selection import Counts as Counts, Selection as Selection, select as select
from .plain_pictures import Finds as Finds, predict_pictures as predict_pictures

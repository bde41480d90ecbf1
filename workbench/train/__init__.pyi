from .detector import Detector as Detector
from .families import detector_for as detector_for
from .features import embed as embed
from .folds import learned_tables as learned_tables, share_out as share_out, without_fold as without_fold
from .fold_runs import OutOfFold as OutOfFold, out_of_fold as out_of_fold, together as together
from .run_predictions import (
    Prediction as Prediction,
    PredictionSettings as PredictionSettings,
    has_predictions as has_predictions,
    load_predictions as load_predictions,
    name_of_predictions as name_of_predictions,
    save_predictions as save_predictions,
)
from .predicting import predict as predict, predict_once as predict_once
from .recipe import (
    Budget as Budget,
    Recipe as Recipe,
    RecipeOptions as RecipeOptions,
    spells_out_recipe as spells_out_recipe,
)
from .running import resume as resume, resume_run as resume_run, train as train, train_version as train_version
from .run_record import FoldOf as FoldOf, RunRecord as RunRecord
from .runs import LastRun as LastRun, Run as Run, last_run as last_run, list_runs as list_runs, load_run as load_run
from .selection import Counts as Counts, Selection as Selection, select as select
from .plain_pictures import Finds as Finds, predict_pictures as predict_pictures

from .covering import Coverage as Coverage, coverage as coverage
from .duplicates import Duplicates as Duplicates, find_duplicates as find_duplicates, near_files as near_files
from .finding import find_pictures as find_pictures
from .frame_picks import pick_frames as pick_frames
from .frames import Video as Video
from .grey import Quality as Quality, quality as quality
from .groups import moment_of as moment_of, video_of as video_of
from .leaks import (
    Leaks as Leaks,
    find_leaks as find_leaks,
    near_rows as near_rows,
    split_of_folders as split_of_folders,
    survey_splits as survey_splits,
    with_folder_splits as with_folder_splits,
)
from .measuring import MEASURES as MEASURES, Picture as Picture, measure as measure
from .near import near_pairs as near_pairs
from .picking import pick as pick
from .pictures import Labelled as Labelled, collect_pictures as collect_pictures
from .report import CollectReport as CollectReport
from .splits import (
    Closed as Closed,
    close_test as close_test,
    closed_test as closed_test,
    reopen_test as reopen_test,
    split_of as split_of,
)
from .surveying import Survey as Survey, measured as measured, survey as survey
from .videos import collect_video as collect_video

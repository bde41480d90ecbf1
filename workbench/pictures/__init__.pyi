from .alike.duplicates import Duplicates as Duplicates, find_duplicates as find_duplicates, near_files as near_files
from .alike.leaks import (
    Leaks as Leaks,
    find_leaks as find_leaks,
    survey_splits as survey_splits,
    with_folder_splits as with_folder_splits,
)
from .alike.near import near_pairs as near_pairs
from .frame_names import moment_of as moment_of, video_of as video_of
from .frames import Video as Video
from .grey import Quality as Quality, quality as quality
from .measuring import MEASURES as MEASURES, Measured as Measured, measure as measure
from .split_words import split_of_folders as split_of_folders
from .surveying import Survey as Survey, measured as measured, survey as survey

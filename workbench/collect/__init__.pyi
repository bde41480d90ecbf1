from .bring_pictures import Labelled as Labelled, collect_pictures as collect_pictures
from .collect_report import CollectReport as CollectReport
from .bring_videos import collect_video as collect_video
from .covering import Coverage as Coverage, coverage as coverage
from .frame_picks import pick_frames as pick_frames
from .picking import pick as pick
from .split_lists import SplitLists as SplitLists
from .splits import split_of as split_of

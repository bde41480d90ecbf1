from .agreeing import agreement as agreement
from .check.engine import check_labels as check_labels, check_tables as check_tables
from .check.report import CheckReport as CheckReport, Finding as Finding
from .conversion import ConvertReport as ConvertReport, convert as convert
from .formats.detect import FORMATS as FORMATS
from .labels import Labels as Labels, read_labels as read_labels
from .log import hand_work as hand_work, label_log as label_log
from .losses import Loss as Loss, find_losses as find_losses
from .predictions import read_predictions as read_predictions
from .queue import LabelQueue as LabelQueue
from .standing_in import stand_in as stand_in
from .stats import label_stats as label_stats, stats_of_tables as stats_of_tables
from .write import WriteReport as WriteReport, write_labels as write_labels

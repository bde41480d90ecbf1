from .check.check_report import CheckReport as CheckReport, Finding as Finding
from .check.engine import check_labels as check_labels, check_tables as check_tables
from .formats.spec import FORMATS as FORMATS, WRITABLE as WRITABLE
from .box_statistics import label_stats as label_stats, stats_of_tables as stats_of_tables
from .predictions.reading_results import read_predictions as read_predictions
from .reading.read import Labels as Labels, read_labels as read_labels
from .writing.convert import ConvertReport as ConvertReport, convert as convert
from .writing.losses import Loss as Loss, find_losses as find_losses
from .writing.write import WriteReport as WriteReport, write_labels as write_labels

from .api.held_evaluation import Evaluation as Evaluation
from .api.plain_files import evaluate as evaluate, files as files
from .api.project import Project as Project, open as open
from .api.tests import Test as Test
from .api.watching import watch_video as watch_video
from .label import (
    check_labels as check_labels,
    convert as convert,
    label_stats as label_stats,
    read_labels as read_labels,
    read_predictions as read_predictions,
    write_labels as write_labels,
)
from .machine.doctor import examine as examine
from .model.errors import (
    ConflictError as ConflictError,
    InputError as InputError,
    ProjectError as ProjectError,
    SetupError as SetupError,
    TableError as TableError,
    WorkbenchError as WorkbenchError,
)
from .model.session_options import options as options
from .model.tables import validate as validate
from .project.files import free_folder as free_folder
from .show import launch as launch
from .street import make_sample as make_sample

__version__: str

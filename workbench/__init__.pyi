from .api.plain_files import evaluate as evaluate
from .api.plain_files import files as files
from .api.project import Project as Project
from .api.project import open as open
from .api.held_evaluation import Evaluation as Evaluation
from .api.tests import Test as Test
from .api.held_evaluation import Evaluation as Evaluation
from .api.tests import Test as Test
from .api.watching import watch_video as watch_video
from .label import (
    check_labels as check_labels,
)
from .label import (
    convert as convert,
)
from .label import (
    label_stats as label_stats,
)
from .label import (
    read_labels as read_labels,
)
from .label import (
    read_predictions as read_predictions,
)
from .label import (
    write_labels as write_labels,
)
from .machine.doctor import examine as examine
from .model.errors import (
    ConflictError as ConflictError,
)
from .model.errors import (
    InputError as InputError,
)
from .model.errors import (
    ProjectError as ProjectError,
)
from .model.errors import (
    SetupError as SetupError,
)
from .model.errors import (
    TableError as TableError,
)
from .model.errors import (
    WorkbenchError as WorkbenchError,
)
from .model.session_options import options as options
from .model.tables import validate as validate
from .project.files import free_folder as free_folder
from .show import launch as launch
from .street import make_sample as make_sample

__version__: str

from .close_round import amend_round as amend_round, decide_round as decide_round, helped as helped
from .evidence import Evidence as Evidence, figures_of as figures_of, gather as gather
from .old_resample import differences as differences
from .record import (
    Amendment as Amendment,
    Decision as Decision,
    IterationRecord as IterationRecord,
    read_records as read_records,
    write_amendment as write_amendment,
    write_record as write_record,
)
from .record_figures import AtConfidence as AtConfidence, Difference as Difference, Figure as Figure, Part as Part
from .rerun import Rerun as Rerun, read_reruns as read_reruns, rerun_round as rerun_round
from .round_changes import (
    changed_arguments as changed_arguments,
    changed_things as changed_things,
    describe_change as describe_change,
)
from .run_of import (
    further_iterations as further_iterations,
    iteration_of_run as iteration_of_run,
    run_of_iteration as run_of_iteration,
)

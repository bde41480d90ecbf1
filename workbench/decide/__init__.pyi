from .close_round import (
    amend_round as amend_round,
    check_words as check_words,
    close_round as close_round,
    helped as helped,
    recipe_of as recipe_of,
    round_before as round_before,
)
from .evidence import Evidence as Evidence, figures_of as figures_of, gather as gather, parts_of as parts_of
from .record import (
    Amendment as Amendment,
    AtConfidence as AtConfidence,
    Decision as Decision,
    Difference as Difference,
    Figure as Figure,
    Part as Part,
    RoundRecord as RoundRecord,
    read_records as read_records,
    record_of as record_of,
    write_amendment as write_amendment,
    write_record as write_record,
)
from .rerun import (
    Rerun as Rerun,
    close_rerun as close_rerun,
    read_reruns as read_reruns,
    repeatable as repeatable,
    tested as tested,
)
from .evidence import (
    changed_arguments as changed_arguments,
    changed_things as changed_things,
    describe_change as describe_change,
)
from .run_of import (
    further_rounds as further_rounds,
    round_of_run as round_of_run,
    run_of_round as run_of_round,
    trained_further as trained_further,
)
from .timeline import timeline as timeline, verdict as verdict, what_changed as what_changed

from .agreeing import agreement as agreement
from .labelling_log import hand_work as hand_work, label_log as label_log
from .queue import LabelQueue as LabelQueue
from .standing_in import stand_in as stand_in

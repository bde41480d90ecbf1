from .class_overview import ClassReport as ClassReport, class_report as class_report
from .course import Course as Course, open_course as open_course
from .story import ROUNDS as ROUNDS, Claim as Claim, Round as Round, Training as Training

"""The course: the story's eight rounds, recorded or live, and what was measured beside what the story says."""

from __future__ import annotations

from workbench.course.class_report import ClassReport, class_report
from workbench.course.course import Course, open_course
from workbench.course.rounds import ROUNDS, Claim, Round, Training

__all__ = ["ROUNDS", "Claim", "ClassReport", "Course", "Round", "Training", "class_report", "open_course"]

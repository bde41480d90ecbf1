from .explorer.explorer import Explorer as Explorer, explore as explore
from .fiftyone.app import App as App, launch as launch
from .fiftyone.dataset import build_view as build_view
from .fiftyone.dataset import show_in_fiftyone as show_in_fiftyone
from .labeller.labeller import Labeller as Labeller, labeller_of as labeller_of
from .pages.changes_page import diff_page as diff_page
from .pages.class_page import class_page as class_page
from .pages.duplicates_page import duplicates_page as duplicates_page
from .pages.failures_page import failures_page as failures_page
from .pages.gallery import Gallery as Gallery, gallery as gallery, gallery_of as gallery_of
from .pages.project_report import write_project_report as write_project_report
from .pages.report_content import Picture as Picture, ReportData as ReportData
from .pages.report_html import render_report as render_report
from .pages.labelled_video import video_failures_page as video_failures_page
from .pages.unlabelled_video import video_page as video_page
from .plots.coverage_plot import plot_coverage as plot_coverage, write_coverage as write_coverage
from .plots.error_plots import plot_confusion as plot_confusion, plot_errors as plot_errors
from .plots.evaluation_plots import (
    plot_calibration as plot_calibration,
    plot_causes as plot_causes,
    plot_counts as plot_counts,
    plot_precision_recall as plot_precision_recall,
    plot_sweep as plot_sweep,
    plot_tracks as plot_tracks,
)
from .plots.label_plot import plot_labels as plot_labels
from .plots.round_plots import (
    plot_agreement as plot_agreement,
    plot_ledger as plot_ledger,
    plot_still_against_video as plot_still_against_video,
)
from .plots.story_plot import plot_story as plot_story
from .plots.timeline_plot import (
    draw_timeline as draw_timeline,
    plot_timeline as plot_timeline,
    save_timeline as save_timeline,
)

"""The time-release study: how long goods take from arrival to the gate, and where; pure."""

from api.clearance.timing.chart import study_svg
from api.clearance.timing.errors import StudyError
from api.clearance.timing.events import CaseFacts, Stage, StageTime
from api.clearance.timing.report import study_csv, study_json
from api.clearance.timing.study import Group, Interval, Study, Summary, study_times

__all__ = [
    "CaseFacts",
    "Group",
    "Interval",
    "Stage",
    "StageTime",
    "Study",
    "StudyError",
    "Summary",
    "study_csv",
    "study_json",
    "study_svg",
    "study_times",
]

"""What the published back ends make of Sigma rules, judged by proof."""

from converter.audit.audit import Finding, Subject, audit, judge, subject
from converter.audit.backends import OUTPUTS, Converter, Emitted, Output, installed

__all__ = ["OUTPUTS", "Converter", "Emitted", "Finding", "Output", "Subject", "audit", "installed", "judge", "subject"]

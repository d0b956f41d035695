"""Checks a whole log from its raw content: what ``verifylog`` does."""

from audit.verification.findings import Finding
from audit.verification.report import Fact, Report
from audit.verification.whole import CannotResume, Verification

__all__ = ["CannotResume", "Fact", "Finding", "Report", "Verification"]

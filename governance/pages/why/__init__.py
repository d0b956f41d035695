"""The page that answers why a decision was made."""

from governance.pages.why.page import Known, WhyPage, why_page

__all__ = ["Known", "WhyPage", "why_page"]

"""The values that panels show are right: promises as data, one file a kind of answer; nothing here knows of trading."""

from harness.checks.truth.check import Truth
from harness.checks.truth.counters import Increase, Rate
from harness.checks.truth.facts import CLIENT
from harness.checks.truth.happenings import Happenings
from harness.checks.truth.levels import Held, SumSoFar, Waiting, Way
from harness.checks.truth.promise import Compared, Promise
from harness.checks.truth.quantiles import Quantile
from harness.checks.truth.said import Said, SaidName, Word
from harness.checks.truth.scraped import Scraped
from harness.checks.truth.scraped_quantiles import ScrapedQuantile
from harness.checks.truth.shares import OfRange
from harness.checks.truth.tables import Listed, NewestFirst
from harness.checks.truth.terms import HolderNamed, TermNumber, Terms, TermsGained

__all__ = [
    "CLIENT",
    "Compared",
    "Happenings",
    "Held",
    "HolderNamed",
    "Increase",
    "Listed",
    "NewestFirst",
    "OfRange",
    "Promise",
    "Quantile",
    "Rate",
    "Said",
    "SaidName",
    "Scraped",
    "ScrapedQuantile",
    "SumSoFar",
    "TermNumber",
    "Terms",
    "TermsGained",
    "Truth",
    "Waiting",
    "Way",
    "Word",
]

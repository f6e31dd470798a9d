"""The few shapes of PromQL that panels are made of."""

from observability_generators.dashboards.panel import Query

RATE = "$__rate_interval"


def rate(series: str, by: str = "", *, scale: str = "") -> str:
    """Give how often a counter counts each second."""
    return f"sum{_by(by)}(rate({series}[{RATE}])){scale}"


def share(part: str, whole: str) -> str:
    """Give one rate as a share of another."""
    return f"sum(rate({part}[{RATE}])) / sum(rate({whole}[{RATE}]))"


def quantile(level: float, histogram: str, matchers: str = "", by: str = "") -> str:
    """Give a quantile of a histogram."""
    labels = f"{{{matchers}}}" if matchers else ""
    groups = f"{by}, le" if by else "le"
    return f"histogram_quantile({level}, sum by ({groups}) (rate({histogram}_bucket{labels}[{RATE}])))"


def quantiles(histogram: str, matchers: str = "") -> list[Query]:
    """Give the usual three quantiles."""
    return [Query(quantile(level, histogram, matchers), f"p{level * 100:g}") for level in (0.5, 0.95, 0.99)]


def _by(labels: str) -> str:
    return f" by ({labels}) " if labels else ""

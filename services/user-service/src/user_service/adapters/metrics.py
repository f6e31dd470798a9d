"""Business metrics of accounts."""

from prometheus_client import Counter

from foodchassis import at_zero

registrations = Counter("users_registered_total", "Accounts created, by role", ["role"])
erasures = Counter("users_erased_total", "Accounts erased, by role", ["role"])
logins = Counter("logins_total", "Log-ins by outcome", ["outcome"])
refreshes = Counter("refreshes_total", "Uses of refresh tokens by outcome", ["outcome"])
mails = Counter("mails_total", "E-mails by outcome", ["outcome"])
ROLES = ("customer", "restaurant", "driver", "admin")
at_zero(registrations, ROLES)
at_zero(erasures, ROLES)
at_zero(mails, ("sent", "failed", "dropped"))
at_zero(logins, ("granted", "refused"))
at_zero(refreshes, ("granted", "refused"))

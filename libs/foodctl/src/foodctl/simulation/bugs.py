"""Mistakes planted on purpose: a simulation that misses one of them is not worth its time."""

from foodctl.simulation import lapses, slips
from foodctl.simulation.world import Parts

BUGS = {
    "no inbox": Parts(transport=slips.NoInbox),
    "acknowledged before the commit": Parts(transport=slips.AcknowledgedFirst),
    "published before the commit": Parts(transport=slips.PublishedFirst),
    "published after the commit, without an outbox": Parts(transport=slips.NoOutbox),
    "outbox row deleted before the broker confirms": Parts(transport=slips.DeletedFirst),
    "capture without a key": Parts(provider=slips.CaptureWithoutKey),
    "refund without a key": Parts(provider=slips.RefundWithoutKey),
    "cancel dropped by payment": Parts(payment=lapses.CancelDropped),
    "void lost": Parts(payment=lapses.VoidLost),
    "refund ignores what is kept": Parts(payment=lapses.KeepIgnored),
    "late authorisation not voided": Parts(payment=lapses.LateHoldKept),
    "late cancel not refunded": Parts(payment=lapses.RefundForgotten),
    "cancel frees no driver": Parts(delivery=lapses.DriverKept),
    "cancel ignored by delivery": Parts(delivery=lapses.DeliveryGoesOn),
    "no driver found, nobody told": Parts(delivery=lapses.NobodyTold),
    "stale driver replaces the present one": Parts(order=lapses.StaleDriver),
    "cancelled after one confirmation": Parts(order=lapses.ClosedTooSoon),
}

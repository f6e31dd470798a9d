"""The database, its transactions and the tables of the chassis; Redis; migrations."""

from foodchassis.storage.chassis import PUBLISH, START_TIMERS, outbox_parameters, start_timers, timer_parameters
from foodchassis.storage.database import TransactionDep, after_commit, connection_of, transaction_of
from foodchassis.storage.orm import TIMESTAMP, has_words, named_metadata, stored
from foodchassis.storage.pipeline import Rows
from foodchassis.storage.transaction import Statement, Transaction

__all__ = [
    "PUBLISH",
    "START_TIMERS",
    "TIMESTAMP",
    "Rows",
    "Statement",
    "Transaction",
    "TransactionDep",
    "after_commit",
    "connection_of",
    "has_words",
    "named_metadata",
    "outbox_parameters",
    "start_timers",
    "stored",
    "timer_parameters",
    "transaction_of",
]

"""The states of deliveries and offers, and what drivers drive."""

from enum import StrEnum


class DeliveryStatus(StrEnum):
    """How far a delivery is."""

    SEARCHING = "searching"
    OFFERED = "offered"
    ASSIGNED = "assigned"
    PICKED_UP = "picked_up"
    DELIVERED = "delivered"
    NO_DRIVER = "no_driver"
    CANCELLED = "cancelled"
    UNDELIVERABLE = "undeliverable"


class OfferStatus(StrEnum):
    """What became of asking a driver."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    LAPSED = "lapsed"
    FULFILLED = "fulfilled"
    WITHDRAWN = "withdrawn"
    ABANDONED = "abandoned"
    FAILED = "failed"


class Vehicle(StrEnum):
    """What a driver drives."""

    BICYCLE = "bicycle"
    SCOOTER = "scooter"
    CAR = "car"

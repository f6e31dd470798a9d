"""Where this service's handlers are collected."""

from foodchassis import EventRouter

events = EventRouter()

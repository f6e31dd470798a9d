"""The settings of dispatch."""

from pydantic import Field

from foodevents import ApplicationSettings


class DeliverySettings(ApplicationSettings):
    """Settings of dispatch; times are in seconds."""

    service_name: str = "delivery-service"
    search_radii_m: tuple[int, ...] = Field(
        default=(3_000, 6_000, 12_000), min_length=1, description="how far to look at first, next, and from then on"
    )
    search_lead: float = Field(
        default=1200.0, ge=0, description="how long before a driver should set off the search begins"
    )
    driver_speed: float = Field(
        default=5.0, gt=0, description="metres a second as the crow flies, to reckon a driver's way to the restaurant"
    )
    search_interval: float = Field(default=5.0, gt=0, description="until a vain search is repeated, further out")
    offer_lifetime: float = Field(default=45.0, gt=0, description="how long a driver may think")
    search_lifetime: float = Field(default=900.0, gt=0, description="how long a driver is searched for at all")
    driver_silence: float = Field(
        default=180.0,
        gt=0,
        description="how long a driver may not report: then they are not asked, or lose what they have not picked up",
    )
    pickup_patience: float = Field(
        default=1800.0, gt=0, description="how long after the food is ready its driver may take to pick it up"
    )
    delivery_late: float = Field(default=5400.0, gt=0, description="how long after the pick-up food needs attention")
    delivery_lost: float = Field(default=10_800.0, gt=0, description="how long after the pick-up food counts as lost")
    position_interval: float = Field(default=15.0, description="how often a moving driver's position is made durable")
    positions_lifetime: int = Field(default=60, gt=0, description="how long Redis is believed until it is filled again")
    match_limit: int = Field(default=100, gt=0, description="how many waiting deliveries a free driver is held against")

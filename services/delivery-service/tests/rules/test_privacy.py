from delivery_service.rules.privacy import erased_place


def test_an_erased_address_is_a_region() -> None:
    place = {"line1": "Geheimweg 7", "city": "Berlin", "postal_code": "10117", "lat": 52.5312, "lng": -13.4567}

    left = {"line1": "erased", "city": "erased", "postal_code": "erased", "lat": 52.5, "lng": -13.5}
    assert erased_place(place) == left
    assert erased_place(left) == left


def test_a_missing_address_stays_missing() -> None:
    assert erased_place(None) is None

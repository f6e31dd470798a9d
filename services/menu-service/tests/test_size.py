from menu_service.rules.size import size_of, size_of_list


def test_texts_are_counted_in_bytes_as_postgresql_stores_them() -> None:
    options = [{"name": "K\u00e4se"}]
    stored = '[{"name": "K\u00e4se"}]'
    dish = {"name": "\u00c9clair", "description": "", "option_groups": options, "images": [], "allergens": []}

    assert size_of_list(options) == len(stored.encode())
    assert size_of(dish) == len(f"\u00c9clair{stored}[][]".encode())

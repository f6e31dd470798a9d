from console_service.rules.changes import Change, Places, View, changes


def changes_of(before: View | None, after: View) -> list[Change]:
    return list(changes(before, after))


def test_a_new_reader_gets_everything() -> None:
    view: View = {"head": "<p>", "rows": {"a": "<1>", "b": "<2>"}, "places": Places({"x": "1 2"}, within="head")}

    assert changes_of(None, view) == [
        Change("replace", "head", "<p>"),
        Change("fill", "rows", "<1><2>"),
        Change("move", "x", "1 2"),
    ]


def test_unchanged_parts_are_not_sent() -> None:
    view: View = {"head": "<p>", "rows": {"a": "<1>"}, "places": Places({"x": "1 2"}, within="head")}

    assert changes_of(view, view) == []


def test_only_changed_items_of_a_list_are_sent() -> None:
    before = {"rows": {"a": "<1>", "b": "<2>", "c": "<3>"}}
    after = {"rows": {"n": "<0>", "a": "<1>", "b": "<22>", "m": "<4>"}}

    assert changes_of(before, after) == [
        Change("remove", "c"),
        Change("first", "rows", "<0>"),
        Change("replace", "b", "<22>"),
        Change("after", "b", "<4>"),
    ]


def test_an_item_is_removed_before_it_is_added_to_another_list() -> None:
    before, after = {"new": {}, "done": {"a": "<1>"}}, {"new": {"a": "<2>"}, "done": {}}

    assert changes_of(before, after) == [Change("remove", "a"), Change("first", "new", "<2>")]


def test_changed_positions_are_sent_and_all_with_a_new_drawing() -> None:
    def view(drawing: str, **places: str) -> View:
        return {"city": drawing, "places": Places(places, within="city")}

    assert changes_of(view("<svg>", x="1 1", y="2 2"), view("<svg>", x="1 1", y="3 3")) == [Change("move", "y", "3 3")]
    assert changes_of(view("<svg>", x="1 1"), view("<svg 2>", x="1 1")) == [
        Change("replace", "city", "<svg 2>"),
        Change("move", "x", "1 1"),
    ]
    assert changes_of(view("<svg>", x="1 1"), view("<svg>")) == []

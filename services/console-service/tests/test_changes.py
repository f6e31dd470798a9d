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


def test_what_stayed_is_not_sent() -> None:
    view: View = {"head": "<p>", "rows": {"a": "<1>"}, "places": Places({"x": "1 2"}, within="head")}

    assert changes_of(view, view) == []


def test_a_list_changes_where_it_has_changed() -> None:
    before = {"rows": {"a": "<1>", "b": "<2>", "c": "<3>"}}
    after = {"rows": {"n": "<0>", "a": "<1>", "b": "<22>", "m": "<4>"}}

    assert changes_of(before, after) == [
        Change("remove", "c"),
        Change("first", "rows", "<0>"),
        Change("replace", "b", "<22>"),
        Change("after", "b", "<4>"),
    ]


def test_what_moves_to_another_list_leaves_the_first_before_it_arrives() -> None:
    before, after = {"new": {}, "done": {"a": "<1>"}}, {"new": {"a": "<2>"}, "done": {}}

    assert changes_of(before, after) == [Change("remove", "a"), Change("first", "new", "<2>")]


def test_places_are_sent_as_far_as_they_changed_and_all_when_their_drawing_is_new() -> None:
    def view(drawing: str, **places: str) -> View:
        return {"city": drawing, "places": Places(places, within="city")}

    assert changes_of(view("<svg>", x="1 1", y="2 2"), view("<svg>", x="1 1", y="3 3")) == [Change("move", "y", "3 3")]
    assert changes_of(view("<svg>", x="1 1"), view("<svg 2>", x="1 1")) == [
        Change("replace", "city", "<svg 2>"),
        Change("move", "x", "1 1"),
    ]
    assert changes_of(view("<svg>", x="1 1"), view("<svg>")) == []

from typing import Any

from api_gateway.openapi import merge


def document(path: str, schemas: dict[str, Any], operation: str = "get_it", **more: Any) -> dict[str, Any]:
    reference = {"$ref": f"#/components/schemas/{next(iter(schemas))}"}
    return {
        "paths": {path: {"get": {"operationId": operation, "responses": {"200": {"schema": reference}}, **more}}},
        "components": {"schemas": schemas, "securitySchemes": {"Bearer": {"type": "oauth2"}}},
    }


def joined(**documents: dict[str, Any]) -> dict[str, Any]:
    return merge(documents, {"title": "all", "version": "1"}, lambda path, service: path.startswith(f"/{service}"))


def schema_of(merged: dict[str, Any], path: str) -> Any:
    reference = merged["paths"][path]["get"]["responses"]["200"]["schema"]["$ref"]
    return merged["components"]["schemas"][reference.rsplit("/", 1)[1]]


def test_equal_components_are_shared() -> None:
    merged = joined(a=document("/a", {"Page": {"type": "object"}}), b=document("/b", {"Page": {"type": "object"}}))

    assert list(merged["components"]["schemas"]) == ["Page"]
    assert list(merged["components"]["securitySchemes"]) == ["Bearer"]


def test_different_components_get_different_names() -> None:
    merged = joined(a=document("/a", {"Item": {"title": "dish"}}), b=document("/b", {"Item": {"title": "line"}}))

    assert schema_of(merged, "/a") == {"title": "dish"}
    assert schema_of(merged, "/b") == {"title": "line"}


def test_references_to_renamed_components_are_renamed_too() -> None:
    page = {"items": {"$ref": "#/components/schemas/Item"}}
    merged = joined(
        a=document("/a", {"Page": page, "Item": {"title": "dish"}}),
        b=document("/b", {"Page": page, "Item": {"title": "line"}}),
    )

    schemas = merged["components"]["schemas"]
    item = schema_of(merged, "/b")["items"]["$ref"].rsplit("/", 1)[1]
    assert schemas[item] == {"title": "line"}
    assert schema_of(merged, "/a")["items"]["$ref"] == "#/components/schemas/Item"


def test_a_discriminator_follows_its_schema() -> None:
    union = {"discriminator": {"mapping": {"x": "#/components/schemas/X"}}}
    merged = joined(a=document("/a", {"X": {"title": "1"}}), b=document("/b", {"U": union, "X": {"title": "2"}}))

    assert schema_of(merged, "/b")["discriminator"]["mapping"] == {"x": "#/components/schemas/BX"}


def test_a_new_name_is_unique() -> None:
    merged = joined(
        a=document("/a", {"X": {"title": "1"}, "BX": {"title": "2"}}), b=document("/b", {"X": {"title": "3"}})
    )

    assert schema_of(merged, "/b") == {"title": "3"}
    assert merged["components"]["schemas"]["BX"] == {"title": "2"}


def test_a_new_name_is_unique_in_its_own_document() -> None:
    merged = joined(
        a=document("/a", {"X": {"title": "1"}}), b=document("/b", {"X": {"title": "2"}, "BX": {"title": "3"}})
    )

    assert schema_of(merged, "/b") == {"title": "2"}
    assert merged["components"]["schemas"]["BX"] == {"title": "3"}


def test_paths_of_other_services_are_excluded() -> None:
    assert list(joined(a=document("/b", {"X": {}}), b=document("/b", {"X": {}}, tags=["mine"]))["paths"]) == ["/b"]


def test_operations_have_unique_ids_and_a_tag() -> None:
    merged = joined(a=document("/a", {"X": {}}), b=document("/b", {"X": {}}), c=document("/c", {"X": {}}, tags=["t"]))

    operations = [item["get"] for item in merged["paths"].values()]
    assert len({operation["operationId"] for operation in operations}) == 3
    assert [operation["tags"] for operation in operations] == [["a"], ["b"], ["t"]]

"""Field schemas: what a name in a query means (type, multi-field, array or scalar)."""

from converter.fields.schema import Fields, FieldsSpec

__all__ = ["Fields", "FieldsSpec"]

package io.stagepost.asyncapi.generate;

import com.palantir.javapoet.AnnotationSpec;
import com.palantir.javapoet.ClassName;
import com.palantir.javapoet.TypeName;
import java.util.List;
import java.util.Map;

/** Classes that generated code names. */
final class Types {
  static final ClassName STRING = ClassName.get(String.class);
  static final ClassName LIST = ClassName.get(List.class);
  static final ClassName MAP = ClassName.get(Map.class);
  static final ClassName NULLABLE = ClassName.get("org.jspecify.annotations", "Nullable");
  static final ClassName NULL_MARKED = ClassName.get("org.jspecify.annotations", "NullMarked");
  static final ClassName JSON_NODE = ClassName.get("tools.jackson.databind", "JsonNode");
  static final ClassName JSON_GENERATOR = ClassName.get("tools.jackson.core", "JsonGenerator");
  static final ClassName JSON_INPUT = schema("JsonInput");
  static final ClassName JSON_FORM = schema("JsonForm");
  static final ClassName EVENT = api("Event");
  static final ClassName EVENT_TYPE = api("EventType");

  private Types() {}

  static ClassName api(String name) {
    return ClassName.get("io.stagepost", name);
  }

  static ClassName schema(String name) {
    return ClassName.get("io.stagepost.schema", name);
  }

  static TypeName nullable(TypeName type) {
    return type.box().annotated(AnnotationSpec.builder(NULLABLE).build());
  }

  /** As the argument of a generic type. */
  static TypeName inside(Shape shape, boolean nullable) {
    return nullable ? nullable(shape.type()) : shape.type().box();
  }
}

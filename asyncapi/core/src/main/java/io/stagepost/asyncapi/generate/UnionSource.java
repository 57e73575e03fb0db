package io.stagepost.asyncapi.generate;

import com.palantir.javapoet.MethodSpec;
import com.palantir.javapoet.TypeSpec;
import io.stagepost.asyncapi.generate.Shape.Component;
import javax.lang.model.element.Modifier;
import org.jspecify.annotations.Nullable;

/** Unions: sealed interfaces, with what all variants have in common. */
final class UnionSource {
  private UnionSource() {}

  static TypeSpec.Builder of(Shape.Union union) {
    TypeSpec.Builder type =
        TypeSpec.interfaceBuilder(union.name)
            .addModifiers(Modifier.PUBLIC, Modifier.SEALED)
            .addJavadoc(Docs.of(union.description, "One of several: see what implements it."));
    union.variants.forEach(variant -> type.addPermittedSubclass(variant.name));
    for (Component each : union.variants.get(0).components) {
      Component common = common(union, each.property());
      if (common != null) {
        type.addMethod(
            MethodSpec.methodBuilder(common.name())
                .addModifiers(Modifier.PUBLIC, Modifier.ABSTRACT)
                .addJavadoc(Docs.of(common.description(), common.property() + "."))
                .addJavadoc(
                    "\n@return $L\n", common.mayBeNull() ? "null if there is none" : "never null")
                .returns(RecordSource.typeOf(common))
                .build());
      }
    }
    union.nested.forEach(nested -> type.addType(Sources.nested(nested)));
    return type;
  }

  /** A property that all variants have, alike; null if they do not. */
  static @Nullable Component common(Shape.Union union, String property) {
    Component first = union.variants.get(0).component(property);
    for (Shape.Fields variant : union.variants) {
      Component other = variant.component(property);
      if (first == null
          || other == null
          || !other.name().equals(first.name())
          || !RecordSource.typeOf(other).equals(RecordSource.typeOf(first))) {
        return null;
      }
    }
    return first;
  }
}

package io.stagepost.asyncapi.generate;

import com.palantir.javapoet.TypeSpec;
import javax.lang.model.element.Modifier;

/** Unions: sealed interfaces. */
final class UnionSource {
  private UnionSource() {}

  static TypeSpec of(Shape.Union union) {
    TypeSpec.Builder type =
        TypeSpec.interfaceBuilder(union.name)
            .addModifiers(Modifier.PUBLIC, Modifier.SEALED)
            .addJavadoc(Docs.of(union.description, "One of several: see what implements it."));
    union.variants.forEach(variant -> type.addPermittedSubclass(variant.name));
    union.nested.forEach(nested -> type.addType(Sources.type(nested)));
    return type.build();
  }
}

package io.stagepost.asyncapi.generate;

import com.palantir.javapoet.TypeSpec;

/** Classes of shapes. */
final class Sources {
  private Sources() {}

  static TypeSpec type(Shape.Declared declared) {
    TypeSpec type =
        declared instanceof Shape.Fields fields
            ? RecordSource.of(fields)
            : declared instanceof Shape.Choice choice
                ? ChoiceSource.of(choice)
                : UnionSource.of((Shape.Union) declared);
    return declared.name.enclosingClassName() == null
        ? type
        : type.toBuilder().addModifiers(nestedModifiers(declared)).build();
  }

  /** A member of an interface is public and static anyway; JavaPoet wants both said. */
  private static javax.lang.model.element.Modifier[] nestedModifiers(Shape.Declared declared) {
    return new javax.lang.model.element.Modifier[] {
      javax.lang.model.element.Modifier.PUBLIC, javax.lang.model.element.Modifier.STATIC
    };
  }
}

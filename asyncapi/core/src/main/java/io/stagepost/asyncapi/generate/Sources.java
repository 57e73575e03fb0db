package io.stagepost.asyncapi.generate;

import com.palantir.javapoet.TypeSpec;
import javax.lang.model.element.Modifier;

/** Classes of shapes. */
final class Sources {
  private Sources() {}

  static TypeSpec.Builder type(Shape.Declared declared) {
    return declared instanceof Shape.Fields fields
        ? RecordSource.of(fields)
        : declared instanceof Shape.Choice choice
            ? ChoiceSource.of(choice)
            : UnionSource.of((Shape.Union) declared);
  }

  static TypeSpec nested(Shape.Declared declared) {
    return type(declared).addModifiers(Modifier.STATIC).build();
  }
}

package io.stagepost.asyncapi.generate;

import com.palantir.javapoet.ClassName;
import com.palantir.javapoet.CodeBlock;
import com.palantir.javapoet.FieldSpec;
import com.palantir.javapoet.MethodSpec;
import com.palantir.javapoet.TypeSpec;
import java.util.Objects;
import java.util.Set;
import javax.lang.model.element.Modifier;

/** Enumerations: an enum where there are no other values, else a record that holds any. */
final class ChoiceSource {
  private ChoiceSource() {}

  static TypeSpec.Builder of(Shape.Choice choice) {
    return choice.open ? open(choice) : closed(choice);
  }

  private static TypeSpec.Builder closed(Shape.Choice choice) {
    TypeSpec.Builder type =
        TypeSpec.enumBuilder(choice.name)
            .addModifiers(Modifier.PUBLIC)
            .addJavadoc(Docs.of(choice.description, "One of a few texts."));
    if (choice.deprecated) {
      type.addAnnotation(Deprecated.class);
    }
    if (choice.avro) {
      choice.constants.forEach(
          (text, constant) ->
              type.addEnumConstant(
                  constant, TypeSpec.anonymousClassBuilder("").addJavadoc(said(text)).build()));
      return type;
    }
    choice.constants.forEach(
        (text, constant) ->
            type.addEnumConstant(
                constant,
                TypeSpec.anonymousClassBuilder("$S", text).addJavadoc(said(text)).build()));
    return type.addField(String.class, "value", Modifier.PRIVATE, Modifier.FINAL)
        .addMethod(
            MethodSpec.constructorBuilder()
                .addParameter(String.class, "value")
                .addStatement("this.value = value")
                .build())
        .addMethod(
            MethodSpec.methodBuilder("value")
                .addModifiers(Modifier.PUBLIC)
                .addJavadoc("As messages have it.\n\n@return the text\n")
                .returns(String.class)
                .addStatement("return value")
                .build())
        .addMethod(parse(choice));
  }

  private static CodeBlock said(String text) {
    return CodeBlock.of("$L\n", "{@code " + code(text) + "}");
  }

  private static String code(String text) {
    return Docs.escaped(text).contains("&") || text.isEmpty() ? "?" : Docs.escaped(text);
  }

  private static MethodSpec parse(Shape.Choice choice) {
    CodeBlock.Builder cases = CodeBlock.builder().beginControlFlow("return switch (value)");
    choice.constants.forEach(
        (text, constant) -> cases.addStatement("case $S -> $L", text, constant));
    cases.addStatement(
        "default -> throw new $T($S)",
        IllegalArgumentException.class,
        "not a " + String.join(".", choice.name.simpleNames()));
    cases.add("$<};\n");
    return MethodSpec.methodBuilder("of")
        .addModifiers(Modifier.PUBLIC, Modifier.STATIC)
        .addJavadoc(
            """
            The constant of a text.

            @param value as messages have it
            @return the constant
            @throws IllegalArgumentException if there is none
            """)
        .addParameter(String.class, "value")
        .returns(choice.name)
        .addCode(cases.build())
        .build();
  }

  private static TypeSpec.Builder open(Shape.Choice choice) {
    ClassName name = choice.name;
    TypeSpec.Builder type =
        TypeSpec.recordBuilder(name)
            .addModifiers(Modifier.PUBLIC)
            .addJavadoc(Docs.of(choice.description, "A text, mostly one of a few."))
            .addJavadoc(
                """

            <p>Values that are not among the constants may come, and are kept.

            @param value as messages have it
            """)
            .recordConstructor(
                MethodSpec.constructorBuilder()
                    .addModifiers(Modifier.PUBLIC)
                    .addParameter(String.class, "value")
                    .build())
            .addMethod(
                MethodSpec.compactConstructorBuilder()
                    .addModifiers(Modifier.PUBLIC)
                    .addJavadoc("Any value.\n\n@param value as messages have it\n")
                    .addStatement("$T.requireNonNull(value, \"value\")", Objects.class)
                    .build());
    choice.constants.forEach(
        (text, constant) ->
            type.addField(
                FieldSpec.builder(name, constant, Modifier.PUBLIC, Modifier.STATIC, Modifier.FINAL)
                    .addJavadoc(said(text))
                    .initializer("new $T($S)", name, text)
                    .build()));
    return type.addMethod(
        MethodSpec.methodBuilder("isKnown")
            .addModifiers(Modifier.PUBLIC)
            .addJavadoc("Whether the contract names it.\n\n@return whether it does\n")
            .returns(boolean.class)
            .addStatement(
                "return $T.of($L).contains(this)",
                Set.class,
                CodeBlock.join(
                    choice.constants.values().stream().map(c -> CodeBlock.of("$L", c)).toList(),
                    ",$W"))
            .build());
  }
}

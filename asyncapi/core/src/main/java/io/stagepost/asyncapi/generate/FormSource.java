package io.stagepost.asyncapi.generate;

import com.palantir.javapoet.ClassName;
import com.palantir.javapoet.CodeBlock;
import com.palantir.javapoet.FieldSpec;
import com.palantir.javapoet.MethodSpec;
import com.palantir.javapoet.ParameterizedTypeName;
import com.palantir.javapoet.TypeName;
import com.palantir.javapoet.TypeSpec;
import io.stagepost.asyncapi.generate.Shape.Component;
import io.stagepost.asyncapi.generate.Shape.Declared;
import io.stagepost.asyncapi.generate.Shape.Fields;
import io.stagepost.asyncapi.generate.Shape.Union;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.lang.model.element.Modifier;
import org.jspecify.annotations.Nullable;

/** Forms: how records and unions stand in JSON. */
final class FormSource {
  private final Declared declared;

  /** Names of local variables: those of components, and others beside them. */
  private final Names.Taken names = new Names.Taken();

  private FormSource(Declared declared) {
    this.declared = declared;
  }

  /** The form's class: beside a class, or in the form of the class around it. */
  static ClassName name(ClassName of) {
    ClassName outer = of.enclosingClassName();
    return outer == null
        ? ClassName.get(of.packageName(), of.simpleName() + Classes.FORM)
        : name(outer).nestedClass(of.simpleName() + Classes.FORM);
  }

  /** Null if it needs none. */
  static TypeSpec.@Nullable Builder of(Declared declared) {
    List<TypeSpec> nested = new ArrayList<>();
    for (Declared each : declared.nested) {
      TypeSpec.Builder form = of(each);
      if (form != null) {
        nested.add(form.build());
      }
    }
    if (declared instanceof Shape.Choice) {
      return null;
    }
    return new FormSource(declared).type(nested);
  }

  private TypeSpec.Builder type(List<TypeSpec> nested) {
    ClassName form = name(declared.name);
    TypeSpec.Builder type =
        TypeSpec.classBuilder(form)
            .addModifiers(Modifier.FINAL)
            .addJavadoc("How $T stands in JSON.\n", declared.name)
            .addSuperinterface(ParameterizedTypeName.get(Types.JSON_FORM, declared.name))
            .addField(
                FieldSpec.builder(form, "FORM", Modifier.STATIC, Modifier.FINAL)
                    .initializer("new $T()", form)
                    .build())
            .addMethod(MethodSpec.constructorBuilder().addModifiers(Modifier.PRIVATE).build());
    if (declared.name.enclosingClassName() != null) {
      type.addModifiers(Modifier.STATIC);
    }
    if (declared instanceof Fields fields) {
      fields.components.forEach(component -> names.unique(component.name()));
      type.addMethod(fields.wrapper ? readWhole(fields) : read(fields)).addMethod(write(fields));
    } else if (declared instanceof Union union) {
      type.addMethod(read(union)).addMethod(write(union));
    }
    return type.addTypes(nested);
  }

  private MethodSpec.Builder reading(String in) {
    return MethodSpec.methodBuilder("read")
        .addAnnotation(Override.class)
        .addModifiers(Modifier.PUBLIC)
        .returns(declared.name)
        .addParameter(Types.JSON_INPUT, in);
  }

  private MethodSpec readWhole(Fields fields) {
    Component only = fields.components.get(0);
    String in = names.unique("in");
    MethodSpec.Builder method = reading(in);
    CodeBlock value = value(only.shape(), only.mayBeNull(), in, 0);
    return made(method, fields, in, value).build();
  }

  private MethodSpec read(Fields fields) {
    String in = names.unique("in");
    String name = names.unique("name");
    MethodSpec.Builder method = reading(in);
    fields.constants.forEach(
        (property, value) -> method.addStatement("boolean $L = false", came(property)));
    for (Component each : fields.components) {
      method.addStatement("$T $L = null", each.shape().type().box(), each.name());
      if (each.required() && each.nullable()) {
        method.addStatement("boolean $L = false", came(each.property()));
      }
    }
    String others = names.unique(fields.othersName);
    if (fields.others != null) {
      method.addStatement(
          "$T $L = new $T<>()",
          ParameterizedTypeName.get(Types.MAP, Types.STRING, fields.others.type().box()),
          others,
          TreeMap.class);
    }
    method.beginControlFlow(
        "for ($1T $2L = $3L.enter(); $2L != null; $2L = $3L.next())", Types.STRING, name, in);
    CodeBlock rest =
        fields.others == null
            ? CodeBlock.of("$L.skip()", in)
            : CodeBlock.of("$L.put($L, $L)", others, name, value(fields.others, false, in, 0));
    if (fields.components.isEmpty() && fields.constants.isEmpty()) {
      method.addStatement(rest);
    } else {
      method.beginControlFlow("switch ($L)", name);
      fields.constants.forEach((property, value) -> constant(method, in, property, value));
      for (Component each : fields.components) {
        CodeBlock value = value(each.shape(), each.nullable(), in, 0);
        if (each.required() && each.nullable()) {
          method.beginControlFlow("case $S ->", each.property());
          method.addStatement("$L = $L", each.name(), value);
          method.addStatement("$L = true", came(each.property()));
          method.endControlFlow();
        } else {
          method.addStatement("case $S -> $L = $L", each.property(), each.name(), value);
        }
      }
      method.addStatement("default -> $L", rest);
      method.endControlFlow();
    }
    method.endControlFlow();
    fields.constants.forEach((property, value) -> mustCome(method, in, property));
    List<CodeBlock> arguments = new ArrayList<>();
    for (Component each : fields.components) {
      arguments.add(argument(method, in, each));
    }
    if (fields.others != null) {
      arguments.add(CodeBlock.of("$L", others));
    }
    return made(method, fields, in, CodeBlock.join(arguments, ",\n")).build();
  }

  private final Map<String, String> came = new TreeMap<>();

  private String came(String property) {
    return came.computeIfAbsent(property, p -> names.unique(Names.member(p) + "Came"));
  }

  private void mustCome(MethodSpec.Builder method, String in, String property) {
    method.beginControlFlow("if (!$L)", came(property));
    method.addStatement("throw $L.missing($S)", in, property);
    method.endControlFlow();
  }

  private void constant(MethodSpec.Builder method, String in, String property, Object value) {
    CodeBlock wrong =
        value instanceof String
            ? CodeBlock.of("!$L.text().equals($S)", in, value)
            : value instanceof Boolean truth
                ? CodeBlock.of("$L$L.bool()", truth ? "!" : "", in)
                : CodeBlock.of("$L.decimal().compareTo($L) != 0", in, RecordSource.literal(value));
    method.beginControlFlow("case $S ->", property);
    method.beginControlFlow("if ($L)", wrong);
    method.addStatement("throw $L.unfit($S)", in, "is not " + value);
    method.endControlFlow();
    method.addStatement("$L = true", came(property));
    method.endControlFlow();
  }

  private CodeBlock argument(MethodSpec.Builder method, String in, Component component) {
    if (component.required() && component.nullable()) {
      mustCome(method, in, component.property());
      return CodeBlock.of("$L", component.name());
    }
    if (!component.required()) {
      return CodeBlock.of("$L", component.name());
    }
    CodeBlock byDefault = byDefault(component);
    return byDefault == null
        ? CodeBlock.of("$L.required($L, $S)", in, component.name(), component.property())
        : CodeBlock.of("$1L == null ? $2L : $1L", component.name(), byDefault);
  }

  /** What a required property is if it does not come; null if nothing is said. */
  private static @Nullable CodeBlock byDefault(Component component) {
    Object said = component.byDefault();
    if (said instanceof String text && component.shape() instanceof Shape.Choice choice) {
      String constant = choice.constants.get(text);
      return constant == null ? null : CodeBlock.of("$T.$L", choice.name, constant);
    }
    if (!(component.shape() instanceof Shape.Scalar scalar)) {
      return null;
    }
    Kind kind = scalar.kind();
    if (said instanceof String text && kind == Kind.TEXT) {
      return CodeBlock.of("$S", text);
    }
    if (said instanceof Boolean truth && kind == Kind.BOOL) {
      return CodeBlock.of("$L", truth);
    }
    if (!(said instanceof BigDecimal number)) {
      return null;
    }
    return switch (kind) {
      case INT32 -> fits(number, 31) ? CodeBlock.of("$L", number.toBigInteger().toString()) : null;
      case INT64 -> fits(number, 63) ? CodeBlock.of("$LL", number.toBigInteger().toString()) : null;
      case INTEGER ->
          number.stripTrailingZeros().scale() > 0
              ? null
              : CodeBlock.of("new $T($S)", BigInteger.class, number.toBigInteger().toString());
      case DECIMAL -> CodeBlock.of("new $T($S)", BigDecimal.class, number.toPlainString());
      case FLOAT64 -> CodeBlock.of("$L", number.doubleValue());
      case FLOAT32 -> CodeBlock.of("$Lf", number.floatValue());
      default -> null;
    };
  }

  private static boolean fits(BigDecimal number, int bits) {
    return number.stripTrailingZeros().scale() <= 0 && number.toBigInteger().bitLength() <= bits;
  }

  private static MethodSpec.Builder made(
      MethodSpec.Builder method, Fields fields, String in, CodeBlock arguments) {
    String open = arguments.toString().length() > 60 ? "return new $T(\n$L)" : "return new $T($L)";
    return method
        .beginControlFlow("try")
        .addStatement(open, fields.name, arguments)
        .nextControlFlow("catch ($T refused)", IllegalArgumentException.class)
        .addStatement("throw $L.refused(refused)", in)
        .endControlFlow();
  }

  /** What reads a value. */
  private static CodeBlock value(Shape shape, boolean nullable, String in, int depth) {
    if (nullable) {
      return CodeBlock.of("$L.nullable($L)", in, reader(shape, false, depth));
    }
    if (shape instanceof Shape.Scalar scalar) {
      return scalar.kind().read(in);
    }
    if (shape instanceof Shape.Many many) {
      return CodeBlock.of("$L.list($L)", in, reader(many.item(), many.nullableItems(), depth));
    }
    if (shape instanceof Shape.Keyed keyed) {
      return CodeBlock.of("$L.map($L)", in, reader(keyed.value(), keyed.nullableValues(), depth));
    }
    if (shape instanceof Shape.Tree) {
      return CodeBlock.of("$L.tree()", in);
    }
    if (shape instanceof Shape.Choice choice) {
      return choice.open
          ? CodeBlock.of("new $T($L.text())", choice.name, in)
          : CodeBlock.of(
              "$L.parsed($S, $T::of)", in, "one of the values that are allowed", choice.name);
    }
    return CodeBlock.of("$T.FORM.read($L)", name(((Declared) shape).name), in);
  }

  /** What reads a value, as a function. */
  private static CodeBlock reader(Shape shape, boolean nullable, int depth) {
    if (!nullable) {
      if (shape instanceof Shape.Scalar scalar && scalar.kind().reader() != null) {
        return scalar.kind().reader();
      }
      if (shape instanceof Shape.Tree) {
        return CodeBlock.of("$T::tree", Types.JSON_INPUT);
      }
      if (shape instanceof Fields || shape instanceof Union) {
        return CodeBlock.of("$T.FORM::read", name(((Declared) shape).name));
      }
    }
    String item = depth == 0 ? "item" : "item" + (depth + 1);
    return CodeBlock.of("$L -> $L", item, value(shape, nullable, item, depth + 1));
  }

  private MethodSpec.Builder writing(String value, String out) {
    return MethodSpec.methodBuilder("write")
        .addAnnotation(Override.class)
        .addModifiers(Modifier.PUBLIC)
        .addParameter(declared.name, value)
        .addParameter(Types.JSON_GENERATOR, out);
  }

  private MethodSpec write(Fields fields) {
    MethodSpec.Builder method = writing("value", "out");
    if (fields.wrapper) {
      Component only = fields.components.get(0);
      CodeBlock value = CodeBlock.of("value.$L()", only.name());
      return method
          .addCode(
              only.mayBeNull() ? nullable(only.shape(), value, 0) : written(only.shape(), value, 0))
          .build();
    }
    method.addStatement("out.writeStartObject()");
    fields.constants.forEach(
        (property, value) ->
            method.addStatement(
                "out.write$LProperty($S, $L)",
                value instanceof String
                    ? "String"
                    : value instanceof Boolean ? "Boolean" : "Number",
                property,
                RecordSource.literal(value)));
    for (Component each : fields.components) {
      CodeBlock value = CodeBlock.of("value.$L()", each.name());
      if (!each.required()) {
        method.addStatement("$T $L = $L", each.shape().type().box(), local(each), value);
        method.beginControlFlow("if ($L != null)", local(each));
        method.addCode(property(each, CodeBlock.of("$L", local(each))));
        method.endControlFlow();
      } else if (each.nullable()) {
        method.addStatement("out.writeName($S)", each.property());
        method.addCode(nullable(each.shape(), value, 0));
      } else {
        method.addCode(property(each, value));
      }
    }
    if (fields.others != null) {
      method.addCode(
          entries(CodeBlock.of("value.$L()", fields.othersName), fields.others, false, 0));
    }
    return method.addStatement("out.writeEndObject()").build();
  }

  private final Names.Taken locals = new Names.Taken();
  private final Map<String, String> localNames = new TreeMap<>();

  private String local(Component component) {
    return localNames.computeIfAbsent(
        component.name(),
        name -> {
          if (localNames.isEmpty()) {
            for (String taken : new String[] {"value", "out", "each", "each2", "each3"}) {
              locals.unique(taken);
            }
          }
          return locals.unique(name);
        });
  }

  private static CodeBlock property(Component component, CodeBlock value) {
    if (component.shape() instanceof Shape.Scalar scalar) {
      return CodeBlock.builder()
          .addStatement(
              "out.write$LProperty($S, $L)",
              scalar.kind().token(),
              component.property(),
              scalar.kind().written(value))
          .build();
    }
    if (component.shape() instanceof Shape.Choice) {
      return CodeBlock.builder()
          .addStatement("out.writeStringProperty($S, $L.value())", component.property(), value)
          .build();
    }
    return CodeBlock.builder()
        .addStatement("out.writeName($S)", component.property())
        .add(written(component.shape(), value, 0))
        .build();
  }

  private static CodeBlock nullable(Shape shape, CodeBlock value, int depth) {
    return CodeBlock.builder()
        .beginControlFlow("if ($L == null)", value)
        .addStatement("out.writeNull()")
        .nextControlFlow("else")
        .add(written(shape, value, depth))
        .endControlFlow()
        .build();
  }

  private static CodeBlock written(Shape shape, CodeBlock value, int depth) {
    CodeBlock.Builder code = CodeBlock.builder();
    String each = depth == 0 ? "each" : "each" + (depth + 1);
    if (shape instanceof Shape.Scalar scalar) {
      code.addStatement("out.write$L($L)", scalar.kind().token(), scalar.kind().written(value));
    } else if (shape instanceof Shape.Many many) {
      code.addStatement("out.writeStartArray()");
      code.beginControlFlow(
          "for ($T $L : $L)", Checks.loop(many.item(), many.nullableItems()), each, value);
      code.add(item(many.item(), many.nullableItems(), CodeBlock.of("$L", each), depth + 1));
      code.endControlFlow();
      code.addStatement("out.writeEndArray()");
    } else if (shape instanceof Shape.Keyed keyed) {
      code.addStatement("out.writeStartObject()");
      code.add(entries(value, keyed.value(), keyed.nullableValues(), depth));
      code.addStatement("out.writeEndObject()");
    } else if (shape instanceof Shape.Tree) {
      code.addStatement("out.writeTree($L)", value);
    } else if (shape instanceof Shape.Choice) {
      code.addStatement("out.writeString($L.value())", value);
    } else {
      code.addStatement("$T.FORM.write($L, out)", name(((Declared) shape).name), value);
    }
    return code.build();
  }

  private static CodeBlock item(Shape shape, boolean nullable, CodeBlock value, int depth) {
    return nullable ? nullable(shape, value, depth) : written(shape, value, depth);
  }

  private static CodeBlock entries(CodeBlock map, Shape shape, boolean nullable, int depth) {
    String each = depth == 0 ? "each" : "each" + (depth + 1);
    TypeName value = Types.inside(shape, nullable);
    return CodeBlock.builder()
        .beginControlFlow(
            "for ($T $L : $L.entrySet())",
            ParameterizedTypeName.get(ClassName.get(Map.Entry.class), Types.STRING, value),
            each,
            map)
        .addStatement("out.writeName($L.getKey())", each)
        .add(item(shape, nullable, CodeBlock.of("$L.getValue()", each), depth + 1))
        .endControlFlow()
        .build();
  }

  private MethodSpec read(Union union) {
    MethodSpec.Builder method = reading("in");
    method.addStatement("$T tree = in.tree()", Types.JSON_NODE);
    if (union.discriminator != null) {
      method.beginControlFlow(
          "return switch (tree.path($S).asString($S))", union.discriminator, "");
      for (int i = 0; i < union.variants.size(); i++) {
        method.addStatement(
            "case $S -> in.of(tree, $T.FORM)",
            union.values.get(i),
            name(union.variants.get(i).name));
      }
      method.addStatement(
          "default -> throw in.unfit($S)",
          "is none of its variants, by its property " + union.discriminator);
      return method.addCode("$<};\n").build();
    }
    for (int i = 0; i < union.variants.size(); i++) {
      method.addStatement("boolean is$L = $L", i + 1, has(union.marks.get(i)));
    }
    List<CodeBlock> counts = new ArrayList<>();
    for (int i = 0; i < union.variants.size(); i++) {
      counts.add(CodeBlock.of("(is$L ? 1 : 0)", i + 1));
    }
    method.beginControlFlow("if ($L != 1)", CodeBlock.join(counts, " + "));
    method.addStatement("throw in.unfit($S)", "is none of its variants, or more than one of them");
    method.endControlFlow();
    for (int i = 0; i < union.variants.size() - 1; i++) {
      method.beginControlFlow("if (is$L)", i + 1);
      method.addStatement("return in.of(tree, $T.FORM)", name(union.variants.get(i).name));
      method.endControlFlow();
    }
    return method
        .addStatement(
            "return in.of(tree, $T.FORM)", name(union.variants.get(union.variants.size() - 1).name))
        .build();
  }

  private static CodeBlock has(List<String> marks) {
    return CodeBlock.join(
        marks.stream().map(mark -> CodeBlock.of("tree.has($S)", mark)).toList(), " && ");
  }

  private static MethodSpec.Builder chain(MethodSpec.Builder method, Union union) {
    int last = union.variants.size() - 1;
    for (int i = 0; i < last; i++) {
      Fields variant = union.variants.get(i);
      String open = "if (value instanceof $T variant)";
      if (i == 0) {
        method.beginControlFlow(open, variant.name);
      } else {
        method.nextControlFlow("else " + open, variant.name);
      }
      method.addStatement("$T.FORM.write(variant, out)", name(variant.name));
    }
    Fields variant = union.variants.get(last);
    if (last > 0) {
      method.nextControlFlow("else");
    }
    method.addStatement("$T.FORM.write(($T) value, out)", name(variant.name), variant.name);
    return last > 0 ? method.endControlFlow() : method;
  }

  private MethodSpec write(Union union) {
    return chain(writing("value", "out"), union).build();
  }
}

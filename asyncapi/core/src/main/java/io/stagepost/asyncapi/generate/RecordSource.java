package io.stagepost.asyncapi.generate;

import com.palantir.javapoet.ClassName;
import com.palantir.javapoet.CodeBlock;
import com.palantir.javapoet.MethodSpec;
import com.palantir.javapoet.ParameterSpec;
import com.palantir.javapoet.TypeName;
import com.palantir.javapoet.TypeSpec;
import io.stagepost.asyncapi.generate.Shape.Component;
import io.stagepost.asyncapi.generate.Shape.Fields;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import javax.lang.model.element.Modifier;
import org.jspecify.annotations.Nullable;

/** Records. */
final class RecordSource {
  private final Fields fields;
  private final String label;

  private RecordSource(Fields fields) {
    this.fields = fields;
    this.label = String.join(".", fields.name.simpleNames());
  }

  static TypeSpec.Builder of(Fields fields) {
    return new RecordSource(fields).type();
  }

  private TypeSpec.Builder type() {
    Checks checks = new Checks();
    for (Component each : all()) {
      checks.check(
          fields.wrapper ? label : label + "." + each.property(),
          each.name(),
          each.shape(),
          each.mayBeNull(),
          0);
    }
    TypeSpec.Builder type =
        TypeSpec.recordBuilder(fields.name)
            .addModifiers(Modifier.PUBLIC)
            .addJavadoc(javadoc())
            .addFields(checks.constants())
            .recordConstructor(
                MethodSpec.constructorBuilder()
                    .addParameters(all().stream().map(RecordSource::parameter).toList())
                    .build());
    CodeBlock code = code(checks);
    if (!code.isEmpty()) {
      type.addMethod(
          MethodSpec.compactConstructorBuilder()
              .addModifiers(Modifier.PUBLIC)
              .addJavadoc("Checks what the contract says.\n\n")
              .addJavadoc(parameters(false))
              .addCode(code)
              .build());
    }
    fields.unions.forEach(type::addSuperinterface);
    if (fields.deprecated) {
      type.addAnnotation(Deprecated.class);
    }
    if (fields.others != null) {
      type.addMethod(withoutOthers());
    }
    fields.constants.forEach((property, value) -> type.addMethod(constant(property, value)));
    if (all().stream().anyMatch(Component::sensitive)) {
      type.addMethod(text());
    }
    fields.nested.forEach(nested -> type.addType(Sources.nested(nested)));
    return type;
  }

  /** The components, with that for the other properties. */
  private List<Component> all() {
    List<Component> all = new ArrayList<>(fields.components);
    if (fields.others != null) {
      all.add(
          new Component(
              "additionalProperties",
              fields.othersName,
              new Shape.Keyed(fields.others, false, null, null),
              true,
              false,
              false,
              false,
              "what stands beside the others, by name, in the order of the names",
              null));
    }
    return all;
  }

  private CodeBlock javadoc() {
    CodeBlock.Builder doc = CodeBlock.builder();
    doc.add(Docs.of(fields.description, "What the contract calls " + label + "."));
    doc.add("\n");
    return doc.add(parameters(true)).build();
  }

  private CodeBlock parameters(boolean described) {
    CodeBlock.Builder doc = CodeBlock.builder();
    for (Component each : all()) {
      doc.add(
          Docs.tag(
              "@param " + each.name(),
              each.description() == null || !described
                  ? null
                  : each.description().strip()
                      + (each.mayBeNull() ? " Null if there is none." : ""),
              said(each)));
    }
    return doc.build();
  }

  private static String said(Component component) {
    return "the "
        + Names.kebab(component.name()).replace('-', ' ')
        + (component.mayBeNull() ? "; null if there is none" : "");
  }

  private CodeBlock code(Checks checks) {
    CodeBlock.Builder constructor = CodeBlock.builder();
    all().forEach(each -> constructor.add(kept(each)));
    if (fields.others != null && !properties().isEmpty()) {
      constructor.beginControlFlow(
          "if (!$T.disjoint($L.keySet(),$W$T.of($L)))",
          Collections.class,
          fields.othersName,
          List.class,
          CodeBlock.join(properties().stream().map(p -> CodeBlock.of("$S", p)).toList(), ",$W"));
      constructor.addStatement(
          "throw new $T(\n$S)",
          IllegalArgumentException.class,
          label + "." + fields.othersName + " holds a property that has a place of its own");
      constructor.endControlFlow();
    }
    return constructor.add(checks.code()).build();
  }

  private List<String> properties() {
    List<String> names = new ArrayList<>(fields.constants.keySet());
    fields.components.forEach(component -> names.add(component.property()));
    return names;
  }

  static ParameterSpec parameter(Component component) {
    ParameterSpec.Builder parameter = ParameterSpec.builder(typeOf(component), component.name());
    return parameter.build();
  }

  static TypeName typeOf(Component component) {
    TypeName type = component.shape().type();
    return component.mayBeNull() ? Types.nullable(type) : type;
  }

  /** Has a component be there, and be its own. */
  private static CodeBlock kept(Component component) {
    CodeBlock copy = copied(CodeBlock.of("$L", component.name()), component.shape(), 0);
    if (copy != null) {
      return component.mayBeNull()
          ? CodeBlock.builder()
              .addStatement("$1L =$W$1L == null ? null : $2L", component.name(), copy)
              .build()
          : CodeBlock.builder().addStatement("$L =$W$L", component.name(), copy).build();
    }
    return component.mayBeNull() || component.shape().type().isPrimitive()
        ? CodeBlock.of("")
        : CodeBlock.builder()
            .addStatement(
                "$T.requireNonNull($L, $S)", Objects.class, component.name(), component.name())
            .build();
  }

  /** A copy that nobody else can change; null if the value cannot be changed anyway. */
  private static @Nullable CodeBlock copied(CodeBlock value, Shape shape, int depth) {
    if (shape instanceof Shape.Many many) {
      CodeBlock each = copied(CodeBlock.of("each"), many.item(), depth + 1);
      if (each != null && !many.nullableItems() && depth == 0) {
        return CodeBlock.of("$L.stream().map(each -> $L).toList()", value, each);
      }
      return many.nullableItems()
          ? CodeBlock.of(
              "$T.unmodifiableList(new $T<>($L))", Collections.class, ArrayList.class, value)
          : CodeBlock.of("$T.copyOf($L)", List.class, value);
    }
    if (shape instanceof Shape.Keyed keyed) {
      return keyed.nullableValues()
          ? CodeBlock.of(
              "$T.unmodifiableMap(new $T<>($L))", Collections.class, TreeMap.class, value)
          : CodeBlock.of(
              "$T.unmodifiableMap(new $T<>($T.copyOf($L)))",
              Collections.class,
              TreeMap.class,
              Types.MAP,
              value);
    }
    return null;
  }

  private MethodSpec withoutOthers() {
    MethodSpec.Builder constructor =
        MethodSpec.constructorBuilder()
            .addModifiers(Modifier.PUBLIC)
            .addJavadoc("With the properties that are declared, and no others.\n\n");
    List<CodeBlock> arguments = new ArrayList<>();
    for (Component each : fields.components) {
      constructor.addParameter(parameter(each));
      constructor.addJavadoc(Docs.tag("@param " + each.name(), null, said(each)));
      arguments.add(CodeBlock.of("$L", each.name()));
    }
    arguments.add(CodeBlock.of("$T.of()", Types.MAP));
    return constructor.addStatement("this($L)", CodeBlock.join(arguments, ",$W")).build();
  }

  private MethodSpec constant(String property, Object value) {
    TypeName type =
        value instanceof String
            ? Types.STRING
            : value instanceof Boolean ? TypeName.BOOLEAN : ClassName.get(BigDecimal.class);
    Names.Taken taken = new Names.Taken();
    all().forEach(component -> taken.unique(component.name()));
    return MethodSpec.methodBuilder(taken.unique(Names.member(property)))
        .addModifiers(Modifier.PUBLIC)
        .addJavadoc("Always the same.\n\n@return $L\n", Docs.escaped(String.valueOf(value)))
        .returns(type)
        .addStatement("return $L", literal(value))
        .build();
  }

  static CodeBlock literal(Object value) {
    return value instanceof String
        ? CodeBlock.of("$S", value)
        : value instanceof BigDecimal number
            ? CodeBlock.of("new $T($S)", BigDecimal.class, number.toPlainString())
            : CodeBlock.of("$L", value);
  }

  private MethodSpec text() {
    CodeBlock.Builder text = CodeBlock.builder().add("return \"$L[\"", label);
    String comma = "";
    for (Component each : all()) {
      boolean others = fields.others != null && each.name().equals(fields.othersName);
      text.add("\n");
      if (each.sensitive()) {
        text.add("+ \"$L$L=***\"", comma, each.name());
      } else {
        text.add("+ \"$L$L=\"", comma, each.name());
        text.add("\n+ $L$L", each.name(), others ? ".keySet()" : "");
      }
      comma = ", ";
    }
    return MethodSpec.methodBuilder("toString")
        .addJavadoc("Without what is sensitive.\n\n@return for people\n")
        .addAnnotation(Override.class)
        .addModifiers(Modifier.PUBLIC)
        .returns(String.class)
        .addStatement(text.add("\n+ \"]\"").build())
        .build();
  }
}

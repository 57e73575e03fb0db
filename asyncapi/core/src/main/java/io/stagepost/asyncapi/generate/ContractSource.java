package io.stagepost.asyncapi.generate;

import com.palantir.javapoet.ClassName;
import com.palantir.javapoet.CodeBlock;
import com.palantir.javapoet.FieldSpec;
import com.palantir.javapoet.MethodSpec;
import com.palantir.javapoet.ParameterizedTypeName;
import com.palantir.javapoet.TypeName;
import com.palantir.javapoet.TypeSpec;
import io.stagepost.asyncapi.Operation;
import io.stagepost.asyncapi.Terms;
import io.stagepost.asyncapi.tree.Node;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import javax.lang.model.element.Modifier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** The class of a contract: its event types, what was promised, and what it asks of handlers. */
final class ContractSource {
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).build();

  private final Plan plan;

  private ContractSource(Plan plan) {
    this.plan = plan;
  }

  static TypeSpec.Builder of(Plan plan) {
    return new ContractSource(plan).type();
  }

  private TypeSpec.Builder type() {
    TypeSpec.Builder type =
        TypeSpec.classBuilder(plan.constants)
            .addModifiers(Modifier.PUBLIC, Modifier.FINAL)
            .addJavadoc(
                "The contract $L $L ($L): what the application sends and receives.\n",
                Docs.escaped(plan.contract.title()),
                Docs.escaped(plan.contract.version()),
                Docs.escaped(Plan.file(plan.contract.node())));
    if (plan.contract.description() != null) {
      type.addJavadoc("\n<p>$L", Docs.of(plan.contract.description(), ""));
    }
    String source = plan.source();
    for (Plan.Carry carry : plan.carries.values()) {
      String schema = carry.payload.schema();
      if (schema != null) {
        type.addField(
            FieldSpec.builder(
                    String.class,
                    carry.constant + "_SCHEMA",
                    Modifier.PRIVATE,
                    Modifier.STATIC,
                    Modifier.FINAL)
                .initializer("$>$>\n$L$<$<", text(schema))
                .build());
      }
      type.addField(eventType(carry, source));
    }
    for (Operation operation : plan.receivers()) {
      TermsSource terms = new TermsSource(plan.contract, operation);
      type.addField(terms.policy());
      FieldSpec limits = terms.limits();
      if (limits != null) {
        type.addField(limits);
      }
    }
    return type.addField(contract())
        .addMethod(MethodSpec.constructorBuilder().addModifiers(Modifier.PRIVATE).build());
  }

  /** A text block of JSON. */
  private static String text(String json) {
    String pretty = JSON.writerWithDefaultPrettyPrinter().writeValueAsString(JSON.readTree(json));
    return "\"\"\"\n" + pretty.replace("\\", "\\\\").replace("\"\"\"", "\"\"\\\"") + "\"\"\"";
  }

  private FieldSpec eventType(Plan.Carry carry, String source) {
    Terms terms = Terms.of(plan.contract, carry.operation, carry.message);
    TypeName payload = carry.payload.type();
    CodeBlock.Builder code = CodeBlock.builder();
    code.add("$>$>\n$T.of($S, $T.class)$>$>", Types.EVENT_TYPE, carry.type, payload);
    if (carry.sent) {
      code.add("\n.source($S)", source);
    }
    Address address = Address.of(carry.channel);
    if (address.isFixed()) {
      code.add("\n.channel($L)", address.expression());
    }
    if (carry.key != null) {
      code.add("\n.key($L)", carry.key);
    }
    if (carry.idempotencyKey != null) {
      code.add("\n.idempotencyKey($L)", carry.idempotencyKey);
    }
    terms
        .text("x-priority", "")
        .filter(term -> !term.value().equals("normal"))
        .ifPresent(
            term ->
                code.add(
                    "\n.priority($T.Priority.$L)",
                    Types.EVENT_TYPE,
                    term.value().toUpperCase(Locale.ROOT)));
    terms
        .duration("x-ttl")
        .ifPresent(term -> code.add("\n.timeToLive($L)", TermsSource.duration(term.value())));
    if (carry.sent) {
      terms
          .maxBytes()
          .filter(term -> term.value() < Integer.MAX_VALUE)
          .ifPresent(term -> code.add("\n.maxBytes($L)", term.value()));
    }
    code.add(
        "\n.codec($L$L)$<$<$<$<",
        carry.payload.codec(),
        carry.payload.schema() == null ? "" : ".schema(" + carry.constant + "_SCHEMA)");
    FieldSpec.Builder field =
        FieldSpec.builder(
                ParameterizedTypeName.get(Types.EVENT_TYPE, payload.box()),
                carry.constant,
                Modifier.PUBLIC,
                Modifier.STATIC,
                Modifier.FINAL)
            .addJavadoc(javadoc(carry, address))
            .initializer(code.build());
    if (isDeprecated(plan, carry)) {
      field.addAnnotation(Deprecated.class);
    }
    return field.build();
  }

  static boolean isDeprecated(Plan plan, Plan.Carry carry) {
    return carry.message.deprecated()
        || Terms.of(plan.contract, carry.operation, carry.message).deprecation().isPresent();
  }

  private CodeBlock javadoc(Plan.Carry carry, Address address) {
    CodeBlock.Builder doc = CodeBlock.builder();
    doc.add(said(carry));
    if (!address.isFixed()) {
      doc.add("\n<p>Its channel depends on parameters: {@code EventType.channel} sets it.\n");
    }
    doc.add(deprecation(plan, carry));
    return doc.build();
  }

  /** What the contract says of a message. */
  static CodeBlock said(Plan.Carry carry) {
    String summary = carry.message.summary();
    String said = summary == null ? carry.message.description() : summary;
    return Docs.of(said == null ? carry.message.title() : said, carry.type + ".");
  }

  static CodeBlock deprecation(Plan plan, Plan.Carry carry) {
    if (!isDeprecated(plan, carry)) {
      return CodeBlock.of("");
    }
    StringBuilder text = new StringBuilder();
    Terms.of(plan.contract, carry.operation, carry.message)
        .deprecation()
        .ifPresent(
            term -> {
              text.append(Objects.requireNonNullElse(term.value().reason(), "It goes away."));
              if (term.value().replacement() != null) {
                text.append(" Use ").append(term.value().replacement()).append(" instead.");
              }
              if (term.value().sunset() != null) {
                text.append(" It lives until ").append(term.value().sunset()).append('.');
              }
            });
    return CodeBlock.builder()
        .add("\n")
        .add(Docs.tag("@deprecated", text.toString(), "The contract says so."))
        .build();
  }

  private FieldSpec contract() {
    CodeBlock.Builder code = CodeBlock.builder();
    code.add(
        "$>$>\n$T.of($S, $S, $S)$>$>",
        Types.api("Contract"),
        plan.contract.title(),
        plan.contract.version(),
        Plan.file(plan.contract.node()));
    List<CodeBlock> sent =
        plan.sent.stream()
            .map(Plan.Use::carry)
            .distinct()
            .filter(carry -> Address.of(carry.channel).isFixed())
            .map(carry -> CodeBlock.of("$L", carry.constant))
            .toList();
    if (!sent.isEmpty()) {
      code.add("\n.sends($L)", CodeBlock.join(sent, ",$W"));
    }
    promises()
        .forEach(
            (capability, where) ->
                code.add(
                    "\n.promises($T.Capability.$L,\n$>$>$S$<$<)",
                    ClassName.get("io.stagepost.spi", "Capabilities"),
                    capability,
                    where));
    return FieldSpec.builder(
            Types.api("Contract"), "CONTRACT", Modifier.PUBLIC, Modifier.STATIC, Modifier.FINAL)
        .addJavadoc("What was promised, as far as it is checked when the application starts.\n")
        .initializer(code.add("$<$<$<$<").build())
        .build();
  }

  /** The capabilities that it takes, each with the first place that asks for it. */
  private Map<String, String> promises() {
    Map<String, String> promises = new TreeMap<>();
    for (Plan.Carry carry : plan.carries.values()) {
      Terms terms = Terms.of(plan.contract, carry.operation, carry.message);
      promise(promises, "ORDERED_KEYS", carry.orderingKey);
      terms.find("x-retention").ifPresent(node -> promise(promises, "KEEPS_EVENTS", node));
      terms
          .find("x-dead-letter")
          .filter(node -> "divert".equals(node.text("successors")))
          .ifPresent(node -> promise(promises, "BROWSING", node));
    }
    return promises;
  }

  private static void promise(
      Map<String, String> promises, String capability, @Nullable Node place) {
    if (place != null) {
      promises.merge(
          capability, Plan.where(place), (one, other) -> one.compareTo(other) <= 0 ? one : other);
    }
  }
}

package io.stagepost.asyncapi.generate;

import com.palantir.javapoet.CodeBlock;
import com.palantir.javapoet.FieldSpec;
import io.stagepost.asyncapi.Contract;
import io.stagepost.asyncapi.Operation;
import io.stagepost.asyncapi.Terms;
import io.stagepost.asyncapi.Terms.RetryTerms;
import io.stagepost.asyncapi.tree.Node;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import javax.lang.model.element.Modifier;
import org.jspecify.annotations.Nullable;

/** Policies and limits that a contract asks for. */
final class TermsSource {
  private final Operation operation;
  private final Terms terms;

  TermsSource(Contract contract, Operation operation) {
    this.operation = operation;
    this.terms = Terms.of(contract, operation, null);
  }

  static String policy(Operation operation) {
    return Names.constant(operation.key()) + "_POLICY";
  }

  static String limits(Operation operation) {
    return Names.constant(operation.key()) + "_LIMITS";
  }

  /** What becomes of what is not simply handled. */
  FieldSpec policy() {
    CodeBlock.Builder code = CodeBlock.builder();
    terms
        .duration("x-timeout")
        .ifPresent(
            term -> add(code, term.node(), CodeBlock.of("timeout($L)", duration(term.value()))));
    terms.retry().ifPresent(term -> add(code, term.node(), retry(term.value())));
    terms
        .text("x-dead-letter", "address")
        .ifPresent(
            term -> add(code, term.node(), CodeBlock.of("deadLetterAddress($S)", term.value())));
    terms
        .find("x-dead-letter")
        .map(node -> node.text("successors"))
        .ifPresent(
            successors ->
                code.add(
                    "\n.successors($T.Successors.$L)", Types.api("Policy"), constant(successors)));
    terms
        .text("x-parking", "address")
        .ifPresent(
            term -> add(code, term.node(), CodeBlock.of("parkingLotAddress($S)", term.value())));
    choice(code, "x-unknown-type", "", "unknownType", "UnknownType");
    choice(code, "x-expired", "", "expired", "Expired");
    choice(code, "x-degradation", "mode", "degradation", "Degradation");
    return FieldSpec.builder(
            Types.api("Policy"),
            policy(operation),
            Modifier.PUBLIC,
            Modifier.STATIC,
            Modifier.FINAL)
        .addJavadoc("What becomes of what $L receives and is not simply handled.\n", name())
        .initializer(
            "$>$>\n$T.contract()$>$>$L\n.agreed()$<$<$<$<", Types.api("Policy"), code.build())
        .build();
  }

  private void choice(
      CodeBlock.Builder code, String extension, String member, String method, String type) {
    terms
        .text(extension, member)
        .ifPresent(
            term ->
                add(
                    code,
                    term.node(),
                    CodeBlock.of(
                        "$L($T.$L.$L)",
                        method,
                        Types.api("Policy"),
                        type,
                        constant(term.value()))));
  }

  private String name() {
    return Docs.escaped(operation.key());
  }

  private static String constant(String value) {
    return value.toUpperCase(Locale.ROOT).replace('-', '_');
  }

  private static void add(CodeBlock.Builder code, Node node, CodeBlock setting) {
    code.add("\n.at($S)\n.$L", Plan.where(node), setting);
  }

  private static CodeBlock retry(RetryTerms retry) {
    CodeBlock.Builder code = CodeBlock.builder();
    Duration first = retry.initialDelay();
    Duration longest = retry.maxDelay();
    if (first != null && longest != null) {
      code.add(
          "retry(\n$>$>$T.exponential($L, $L)",
          Types.api("Retry"),
          duration(first),
          duration(longest));
    } else {
      code.add("retry(\n$>$>$T.defaults()", Types.api("Retry"));
    }
    code.add("$>$>");
    if (retry.attempts() != null) {
      code.add("\n.attempts($L)", retry.attempts());
    }
    if (retry.maxAge() != null) {
      code.add("\n.maxAge($L)", duration(retry.maxAge()));
    }
    return code.add("$<$<$<$<)").build();
  }

  /** How much is taken on at once; null if the contract does not say. */
  @Nullable FieldSpec limits() {
    Node rate = terms.find("x-rate").orElse(null);
    Node events = rate == null ? null : rate.get("events");
    BigDecimal number = events == null ? null : events.number();
    Duration per = null;
    if (rate != null) {
      per = parsed(rate.text("per"));
    }
    if (rate == null || number == null || per == null || per.isZero()) {
      return null;
    }
    double rateOfSecond = number.doubleValue() / (per.toNanos() / 1e9);
    return FieldSpec.builder(
            Types.api("Limits"),
            limits(operation),
            Modifier.PUBLIC,
            Modifier.STATIC,
            Modifier.FINAL)
        .addJavadoc("How much of what $L receives is taken on at once.\n", name())
        .initializer(
            "$>$>\n$T.contract()$>$>\n.at($S)\n.rate($L)\n.agreed()$<$<$<$<",
            Types.api("Limits"),
            Plan.where(rate),
            rateOfSecond)
        .build();
  }

  static @Nullable Duration parsed(@Nullable String text) {
    try {
      return text == null ? null : Duration.parse(text);
    } catch (DateTimeParseException e) {
      return null;
    }
  }

  static CodeBlock duration(Duration duration) {
    String method;
    long amount;
    if (!Duration.ofMillis(duration.toMillis()).equals(duration)) {
      return CodeBlock.of("$T.parse($S)", Duration.class, duration);
    }
    if (duration.toMillis() % 1_000 != 0) {
      method = "ofMillis";
      amount = duration.toMillis();
    } else if (duration.toSeconds() % 86_400 == 0 && !duration.isZero()) {
      method = "ofDays";
      amount = duration.toDays();
    } else if (duration.toSeconds() % 3_600 == 0 && !duration.isZero()) {
      method = "ofHours";
      amount = duration.toHours();
    } else if (duration.toSeconds() % 60 == 0 && !duration.isZero()) {
      method = "ofMinutes";
      amount = duration.toMinutes();
    } else {
      method = "ofSeconds";
      amount = duration.toSeconds();
    }
    return CodeBlock.of(
        amount == (int) amount ? "$T.$L($L)" : "$T.$L($LL)", Duration.class, method, amount);
  }
}

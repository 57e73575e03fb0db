package io.stagepost.dlq.cli;

import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.CelIssue;
import dev.cel.common.CelOptions;
import dev.cel.common.CelSourceLocation;
import dev.cel.common.CelValidationException;
import dev.cel.common.types.MapType;
import dev.cel.common.types.SimpleType;
import dev.cel.compiler.CelCompilerBuilder;
import dev.cel.compiler.CelCompilerFactory;
import dev.cel.parser.CelStandardMacro;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelRuntime;
import dev.cel.runtime.CelRuntimeFactory;
import io.cloudevents.CloudEvent;
import io.cloudevents.CloudEventData;
import io.stagepost.dlq.FailureReport;
import io.stagepost.dlq.Letter;
import io.stagepost.spi.Header;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.TypeConversionException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * An expression of the Common Expression Language that says of a letter whether it is meant. What
 * it costs is bounded: so many nodes, so many rounds of a loop, and patterns that take linear time.
 * A letter for which it cannot be computed (a field that it does not have, say) is not meant, and
 * is counted. Not thread-safe.
 */
final class Where implements Predicate<Letter> {
  private static final int LENGTH = 10_000;
  private static final int NODES = 2_000;
  private static final int ROUNDS = 10_000;
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final CelOptions BOUNDS =
      CelOptions.current()
          .maxExpressionCodePointSize(LENGTH)
          .maxParseExpressionNodeCount(NODES)
          .comprehensionMaxIterations(ROUNDS)
          .enableHeterogeneousNumericComparisons(true) // so that 50 compares with 50.5
          .build();

  private final CelRuntime.Program program;
  private long asked;
  private long failed;
  private String firstFailure = "";

  private Where(CelRuntime.Program program) {
    this.program = program;
  }

  /**
   * Compiles an expression.
   *
   * @throws TypeConversionException if it is none, or yields no truth value; with the place
   */
  static Where compile(String expression) {
    CelCompilerBuilder compiler =
        CelCompilerFactory.standardCelCompilerBuilder()
            .setOptions(BOUNDS)
            .setStandardMacros(CelStandardMacro.STANDARD_MACROS)
            .setResultType(SimpleType.BOOL);
    for (String text :
        new String[] {
          "id", "type", "source", "subject", "key", "reason", "exception", "message", "subscription"
        }) {
      compiler.addVar(text, SimpleType.STRING);
    }
    compiler.addVar("time", SimpleType.TIMESTAMP);
    compiler.addVar("attempts", SimpleType.INT);
    compiler.addVar("replays", SimpleType.INT);
    compiler.addVar("headers", MapType.create(SimpleType.STRING, SimpleType.STRING));
    compiler.addVar("data", SimpleType.DYN);
    try {
      CelAbstractSyntaxTree tree = compiler.build().compile(expression).getAst();
      return new Where(
          CelRuntimeFactory.plannerRuntimeBuilder().setOptions(BOUNDS).build().createProgram(tree));
    } catch (CelValidationException wrong) {
      CelIssue first = wrong.getErrors().get(0);
      CelSourceLocation at = first.getSourceLocation();
      throw new TypeConversionException(
          "it cannot be read"
              + (at.getLine() < 0
                  ? ""
                  : " at line " + at.getLine() + ", column " + (at.getColumn() + 1))
              + ": "
              + first.getMessage());
    } catch (CelEvaluationException wrong) {
      throw new TypeConversionException("it cannot be used: " + wrong.getMessage());
    }
  }

  @Override
  public boolean test(Letter letter) {
    asked++;
    try {
      return Boolean.TRUE.equals(program.eval(values(letter)));
    } catch (CelEvaluationException notOfThis) {
      if (failed++ == 0) {
        firstFailure = letter.id() + ", " + Column.harmless(String.valueOf(notOfThis.getMessage()));
      }
      return false;
    }
  }

  /** How many letters it was asked about. */
  long asked() {
    return asked;
  }

  /** For how many of them it could not be computed. */
  long failed() {
    return failed;
  }

  /** For which letter first, and why; empty if for none. */
  String firstFailure() {
    return firstFailure;
  }

  private static Map<String, Object> values(Letter letter) {
    FailureReport failure = letter.failure();
    CloudEvent event = letter.event();
    Map<String, Object> values = new HashMap<>();
    values.put("id", event == null ? "" : event.getId());
    values.put("type", letter.type());
    values.put("source", event == null ? "" : event.getSource().toString());
    values.put("subject", event == null ? "" : orEmpty(event.getSubject()));
    values.put("key", orEmpty(letter.key()));
    values.put("reason", orEmpty(failure.reason()));
    values.put("exception", orEmpty(failure.exception()));
    values.put("message", orEmpty(failure.message()));
    values.put("subscription", orEmpty(failure.subscription()));
    values.put("time", Objects.requireNonNullElse(letter.at().time(), Instant.EPOCH));
    values.put("attempts", (long) Objects.requireNonNullElse(failure.attempts(), 0));
    values.put("replays", (long) failure.replays());
    Map<String, String> headers = new HashMap<>();
    for (Header header : letter.message().headers()) {
      byte[] value = header.value();
      headers.put(header.name(), value == null ? "" : new String(value, StandardCharsets.UTF_8));
    }
    values.put("headers", headers);
    values.put("data", data(event));
    return values;
  }

  /** The payload, if it is JSON; else an empty map, of which no field is there. */
  private static Object data(@Nullable CloudEvent event) {
    CloudEventData data = event == null ? null : event.getData();
    if (data == null) {
      return Map.of();
    }
    try {
      Object value = JSON.readValue(data.toBytes(), Object.class);
      return value == null ? Map.of() : widened(value);
    } catch (JacksonException none) {
      return Map.of();
    }
  }

  /** The language has one kind of integers. */
  private static Object widened(Object value) {
    if (value instanceof Integer number) {
      return number.longValue();
    }
    if (value instanceof java.math.BigInteger number) {
      return number.doubleValue();
    }
    if (value instanceof Map<?, ?> map) {
      Map<Object, Object> copy = new HashMap<>();
      map.forEach((name, each) -> copy.put(name, widened(each)));
      return copy;
    }
    if (value instanceof java.util.List<?> list) {
      return list.stream().map(Where::widened).toList();
    }
    return value == null ? dev.cel.common.values.NullValue.NULL_VALUE : value;
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }
}

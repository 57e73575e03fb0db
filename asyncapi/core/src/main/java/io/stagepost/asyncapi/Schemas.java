package io.stagepost.asyncapi;

import com.networknt.schema.Error;
import com.networknt.schema.ExecutionConfig;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaException;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import com.networknt.schema.ValidationLimitExceededException;
import com.networknt.schema.dialect.Dialect;
import com.networknt.schema.dialect.Dialects;
import com.networknt.schema.path.NodePath;
import com.networknt.schema.path.PathType;
import io.stagepost.schema.internal.text.CountedText;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The JSON Schema validator, as we use it: all errors, formats told apart, nothing fetched, bounded
 * work, and of an alternative ({@code oneOf}, {@code anyOf}) only the errors of the branch that was
 * probably meant.
 */
final class Schemas {
  /** The most steps that one validation may take. */
  private static final long STEPS = 5_000_000;

  /** The deepest that the validator may nest; kept well below what a thread's stack bears. */
  private static final int DEPTH = 1_500;

  /** What outweighs all errors that do not concern a type or a constant. */
  private static final long FAR = 1_000_000;

  /** How much of a value is shown, in characters. */
  private static final int SHOWN = 60;

  private static final SchemaRegistryConfig CONFIG =
      SchemaRegistryConfig.builder()
          .pathType(PathType.JSON_POINTER)
          .formatAssertionsEnabled(true)
          .losslessNarrowing(true)
          .regularExpressionFactory(new BoundedPatterns())
          .build();
  private static final ExecutionConfig EXECUTION =
      ExecutionConfig.builder()
          .formatAssertionsEnabled(true)
          .maxEvaluationSteps(STEPS)
          .maxEvaluationDepth(DEPTH)
          .build();

  private static final SchemaRegistry DRAFT_07 = registry(Dialects.getDraft7());
  private static final SchemaRegistry DRAFT_2020_12 = registry(Dialects.getDraft202012());

  private Schemas() {}

  private static SchemaRegistry registry(Dialect standard) {
    return SchemaRegistry.withDefaultDialect(
        Dialect.builder(standard).format(new EmailFormat()).build(),
        builder -> builder.schemaRegistryConfig(CONFIG).schemaCacheEnabled(false));
  }

  /** One thing that a value is not; of a format its name is the property. */
  record Violation(
      List<String> instance, String keyword, @Nullable String property, String message) {}

  /** A schema by its dialect. */
  static Schema compile(JsonNode schema, Payload.Format format) {
    return (format == Payload.Format.JSON_SCHEMA_2020_12 ? DRAFT_2020_12 : DRAFT_07)
        .getSchema(schema);
  }

  /** What a schema of JSON Schema 2020-12 must look like; it comes with the validator. */
  static Schema metaschema2020() {
    return DRAFT_2020_12.getSchema(
        SchemaLocation.of(SpecificationVersion.DRAFT_2020_12.getDialectId()));
  }

  /** What is wrong with a value; nothing is thrown for what the schema or the value holds. */
  static List<Violation> violations(Schema schema, JsonNode value) {
    List<Error> errors;
    try {
      errors = schema.validate(value, context -> context.setExecutionConfig(EXECUTION));
    } catch (ValidationLimitExceededException e) {
      return List.of(
          new Violation(
              List.of(), "limit", null, "checking it takes more than " + STEPS + " steps"));
    } catch (CountedText.Exhausted e) {
      return List.of(
          new Violation(
              List.of(),
              "limit",
              null,
              "matching a pattern takes more than " + BoundedPatterns.LOOKS + " steps"));
    } catch (SchemaException | PatternSyntaxException e) {
      return List.of(new Violation(List.of(), "invalid-schema", null, message(e)));
    } catch (StackOverflowError e) {
      return List.of(new Violation(List.of(), "limit", null, "it is nested too deeply to check"));
    }
    Map<String, Violation> distinct = new LinkedHashMap<>();
    for (Error error : meant(errors)) {
      List<String> at = tokens(error.getInstanceLocation());
      distinct.putIfAbsent(
          String.join("/", at) + " " + error.getKeyword() + " " + error.getProperty(),
          "format".equals(error.getKeyword())
              ? format(at, error)
              : new Violation(at, error.getKeyword(), error.getProperty(), error.getMessage()));
    }
    return List.copyOf(distinct.values());
  }

  private static Violation format(List<String> at, Error error) {
    String name = error.getSchemaNode() == null ? "" : error.getSchemaNode().asString("");
    String value = error.getInstanceNode() == null ? "" : error.getInstanceNode().asString("");
    String shown = value.length() > SHOWN ? value.substring(0, SHOWN) + "…" : value;
    return new Violation(at, "format", name, "'" + shown + "' is not of the format " + name);
  }

  private static String message(RuntimeException e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
  }

  private static List<String> tokens(NodePath path) {
    List<String> tokens = new ArrayList<>();
    for (int i = 0; i < path.getNameCount(); i++) {
      tokens.add(String.valueOf(path.getElement(i)));
    }
    return tokens;
  }

  /** A branch of an alternative that an error lies in: which alternative of which value. */
  private record Branch(String alternative, String number) {}

  private record Located(Error error, List<Branch> branches) {}

  /**
   * Leaves out the errors of branches that were not meant. Of the branches of one alternative for
   * one value, that one was meant whose errors do not concern the value's own type or a
   * discriminating constant; among those the one with the fewest errors. Of alternatives within a
   * branch only the errors of their own best branch count.
   */
  private static List<Error> meant(List<Error> errors) {
    List<Located> located = new ArrayList<>();
    errors.forEach(error -> located.add(new Located(error, branches(error))));
    List<Error> result = new ArrayList<>();
    keep(located, 0, result);
    return result;
  }

  private static void keep(List<Located> errors, int level, List<Error> result) {
    List<Error> own = new ArrayList<>();
    Map<String, Map<String, List<Located>>> alternatives = alternatives(errors, level, own);
    // That no branch fits is said better by what does not fit in the one that was meant.
    own.removeIf(
        error ->
            alternatives.containsKey(
                alternative(
                    tokens(error.getEvaluationPath()), tokens(error.getInstanceLocation()))));
    result.addAll(own);
    for (Map<String, List<Located>> branches : alternatives.values()) {
      List<Located> best =
          branches.values().stream()
              .min(Comparator.comparingLong(branch -> cost(branch, level + 1, shortest(branch))))
              .orElseThrow();
      keep(best, level + 1, result);
    }
  }

  /** The errors by alternative and branch; those that lie in none are added to the own ones. */
  private static Map<String, Map<String, List<Located>>> alternatives(
      List<Located> errors, int level, List<Error> own) {
    Map<String, Map<String, List<Located>>> alternatives = new LinkedHashMap<>();
    for (Located each : errors) {
      if (each.branches().size() <= level) {
        own.add(each.error());
      } else {
        Branch branch = each.branches().get(level);
        alternatives
            .computeIfAbsent(branch.alternative(), k -> new LinkedHashMap<>())
            .computeIfAbsent(branch.number(), k -> new ArrayList<>())
            .add(each);
      }
    }
    return alternatives;
  }

  private static String alternative(List<String> path, List<String> instance) {
    return String.join("/", path) + " " + String.join("/", instance);
  }

  /** The branches on the way from the schema's root to the keyword that failed. */
  private static List<Branch> branches(Error error) {
    List<String> path = tokens(error.getEvaluationPath());
    List<String> instance = tokens(error.getInstanceLocation());
    List<Branch> branches = new ArrayList<>();
    int consumed = 0;
    for (int i = 0; i < path.size() - 1; i++) {
      switch (path.get(i)) {
        case "properties", "patternProperties" -> {
          consumed++;
          i++;
        }
        case "additionalProperties", "additionalItems" -> consumed++;
        case "items", "prefixItems" -> {
          consumed++;
          if (Character.isDigit(path.get(i + 1).charAt(0))) {
            i++;
          }
        }
        case "oneOf", "anyOf" -> {
          List<String> at = instance.subList(0, Math.min(consumed, instance.size()));
          branches.add(new Branch(alternative(path.subList(0, i + 1), at), path.get(i + 1)));
          i++;
        }
        case "definitions", "$defs", "dependencies", "dependentSchemas", "allOf" -> i++;
        default -> {}
      }
    }
    return branches;
  }

  private static int shortest(List<Located> branch) {
    return branch.stream()
        .mapToInt(each -> each.error().getInstanceLocation().getNameCount())
        .min()
        .orElse(0);
  }

  /** How far-fetched it is that a branch was meant. */
  private static long cost(List<Located> branch, int level, int shortest) {
    List<Error> own = new ArrayList<>();
    Map<String, Map<String, List<Located>>> alternatives = alternatives(branch, level, own);
    long cost = 0;
    for (Error error : own) {
      String keyword = String.valueOf(error.getKeyword());
      cost++;
      if (keyword.equals("enum") || keyword.equals("const")) {
        cost += 2 * FAR;
      } else if (keyword.equals("type") && error.getInstanceLocation().getNameCount() == shortest) {
        cost += 5 * FAR;
      }
    }
    for (Map<String, List<Located>> inner : alternatives.values()) {
      cost +=
          inner.values().stream()
              .mapToLong(each -> cost(each, level + 1, shortest))
              .min()
              .orElse(0);
    }
    return cost;
  }
}

package io.stagepost.schema;

import com.networknt.schema.AbsoluteIri;
import com.networknt.schema.Error;
import com.networknt.schema.ExecutionContext;
import com.networknt.schema.SchemaException;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import com.networknt.schema.ValidationLimitExceededException;
import com.networknt.schema.dialect.Dialect;
import com.networknt.schema.dialect.Dialects;
import com.networknt.schema.path.NodePath;
import com.networknt.schema.path.PathType;
import io.stagepost.MessagingException;
import io.stagepost.schema.internal.text.CountedText;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * One JSON Schema, compiled. The only class that knows the validator's library. It fetches nothing:
 * what a schema refers to is in its references, or an error. Thread-safe.
 */
final class JsonValidator {
  /** Steps of one validation: a schema whose branches multiply ends here. */
  static final int STEPS = 1_000_000;

  /** Violations that an error lists. */
  static final int VIOLATIONS = 10;

  private static final JsonMapper SCHEMAS = JsonMapper.builder(JsonLimits.factory()).build();

  private static final JsonPatterns PATTERNS = new JsonPatterns();

  private static final Dialect DRAFT_7 = bounded(Dialects.getDraft7());
  private static final Dialect DRAFT_2020_12 = bounded(Dialects.getDraft202012());

  private final com.networknt.schema.Schema schema;

  private JsonValidator(com.networknt.schema.Schema schema) {
    this.schema = schema;
  }

  /**
   * Compiles a schema.
   *
   * @param schema draft-07 or 2020-12; draft-07 if it does not say
   * @param referred what it refers to, by name
   * @throws MessagingException if it is none
   */
  static JsonValidator compile(Schema schema, Map<String, Schema> referred) {
    Map<String, String> references = new HashMap<>();
    referred.forEach((name, other) -> references.put(name, other.text()));
    try {
      JsonNode text = SCHEMAS.readTree(schema.text());
      SpecificationVersion version = version(text);
      com.networknt.schema.SchemaRegistry registry = registry(version, references);
      List<String> violations =
          new JsonValidator(registry.getSchema(SchemaLocation.of(version.getDialectId())))
              .check(text);
      if (!violations.isEmpty()) {
        throw unusable(String.join("; ", violations), null);
      }
      com.networknt.schema.Schema compiled =
          text.path("$id").isString()
              ? registry.getSchema(text)
              : registry.getSchema(SchemaLocation.of("schema:///schema"), text);
      compiled.initializeValidators();
      return new JsonValidator(compiled);
    } catch (JacksonException noJson) {
      throw unusable("it is no JSON", noJson);
    } catch (SchemaException unusable) {
      throw unusable(String.valueOf(unusable.getMessage()), unusable);
    }
  }

  private static SpecificationVersion version(JsonNode schema) {
    JsonNode dialect = schema.path("$schema");
    if (dialect.isMissingNode()) {
      return SpecificationVersion.DRAFT_7;
    }
    for (SpecificationVersion version :
        List.of(SpecificationVersion.DRAFT_7, SpecificationVersion.DRAFT_2020_12)) {
      if (withoutHash(dialect.asString("")).equals(withoutHash(version.getDialectId()))) {
        return version;
      }
    }
    throw unusable("its $schema is neither draft-07 nor 2020-12", null);
  }

  private static String withoutHash(String dialect) {
    return dialect.endsWith("#") ? dialect.substring(0, dialect.length() - 1) : dialect;
  }

  private static com.networknt.schema.SchemaRegistry registry(
      SpecificationVersion version, Map<String, String> references) {
    return com.networknt.schema.SchemaRegistry.withDefaultDialect(
        version == SpecificationVersion.DRAFT_7 ? DRAFT_7 : DRAFT_2020_12,
        builder ->
            builder
                .schemaRegistryConfig(
                    SchemaRegistryConfig.builder()
                        .pathType(PathType.JSON_POINTER)
                        .locale(Locale.ROOT)
                        .regularExpressionFactory(PATTERNS)
                        .build())
                .schemaLoader(
                    loader ->
                        loader
                            .fetchRemoteResources(false)
                            .block(iri -> !isMeta(iri) && find(iri, references) == null)
                            .resourceLoaders(
                                loaders -> loaders.resources(iri -> find(iri, references)))));
  }

  /** With those of the library's keywords and formats replaced that will not do. */
  private static Dialect bounded(Dialect standard) {
    return Dialect.builder(standard)
        .keyword(new JsonUniqueItems())
        .format(JsonEmail.ASCII)
        .format(JsonEmail.ANY)
        .build();
  }

  private static boolean isMeta(AbsoluteIri iri) {
    return iri.toString().startsWith("https://json-schema.org/")
        || iri.toString().startsWith("http://json-schema.org/");
  }

  private static @Nullable String find(AbsoluteIri iri, Map<String, String> references) {
    return find(iri.toString(), references);
  }

  /** A reference is named as the schema names it, which the library has made absolute. */
  private static @Nullable String find(String iri, Map<String, String> references) {
    String exact = references.get(iri);
    if (exact != null) {
      return exact;
    }
    return references.entrySet().stream()
        .filter(entry -> iri.endsWith("/" + entry.getKey()))
        .map(Map.Entry::getValue)
        .findFirst()
        .orElse(null);
  }

  /**
   * What of a document is not as the schema says: where, and which rule; no values, and no names
   * that are not the schema's.
   *
   * @return at most {@link #VIOLATIONS}, and how many more; empty if it is valid
   */
  List<String> check(JsonNode document) {
    List<Error> errors;
    try {
      errors =
          schema.validate(
              document,
              (ExecutionContext context) ->
                  context.executionConfig(
                      config -> config.maxEvaluationSteps(STEPS).maxEvaluationDepth(1_000)));
    } catch (ValidationLimitExceededException exceeded) {
      return List.of(
          "it takes more than "
              + exceeded.getLimit()
              + " "
              + exceeded.getLimitKind()
              + " of evaluation");
    } catch (CountedText.Exhausted exhausted) {
      return List.of("its patterns look at more than " + JsonPatterns.CHARACTERS + " characters");
    } catch (RuntimeException | StackOverflowError failure) {
      // The second comes of patterns on long texts, the library's own ones too, and of nothing that
      // is half done by then.
      return List.of("it cannot be checked (" + failure.getClass().getName() + ")");
    } finally {
      PATTERNS.reset();
    }
    Set<String> violations = new LinkedHashSet<>();
    for (Error error : errors) {
      violations.add(violation(error));
    }
    if (violations.size() <= VIOLATIONS) {
      return List.copyOf(violations);
    }
    List<String> first = new ArrayList<>(violations).subList(0, VIOLATIONS);
    first.add("and " + (violations.size() - VIOLATIONS) + " more");
    return first;
  }

  private static String violation(Error error) {
    String rule = error.getKeyword() == null ? "false" : error.getKeyword();
    // Only this one names what the schema names; others, what the document does.
    return pointer(error)
        + " "
        + rule
        + (rule.equals("required") && error.getProperty() != null ? " " + error.getProperty() : "");
  }

  private static String pointer(Error error) {
    NodePath at = error.getInstanceLocation();
    Set<Object> named = new LinkedHashSet<>();
    NodePath rule = error.getEvaluationPath();
    for (int i = 0; i < rule.getNameCount(); i++) {
      named.add(rule.getElement(i));
    }
    StringBuilder pointer = new StringBuilder();
    for (int i = 0; i < at.getNameCount(); i++) {
      Object step = at.getElement(i);
      pointer
          .append('/')
          .append(
              step instanceof Integer
                  ? step
                  : named.contains(step)
                      ? step.toString().replace("~", "~0").replace("/", "~1")
                      : "*");
    }
    return pointer.length() == 0 ? "the document" : pointer.toString();
  }

  private static Unusable unusable(String why, @Nullable Throwable cause) {
    return new Unusable(
        "A JSON Schema cannot be used: "
            + why
            + ". Mend it; what it refers to must be registered as its references, nothing is"
            + " fetched.",
        cause);
  }

  /** A schema that is none, or refers to what is not there. */
  static final class Unusable extends MessagingException {
    private static final long serialVersionUID = 1L;

    Unusable(String message, @Nullable Throwable cause) {
      super("SP-SCHEMA-220", message, cause);
    }
  }
}

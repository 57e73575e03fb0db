package io.stagepost.schema;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.MessagingException;
import io.stagepost.schema.Schema.Format;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * What the validator is trusted with, by the <a
 * href="https://github.com/json-schema-org/JSON-Schema-Test-Suite">JSON Schema Test Suite</a> of
 * November 2026: all that it requires of draft-07 and 2020-12, but for two schemas with dialects of
 * their own, which are refused.
 */
class JsonSchemaTestSuiteTest {
  private static final String REMOTE = "http://localhost:1234/";
  private static final JsonMapper JSON = JsonMapper.shared();

  private final Map<String, String> files = unzip();

  @ParameterizedTest
  @CsvSource({
    "draft7, http://json-schema.org/draft-07/schema#, 927, 0",
    "draft2020-12, https://json-schema.org/draft/2020-12/schema, 1294, 2",
  })
  void required_tests_pass(String draft, String dialect, int tests, int refused) {
    Map<String, Schema> remotes = new LinkedHashMap<>();
    files.forEach(
        (name, text) -> {
          if (name.startsWith("remotes/")) {
            remotes.put(REMOTE + name.substring("remotes/".length()), Schema.of(Format.JSON, text));
          }
        });
    List<String> wrong = new ArrayList<>();
    List<String> unusable = new ArrayList<>();
    int run = 0;
    for (Map.Entry<String, String> file : files.entrySet()) {
      if (!file.getKey().startsWith("tests/" + draft + "/")
          || file.getKey().contains("/optional/")) {
        continue;
      }
      for (JsonNode group : JSON.readTree(file.getValue())) {
        JsonNode schema = group.path("schema");
        if (schema.isObject() && !schema.has("$schema")) {
          ((ObjectNode) schema).put("$schema", dialect);
        }
        String name = file.getKey() + ": " + group.path("description").asString();
        JsonValidator validator;
        try {
          validator = JsonValidator.compile(Schema.of(Format.JSON, schema.toString()), remotes);
        } catch (MessagingException cannot) {
          unusable.add(name + ": " + cannot.getMessage());
          continue;
        }
        for (JsonNode test : group.path("tests")) {
          run++;
          boolean valid = validator.check(test.path("data")).isEmpty();
          if (valid != test.path("valid").asBoolean()) {
            wrong.add(name + ": " + test.path("description").asString());
          }
        }
      }
    }
    assertThat(wrong).isEmpty();
    assertThat(unusable).hasSize(refused);
    assertThat(run).isEqualTo(tests);
  }

  private static Map<String, String> unzip() {
    Map<String, String> files = new LinkedHashMap<>();
    try (InputStream in =
            JsonSchemaTestSuiteTest.class.getResourceAsStream("/json-schema-test-suite/suite.zip");
        ZipInputStream zip = new ZipInputStream(Objects.requireNonNull(in))) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        if (entry.getName().endsWith(".json")) {
          files.put(entry.getName(), new String(zip.readAllBytes(), UTF_8));
        }
      }
    } catch (IOException unreadable) {
      throw new AssertionError(unreadable);
    }
    return files;
  }
}

package io.stagepost.asyncapi.generate;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.EventType;
import io.stagepost.asyncapi.Checked;
import io.stagepost.asyncapi.Contract;
import io.stagepost.asyncapi.Contracts;
import io.stagepost.asyncapi.Message;
import io.stagepost.asyncapi.Operation;
import io.stagepost.asyncapi.Payload;
import io.stagepost.asyncapi.Severity;
import io.stagepost.asyncapi.tree.MalformedException;
import io.stagepost.asyncapi.tree.TreeReader;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Of documents that others have written: what is generated from each that is valid is compiled
 * without a warning, and every value that a schema allows is read and written again as it was. The
 * specification's examples; more with {@code -Dcontracts.public=FOLDER}.
 */
class PublicDocumentsTest {
  private static final int VALUES = 40;
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .build();

  private static final Comparator<JsonNode> EQUAL =
      (one, other) ->
          one.isNumber() && other.isNumber()
              ? one.decimalValue().compareTo(other.decimalValue())
              : one.equals(other) ? 0 : 1;

  @TempDir private Path folder;

  private int generated;
  private int types;
  private int values;
  private final List<String> wrong = new ArrayList<>();

  @Test
  void what_a_schema_allows_is_read_and_written_again_as_it_was() throws IOException {
    String more = System.getProperty("contracts.public");
    try (Stream<Path> files =
        Files.walk(
            more == null ? Path.of("src/test/resources/contracts/specification") : Path.of(more))) {
      for (Path file : files.filter(PublicDocumentsTest::mayBeOne).sorted().toList()) {
        tryOne(file);
      }
    }
    assertThat(wrong)
        .as("%d documents, %d event types, %d values", generated, types, values)
        .isEmpty();
    assertThat(generated).isGreaterThan(10);
    assertThat(values).isGreaterThan(generated * 10);
  }

  private static boolean mayBeOne(Path file) {
    return Files.isRegularFile(file) && file.toString().matches(".*\\.(ya?ml|json)");
  }

  private void tryOne(Path file) throws IOException {
    Checked checked = Contracts.offline().check(file);
    Optional<Contract> contract = checked.contract();
    if (!checked.isValid() || contract.isEmpty()) {
      return;
    }
    Generated code = Generator.of(Compiled.PACKAGE).generate(List.of(contract.get()));
    if (!code.isComplete() || code.files().isEmpty()) {
      return; // refused, and says why
    }
    generated++;
    Compiled compiled = Compiled.of(code, Files.createDirectories(folder.resolve("d" + generated)));
    for (String name : code.files().keySet()) {
      if (name.endsWith("Contract.java")) {
        String simple = name.substring(name.lastIndexOf('/') + 1, name.length() - ".java".length());
        for (Field field : compiled.type(simple).getFields()) {
          if (field.getType() == EventType.class) {
            tryOne(file, contract.get(), eventType(field));
          }
        }
      }
    }
  }

  private static EventType<?> eventType(Field field) {
    try {
      return (EventType<?>) field.get(null);
    } catch (IllegalAccessException impossible) {
      throw new LinkageError("a constant of a contract is public", impossible);
    }
  }

  private void tryOne(Path file, Contract contract, EventType<?> type) {
    List<Payload> payloads =
        contract.operations().values().stream()
            .map(Operation::messages)
            .flatMap(List::stream)
            .filter(message -> type.type().equals(typeOf(message)))
            .map(Message::payload)
            .flatMap(Stream::ofNullable)
            .filter(payload -> payload.format().isJsonSchema())
            .toList();
    if (payloads.isEmpty()
        || !type.codec().toString().startsWith("JSON")
        || payloads.stream().map(Payload::text).distinct().count() > 1) {
      return; // of the last it is told that one type stands for different things
    }
    types++;
    Payload payload = payloads.get(0);
    RandomValues random = new RandomValues(payload.text(), new Random(file.hashCode()));
    for (int i = 0; i < VALUES; i++) {
      String json = JSON.writeValueAsString(random.next());
      if (isAllowed(payload, json)) {
        values++;
        thereAndBack(file, type, json);
      }
    }
  }

  private static String typeOf(Message message) {
    String said = message.eventType();
    return said == null ? message.name() : said;
  }

  private static boolean isAllowed(Payload payload, String json) {
    try {
      return payload
          .check(
              TreeReader.read(
                      "value.json", json.getBytes(StandardCharsets.UTF_8), TreeReader.Language.JSON)
                  .root(),
              "value")
          .stream()
          .noneMatch(finding -> finding.severity() == Severity.ERROR);
    } catch (MalformedException none) {
      return false;
    }
  }

  private void thereAndBack(Path file, EventType<?> type, String json) {
    try {
      String back = Compiled.roundTrip(type, json);
      if (!known(JSON.readTree(back)).equals(EQUAL, known(JSON.readTree(json)))) {
        wrong.add(file + " " + type + ": " + json + " came back as " + back);
      }
    } catch (RuntimeException refused) {
      String why = String.valueOf(refused.getMessage());
      // That a discriminator's value is the name of a schema, JSON Schema does not know.
      if (!why.contains("none of its variants, by its property")) {
        wrong.add(file + " " + type + ": " + json + ": " + why);
      }
    }
  }

  /** Without properties that are null: an optional one that is null is one that is not there. */
  private static JsonNode known(JsonNode node) {
    if (node instanceof ObjectNode object) {
      ObjectNode left = JSON.createObjectNode();
      object
          .properties()
          .forEach(
              property -> {
                if (!property.getValue().isNull()) {
                  left.set(property.getKey(), known(property.getValue()));
                }
              });
      return left;
    }
    if (node instanceof ArrayNode array) {
      ArrayNode known = JSON.createArrayNode();
      array.forEach(item -> known.add(known(item)));
      return known;
    }
    return node;
  }
}

package io.stagepost.asyncapi.generate;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.EventType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A keyword means what it means in the schema's own draft of JSON Schema, or nothing. */
class DialectsTest {
  private static final String DRAFT_07 = "application/schema+json;version=draft-07";
  private static final String DRAFT_2020 = "application/schema+json;version=2020-12";
  private static final String BASE = "type: object, properties: {a: {type: string}}, ";

  @TempDir private Path folder;

  private String roundTrip(String format, String schema, String json) throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("c.yaml"),
            """
            asyncapi: 3.0.0
            info: {title: Dialects, version: 1.0.0}
            defaultContentType: application/json
            channels:
              c:
                address: c
                messages:
                  m: {x-event-type: t.v1, payload: {schemaFormat: %s, schema: {%s}}}
            operations: {o: {action: send, channel: {$ref: '#/channels/c'}}}
            """
                .formatted(format, schema));
    Compiled compiled = Compiled.of(Compiled.generated(file), folder);
    EventType<?> type = compiled.eventType("Dialects", "M");
    return Compiled.roundTrip(type, json);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "unevaluatedProperties: false",
        "unevaluatedProperties: false, anyOf: [{required: [a]}, {required: [b]}]",
        "allOf: [{properties: {c: {type: string}}}], unevaluatedProperties: false",
      })
  void unevaluated_properties_close_a_record_in_2020_12_and_not_in_draft_07(String more)
      throws IOException {
    String json = "{\"a\":\"1\",\"b\":2}";

    assertThat(roundTrip(DRAFT_07, BASE + more, json)).isEqualTo(json);
    assertThat(roundTrip(DRAFT_2020, BASE + more, json)).isEqualTo("{\"a\":\"1\"}");
  }

  @Test
  void what_is_evaluated_by_condition_keeps_a_record_open() throws IOException {
    String json = "{\"a\":\"1\",\"b\":2}";
    String condition = "if: {required: [a]}, then: {properties: {b: {type: integer}}}, ";

    assertThat(roundTrip(DRAFT_2020, BASE + condition + "unevaluatedProperties: false", json))
        .isEqualTo(json);
  }

  @Test
  void unevaluated_properties_may_have_a_type() throws IOException {
    String json = "{\"a\":\"1\",\"b\":2}";

    assertThat(roundTrip(DRAFT_2020, BASE + "unevaluatedProperties: {type: integer}", json))
        .isEqualTo(json);
  }

  @Test
  void positions_of_2020_12_are_nothing_to_draft_07() throws IOException {
    String schema = "type: array, items: {type: integer}, prefixItems: [{type: string}]";

    assertThat(roundTrip(DRAFT_07, schema, "[1]")).isEqualTo("[1]");
    assertThat(roundTrip(DRAFT_2020, schema, "[\"x\",1]")).isEqualTo("[\"x\",1]");
  }
}

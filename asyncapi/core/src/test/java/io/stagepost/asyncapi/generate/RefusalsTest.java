package io.stagepost.asyncapi.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagepost.MessagingException;
import io.stagepost.asyncapi.Contracts;
import io.stagepost.asyncapi.Finding;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What cannot be generated is told, with rule and place, and nothing is generated. */
class RefusalsTest {
  @TempDir private Path folder;

  private Generated generated(String message) throws IOException {
    Path file = folder.resolve("c.yaml");
    Files.writeString(
        file,
        """
        asyncapi: 3.0.0
        info: {title: T, version: 1.0.0}
        defaultContentType: application/json
        channels:
          c:
            address: c
            messages:
              m:
                x-event-type: t.v1
        %s
        operations: {o: {action: send, channel: {$ref: '#/channels/c'}}}
        """
            .formatted(message.indent(8).stripTrailing()));
    return Generator.of("p").generate(List.of(Contracts.offline().read(file)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "payload: {schemaFormat: application/vnd.google.protobuf;version=3, schema: 'message M {}'}|generate-format:10|protoc",
        "payload: {schemaFormat: application/raml+yaml;version=1.0, schema: {}}|generate-format:10|application/raml+yaml",
        "payload: {schemaFormat: application/vnd.apache.avro;version=1.9.0, schema: {type: enum, name: E, symbols: [A]}}|generate-avro:10|it is no record",
        "payload: {schemaFormat: application/vnd.apache.avro;version=1.9.0, schema: {type: record, name: R, fields: [{name: class, type: int}]}}|generate-avro:10|no component of a record can be called class",
        "payload: {schemaFormat: application/vnd.apache.avro;version=1.9.0, schema: {type: record, name: R, fields: [{name: f, type: [int, string]}]}}|generate-avro:10|a union of other than records, int, string",
        "payload: {type: object, required: [specversion, type], properties: {specversion: {type: string}, type: {type: string}}}|generate-envelope:10|a whole CloudEvent",
        "{payload: {type: object, properties: {a: {type: string}}}, x-ordering-key: $message.payload#/a}|generate-key:10|may be missing",
        "{payload: {type: object, properties: {a: {type: string}}}, x-ordering-key: $message.payload#/b}|generate-key:10|leads to no property",
        "{payload: {type: object, required: [a], properties: {a: {type: array}}}, x-idempotency-key: $message.payload#/a}|generate-key:10|neither a text nor a number",
        "{payload: {type: object, required: [a], properties: {a: {const: x}}}, x-idempotency-key: $message.payload#/a}|generate-key:10|the same in every message",
        "{payload: {type: object}, x-ordering-key: $message.header#/a}|generate-key:10|not in the payload",
        "{payload: {type: object}, x-priority: high}|generate-term:10|one of bulk, normal, urgent",
        "{payload: {type: object}, x-ttl: PT0S}|generate-term:10|positive",
        "{payload: {type: object}, x-max-bytes: 0}|generate-term:10|at least 1",
        "{payload: {type: object}, x-retry: {maxAttempts: 0}}|generate-term:10|at least one attempt",
        "{payload: {type: object}, x-rate: {events: 1, per: soon}}|generate-term:10|a positive duration",
        "{payload: {type: object}, x-degradation: {mode: sleep}}|generate-term:10|one of dead-letter, park, skip, wait",
        "{payload: {type: object}, x-degradation: skip}|generate-term:10|{mode, description}",
        "{payload: {type: object}, x-upcasts: {$ref: '#/channels/c'}}|generate-upcast:10|no message of the contract's channels",
        "{payload: {type: object}, x-upcasts: {$ref: '#/channels/c/messages/m'}}|generate-upcast:9|in a circle",
      })
  void is_told(String message, String ruleAndLine, String text) throws IOException {
    String members =
        message.startsWith("{")
            ? message.substring(1, message.length() - 1).replace("}, x-", "}\nx-")
            : message;

    Generated generated = generated(members);

    assertThat(generated.isComplete()).isFalse();
    assertThat(generated.files()).isEmpty();
    Finding finding = generated.findings().get(0);
    assertThat(finding.ruleId() + ":" + finding.line())
        .isEqualTo(
            members.contains("\n") && ruleAndLine.endsWith("10")
                ? ruleAndLine.replace(":10", ":11")
                : ruleAndLine);
    assertThat(finding.message()).contains(text);
    assertThatThrownBy(() -> generated.writeTo(folder.resolve("out")))
        .isInstanceOf(MessagingException.class)
        .hasMessageContaining("Nothing is written");
    assertThat(folder.resolve("out")).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{oneOf: [{type: object, properties: {a: {}}}, {type: object, properties: {b: {}}}]}|nothing tells its variants apart",
        "{oneOf: [{type: object, required: [k], properties: {k: {const: x}}}, {type: object, required: [k], properties: {k: {const: x}}}]}|nothing tells its variants apart",
        "{oneOf: [{type: string}, {type: integer}]}|not all of its variants are objects",
        "{anyOf: [{type: object, required: [a]}, {type: string}]}|more than one of its anyOf",
        "{type: [string, integer]}|it may be integer or string",
        "{allOf: [{type: string, pattern: a}, {type: string, pattern: b}]}|cannot be said as one",
        "{type: array, items: {$ref: '#/channels/c/messages/m/payload'}}|it holds itself",
      })
  void what_has_no_type_becomes_a_tree_and_says_why(String schema, String why) throws IOException {
    Generated generated = generated("payload: " + schema);

    assertThat(generated.isComplete()).isTrue();
    assertThat(generated.findings()).extracting(Finding::ruleId).containsOnly("generate-tree");
    assertThat(generated.findings().get(0).message()).contains(why);
    assertThat(String.join("", generated.files().values())).contains("JsonNode");
  }

  @Test
  void one_event_type_for_different_things_is_told() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("c.yaml"),
            """
            asyncapi: 3.0.0
            info: {title: T, version: 1.0.0}
            channels:
              c:
                address: c
                messages:
                  m: {x-event-type: t.v1, payload: {type: object, properties: {a: {type: string}}}}
                  n: {x-event-type: t.v1, payload: {type: object, properties: {b: {type: string}}}}
            operations: {o: {action: send, channel: {$ref: '#/channels/c'}}}
            """);

    Generated generated = Generator.of("p").generate(List.of(Contracts.offline().read(file)));

    assertThat(generated.findings())
        .extracting(Finding::message)
        .containsExactly("the event type t.v1 is that of 2 messages, which carry different things");
  }

  @Test
  void no_package_is_none() {
    assertThatThrownBy(() -> Generator.of("com.class"))
        .isInstanceOf(MessagingException.class)
        .hasMessageContaining("'com.class'");
  }
}

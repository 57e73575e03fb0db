package io.stagepost.asyncapi.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagepost.DecodeException;
import io.stagepost.EventType;
import io.stagepost.asyncapi.Contracts;
import io.stagepost.asyncapi.Finding;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A base that lists its subtypes, each of which takes the base over by {@code allOf}. */
class InheritanceTest {
  private static final String WORKERS =
      """
      asyncapi: 3.0.0
      info: {title: Staff, version: 1.0.0}
      defaultContentType: application/json
      channels:
        c:
          address: c
          messages:
            hired:
              x-event-type: staff.hired.v1
              payload: {type: object, properties: {worker: {$ref: '#/components/schemas/Worker'}}}
              examples: [{payload: {worker: %s}}]
            promoted:
              x-event-type: staff.promoted.v1
              payload: {$ref: '#/components/schemas/Employer'}
      operations: {o: {action: send, channel: {$ref: '#/channels/c'}}}
      components:
        schemas:
          Worker:
            type: object
            discriminator: kind
            required: [kind, name]
            properties: {kind: {type: string}, name: {type: string}}
            oneOf: [{$ref: '#/components/schemas/Employer'}, {$ref: '#/components/schemas/Clerk'}]
          Employer:
            type: object
            allOf: [{$ref: '#/components/schemas/Worker'}]
            required: [firm]
            properties: {firm: {type: string}}
          Clerk:
            allOf:
              - {$ref: '#/components/schemas/Worker'}
              - {type: object, required: [desk], properties: {desk: {type: integer}}}
      """;
  private static final String EMPLOYER = "{\"kind\":\"Employer\",\"firm\":\"F\",\"name\":\"Ann\"}";
  private static final String CLERK = "{\"kind\":\"Clerk\",\"name\":\"Bob\",\"desk\":7}";

  @TempDir private Path folder;

  private Path staff(String example) throws IOException {
    return Files.writeString(folder.resolve("c.yaml"), WORKERS.formatted(example));
  }

  @Test
  void the_base_is_an_interface_and_its_subtypes_have_what_it_has() throws IOException {
    Generated generated = Compiled.generated(staff(EMPLOYER));

    assertThat(generated.findings()).isEmpty();
    Compiled compiled = Compiled.of(generated, folder);
    assertThat(compiled.type("Worker").isSealed()).isTrue();
    assertThat(compiled.type("Worker").isAssignableFrom(compiled.type("Employer"))).isTrue();
    EventType<?> hired = compiled.eventType("Staff", "HIRED");
    for (String worker : new String[] {EMPLOYER, CLERK}) {
      String json = "{\"worker\":" + worker + "}";
      assertThat(Compiled.roundTrip(hired, json)).isEqualTo(json);
    }
    assertThat(Compiled.roundTrip(compiled.eventType("Staff", "PROMOTED"), EMPLOYER))
        .isEqualTo(EMPLOYER);
    assertThatThrownBy(
            () -> Compiled.decoded(hired, "{\"worker\":{\"kind\":\"Guest\",\"name\":\"C\"}}"))
        .isInstanceOf(DecodeException.class);
  }

  @Test
  void examples_are_checked_as_subtypes() throws IOException {
    assertThat(Contracts.offline().check(staff(CLERK)).findings()).isEmpty();
    assertThat(Contracts.offline().check(staff("{kind: Clerk, desk: 7}")).findings())
        .extracting(Finding::ruleId)
        .containsOnly("example-payload");
  }

  @Test
  void a_value_without_the_discriminator_is_refused_even_if_no_schema_asks_for_it()
      throws IOException {
    Path file = staff(EMPLOYER);
    Files.writeString(
        file, Files.readString(file).replace("required: [kind, name]", "required: [name]"));
    Generated generated = Compiled.generated(file);

    assertThat(generated.findings()).isEmpty();
    EventType<?> hired = Compiled.of(generated, folder).eventType("Staff", "HIRED");
    assertThatThrownBy(() -> Compiled.decoded(hired, "{\"worker\":{\"name\":\"Bob\",\"desk\":7}}"))
        .isInstanceOf(DecodeException.class);
  }
}

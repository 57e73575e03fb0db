package io.stagepost.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagepost.EventType;
import io.stagepost.MessagingException;
import io.stagepost.schema.Schema.Format;
import io.stagepost.schema.compatibility.Compatibility;
import io.stagepost.spi.Codec;
import org.junit.jupiter.api.Test;

/** A service whose schema would break others does not start. */
class VerifyTest {
  record Parcel(String id, String note) {}

  private static final EventType<Parcel> PARCEL =
      EventType.of("test.parcel.v1", Parcel.class).channel("parcels");
  private static final String SUBJECT = "parcels-value";
  private static final String V1 = parcel("{'name':'id','type':'string'}");
  private static final String WITH_DEFAULT =
      parcel("{'name':'id','type':'string'},{'name':'note','type':'string','default':''}");
  private static final String WITHOUT =
      parcel("{'name':'id','type':'string'},{'name':'note','type':'string'}");

  private final CountingRegistry registry = new CountingRegistry();

  VerifyTest() {
    var unused = registry.register(SUBJECT, Schema.of(Format.AVRO, V1), false);
  }

  @Test
  void a_reader_that_reads_all_versions_has_no_problem() {
    assertThat(codec(WITH_DEFAULT).problems(PARCEL)).isEmpty();
  }

  @Test
  void d19_a_reader_that_cannot_read_what_is_registered_is_a_problem() {
    assertThat(codec(WITHOUT).problems(PARCEL))
        .singleElement()
        .asString()
        .startsWith("SP-SCHEMA-403")
        .contains(SUBJECT, "avro.field-without-default-added");
  }

  @Test
  void a_writer_is_refused_before_it_registers_anything() {
    Codec writer =
        Avro.codec(Schemas.in(registry).autoRegister().verify(Compatibility.BACKWARD))
            .schema(WITHOUT);
    assertThatThrownBy(() -> writer.prepare(PARCEL))
        .isInstanceOf(SchemaRefusedException.class)
        .hasMessageStartingWith("SP-SCHEMA-403");
    assertThat(registry.versions(SUBJECT)).containsExactly(1);
  }

  @Test
  void a_rule_that_is_accepted_is_no_problem() {
    Codec reader =
        Avro.codec(
                Schemas.in(registry)
                    .verify(Compatibility.BACKWARD, "avro.field-without-default-added"))
            .schema(WITHOUT);
    assertThat(reader.problems(PARCEL)).isEmpty();
  }

  @Test
  void a_registry_that_does_not_answer_hinders_no_reader() {
    Codec reader = codec(WITHOUT);
    registry.failure = new MessagingException("SP-TEST-001", "No answer.");
    assertThat(reader.problems(PARCEL)).isEmpty();
  }

  private Avro codec(String schema) {
    return Avro.codec(Schemas.in(registry).verify(Compatibility.BACKWARD_TRANSITIVE))
        .schema(schema);
  }

  private static String parcel(String fields) {
    return ("{'type':'record','name':'Parcel','fields':[" + fields + "]}").replace('\'', '"');
  }
}

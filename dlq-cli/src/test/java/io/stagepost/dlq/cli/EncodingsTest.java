package io.stagepost.dlq.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.stagepost.EventType;
import io.stagepost.schema.Avro;
import io.stagepost.schema.Schema;
import io.stagepost.schema.Schema.Format;
import io.stagepost.schema.Schemas;
import io.stagepost.schema.Schemas.Framing;
import io.stagepost.schema.registry.InMemoryRegistry;
import io.stagepost.spi.Encoded;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.junit.jupiter.api.Test;

/** Payloads of older schemas, written with the newest. */
class EncodingsTest {
  private static final String FIRST =
      """
      {"type": "record", "name": "Order", "fields": [{"name": "order", "type": "int"}]}""";
  private static final String SECOND =
      """
      {"type": "record", "name": "Order", "fields": [{"name": "order", "type": "long"},
       {"name": "currency", "type": "string", "default": "EUR"}]}""";

  private final InMemoryRegistry registry = new InMemoryRegistry();
  private final EventType<GenericRecord> type =
      EventType.of("com.example.order.v1", GenericRecord.class).source("urn:x").channel("orders");

  @Test
  void avro_is_read_with_its_writers_schema_and_written_with_the_newest() {
    register(FIRST);
    CloudEvent old = event(avro(FIRST));
    int newest = register(SECOND);
    CloudEvent anew = new Encodings(List.of(), registry).upcast(old, "orders");
    byte[] bytes = anew.getData() == null ? new byte[0] : anew.getData().toBytes();
    assertThat(ByteBuffer.wrap(bytes).getInt(1)).isEqualTo(newest);
    GenericRecord read = codec(SECOND).decode(type, Encoded.of(bytes, "application/avro"));
    assertThat(read.get("order")).isEqualTo(17L);
    assertThat(read.get("currency").toString()).isEqualTo("EUR");
    assertThat(anew.getId()).isEqualTo(old.getId());
  }

  @Test
  void what_has_no_schema_or_another_cannot_be_encoded_anew() {
    register(FIRST);
    CloudEvent old = event(avro(FIRST));
    assertThatThrownBy(() -> new Encodings(List.of(), registry).upcast(old, "payments"))
        .hasMessageStartingWith("SP-DLQ-113 ");
    CloudEvent broken = event(new byte[] {0, 0, 0, 0, 99, 1});
    assertThatThrownBy(() -> new Encodings(List.of(), registry).upcast(broken, "orders"))
        .hasMessageContaining("SP-SCHEMA-");
  }

  private int register(String schema) {
    return registry.register("orders-value", Schema.of(Format.AVRO, schema), false).id();
  }

  private Avro codec(String schema) {
    return Avro.codec(Schemas.in(registry).framing(Framing.CONFLUENT_ID)).schema(schema);
  }

  private byte[] avro(String schema) {
    GenericRecord order = new GenericData.Record(new org.apache.avro.Schema.Parser().parse(schema));
    order.put("order", 17);
    return codec(schema).encode(type, order).bytes();
  }

  private static CloudEvent event(byte[] bytes) {
    return CloudEventBuilder.v1()
        .withId("e1")
        .withSource(URI.create("urn:x"))
        .withType("com.example.order.v1")
        .withDataContentType("application/avro")
        .withData(bytes)
        .build();
  }
}

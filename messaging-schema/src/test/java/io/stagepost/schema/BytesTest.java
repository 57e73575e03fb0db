package io.stagepost.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.stagepost.DecodeException;
import io.stagepost.EventType;
import io.stagepost.MessagingException;
import io.stagepost.spi.Codec;
import io.stagepost.spi.Encoded;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class BytesTest {
  private static final Codec PDF = Bytes.codec("application/pdf");
  private static final EventType<byte[]> ARRAY = EventType.of("a.v1", byte[].class);
  private static final EventType<ByteBuffer> BUFFER = EventType.of("b.v1", ByteBuffer.class);

  @Test
  void arrays_travel_as_they_are() {
    byte[] bytes = {0, 0, 0, 0, 7, -1};
    Encoded encoded = PDF.encode(ARRAY, bytes);
    assertThat(encoded.bytes()).isEqualTo(bytes);
    assertThat(encoded.contentType()).isEqualTo("application/pdf");
    assertThat(encoded.schema()).isNull();
    assertThat(encoded.headers()).isEmpty();
    assertThat(PDF.decode(ARRAY, encoded)).isEqualTo(bytes);
    assertThat(PDF.headerNames()).isEmpty();
    assertThat(PDF.readsNoData()).isFalse();
  }

  @Test
  void d14_nobody_changes_what_travels() {
    byte[] bytes = {1, 2};
    Encoded encoded = PDF.encode(ARRAY, bytes);
    bytes[0] = 9;
    PDF.decode(ARRAY, encoded)[0] = 9;
    assertThat(encoded.bytes()).containsExactly(1, 2);
    assertThat(PDF.decode(BUFFER, encoded).isReadOnly()).isTrue();
  }

  @Test
  void buffers_travel_from_position_to_limit_and_stay_where_they_are() {
    ByteBuffer buffer = ByteBuffer.wrap(new byte[] {1, 2, 3, 4}).position(1).limit(3);
    Encoded encoded = PDF.encode(BUFFER, buffer);
    assertThat(encoded.bytes()).containsExactly(2, 3);
    assertThat(buffer.remaining()).isEqualTo(2);
    assertThat(PDF.decode(BUFFER, encoded)).isEqualTo(buffer);
    assertThat(PDF.encode(BUFFER, buffer.asReadOnlyBuffer()).bytes()).containsExactly(2, 3);
  }

  @Test
  void d05_another_kind_is_refused_by_name() {
    assertThat(PDF.decode(ARRAY, of("Application/PDF; version=2"))).isEmpty();
    assertThat(PDF.decode(ARRAY, of(null))).isEmpty();
    assertThatThrownBy(() -> PDF.decode(ARRAY, of("image/png")))
        .isInstanceOf(DecodeException.class)
        .hasMessageStartingWith("SP-SCHEMA-240")
        .hasMessageContaining("image/png");
    assertThat(Bytes.codec().decode(ARRAY, of("image/png"))).isEmpty();
    assertThat(Bytes.codec().encode(ARRAY, new byte[0]).contentType())
        .isEqualTo("application/octet-stream");
  }

  @Test
  void other_payloads_are_refused() {
    EventType<String> text = EventType.of("t.v1", String.class);
    assertThatThrownBy(() -> PDF.encode(text, "x"))
        .isInstanceOf(MessagingException.class)
        .hasMessageStartingWith("SP-SCHEMA-241");
    assertThatThrownBy(() -> PDF.decode(text, of(null))).hasMessageStartingWith("SP-SCHEMA-241");
    assertThatThrownBy(() -> PDF.prepare(text)).hasMessageStartingWith("SP-SCHEMA-241");
  }

  @Test
  void no_data_are_a_payload_only_where_that_is_asked_for() {
    EventType<byte[]> deleted = EventType.of("com.example.deleted.v1", byte[].class);
    CloudEvent tombstone =
        CloudEventBuilder.v1()
            .withId("1")
            .withSource(URI.create("urn:x"))
            .withType(deleted.type())
            .build();
    assertThat(deleted.codec(Bytes.orNone()).event(tombstone).data()).isEmpty();
    assertThatThrownBy(() -> deleted.codec(Bytes.codec()).event(tombstone))
        .isInstanceOf(DecodeException.class)
        .hasMessageStartingWith("SP-API-037");
  }

  private static Encoded of(@Nullable String contentType) {
    return new Encoded(new byte[0], contentType, null, List.of());
  }
}

package io.stagepost.testkit.road;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagepost.Batch;
import io.stagepost.EventType;
import io.stagepost.FailurePolicy;
import io.stagepost.Limits;
import io.stagepost.MessagingException;
import io.stagepost.Subscription;
import io.stagepost.spi.FailureHeaders;
import io.stagepost.spi.Message;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CompressionTest {
  private static final int ABOVE = 100;
  private static final EventType<String> TEXT = Road.TEXTS.compressAbove(ABOVE);

  private final Road road = new Road();
  private final List<String> handled = new ArrayList<>();
  private Subscription subscription;

  @BeforeEach
  void subscribe() {
    // whoever reads need not know
    subscription =
        road.messaging
            .subscribe(Road.SUBSCRIPTION)
            .on(Road.TEXTS, event -> handled.add(event.data()))
            .start();
  }

  @AfterEach
  void close() {
    subscription.close();
    road.close();
  }

  @Test
  void a_large_payload_travels_compressed_and_is_read_as_it_was() {
    String large = "a:" + "x".repeat(10_000);
    Message message = road.messaging.message(TEXT.event(large));
    assertThat(message.body()).hasSizeLessThan(200);
    assertThat(road.transport.decode(message).getExtension("dataencoding")).isEqualTo("gzip");
    road.publish(TEXT.event(large));
    assertThat(handled).containsExactly(large);
  }

  @Test
  void a_small_one_and_one_that_would_grow_stay_as_they_are() {
    String small = "a:" + "x".repeat(ABOVE - 2);
    String random =
        new Random(1)
            .ints(ABOVE, '!', '~')
            .mapToObj(Character::toString)
            .collect(Collectors.joining("", "a:", ""));
    for (String text : List.of(small, random)) {
      Message message = road.messaging.message(TEXT.event(text));
      assertThat(message.body()).isEqualTo(text.getBytes(UTF_8));
      assertThat(road.transport.decode(message).getExtension("dataencoding")).isNull();
    }
  }

  @Test
  void d05_d14_what_is_no_gzip_or_another_encoding_or_a_bomb_is_a_dead_letter() throws IOException {
    road.publish(Road.TEXTS.event("a:plain").withExtension("dataencoding", "gzip"));
    road.publish(Road.TEXTS.event("a:other").withExtension("dataencoding", "br"));
    Message marked =
        road.messaging.message(Road.TEXTS.event("bomb").withExtension("dataencoding", "gzip"));
    var unused =
        road.messaging.send(new Message(marked.address(), marked.key(), marked.headers(), bomb()));
    road.publish("a:1");
    assertThat(handled).containsExactly("a:1");
    assertThat(road.reasons(Road.DEAD_LETTERS)).hasSize(3).containsOnly(FailurePolicy.UNDECODABLE);
    assertThat(road.at(Road.DEAD_LETTERS)).contains("a:plain", "a:other");
  }

  /** Compressed they are next to nothing, and a batch would hold all of them at a time. */
  @Test
  void d09_what_compressed_payloads_come_to_is_bounded_while_they_are_in_hand() {
    int size = 600 * 1024;
    List<Integer> batches = new ArrayList<>();
    subscription.close();
    subscription =
        road.messaging
            .subscribe("gatherer")
            .limits(Limits.defaults().inFlightBytes(2L * size))
            .onBatch(
                Road.TEXTS,
                Batch.upTo(10).orAfter(Duration.ofMinutes(1)),
                events -> {
                  batches.add(events.size());
                })
            .start();
    for (String key : List.of("a", "b", "c", "d", "d")) {
      road.publish(TEXT.event(key + ":" + "x".repeat(size - 2)));
    }
    road.publish("e:1"); // what is not compressed does not wait for it
    road.pass(Duration.ofMinutes(10));
    assertThat(batches).hasSize(3).contains(3).allMatch(each -> each <= 3);
    assertThat(batches.stream().mapToInt(each -> each).sum()).isEqualTo(6);
    assertThat(subscription.inFlight()).isZero();
  }

  @Test
  void d05_a_gzip_file_that_comes_to_more_than_it_says_is_a_dead_letter() throws IOException {
    Message marked =
        road.messaging.message(Road.TEXTS.event("a:1").withExtension("dataencoding", "gzip"));
    ByteArrayOutputStream two = new ByteArrayOutputStream();
    for (String text : List.of("x".repeat(1_000), "y")) {
      try (GZIPOutputStream gzip = new GZIPOutputStream(two)) {
        gzip.write(text.getBytes(UTF_8));
      }
    }
    var unused =
        road.messaging.send(
            new Message(marked.address(), marked.key(), marked.headers(), two.toByteArray()));
    road.publish("b:1");
    assertThat(handled).containsExactly("b:1");
    assertThat(
            Road.header(
                road.transport.stored(Road.DEAD_LETTERS).get(0).message(),
                FailureHeaders.EXCEPTION_MESSAGE))
        .startsWith("SP-API-035")
        .contains("more than the 1 bytes");
  }

  @Test
  void a_negative_size_is_refused() {
    assertThatThrownBy(() -> Road.TEXTS.compressAbove(-1))
        .isInstanceOf(MessagingException.class)
        .hasMessageStartingWith("SP-API-036");
  }

  /** 17 MiB in some 17 kB. */
  private static byte[] bomb() throws IOException {
    ByteArrayOutputStream compressed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(compressed)) {
      byte[] zeros = new byte[1024 * 1024];
      for (int i = 0; i < 17; i++) {
        gzip.write(zeros);
      }
    }
    return compressed.toByteArray();
  }
}

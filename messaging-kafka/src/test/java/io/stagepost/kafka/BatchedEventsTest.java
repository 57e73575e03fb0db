package io.stagepost.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.stagepost.EventType;
import io.stagepost.Limits;
import io.stagepost.Messaging;
import io.stagepost.Outcome;
import io.stagepost.Policy;
import io.stagepost.Subscription;
import io.stagepost.spi.Delivery;
import io.stagepost.spi.FailureHeaders;
import io.stagepost.spi.Header;
import io.stagepost.spi.Message;
import io.stagepost.spi.Receiver;
import io.stagepost.spi.Reception;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One record, several events ({@code application/cloudevents-batch+json}), over a real broker. */
@Timeout(600)
class BatchedEventsTest {
  private static final String BATCH = "application/cloudevents-batch+json; charset=UTF-8";

  private final String channel = Broker.unique("batched");
  private final String group = Broker.unique("group");
  private final EventType<String> text =
      EventType.of("test.text.v1", String.class).channel(channel).codec(new TextCodec());
  private final List<AutoCloseable> open = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
  }

  private <T extends AutoCloseable> T opened(T what) {
    open.add(0, what);
    return what;
  }

  private static String event(int id, String data) {
    return "{ \"id\":\"%d\",\"specversion\":\"1.0\", \"type\":\"test.text.v1\",\"source\":\"urn:a\",\n"
            .formatted(id)
        + "\"datacontenttype\":\"text/plain\",\"data\":\"%s\" }".formatted(data);
  }

  private void write(@Nullable String key, String body, Header... more) {
    List<Header> headers = new ArrayList<>(List.of(more));
    headers.add(new Header("Content-Type", BATCH.getBytes(UTF_8)));
    headers.add(new Header("last", null));
    Broker.write(
        new Message(channel, key == null ? null : key.getBytes(UTF_8), headers, bytes(body)));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  private static @Nullable String string(byte @Nullable [] bytes) {
    return bytes == null ? null : new String(bytes, UTF_8);
  }

  private List<Message> deadLetters() {
    return Broker.stored(Policy.defaults().deadLetterAddress(channel, group)).stream()
        .map(stored -> stored.message())
        .toList();
  }

  @Test
  void d04_each_event_is_handled_on_its_own_and_in_order() {
    Broker.create(channel, 1, Map.of());
    BlockingQueue<String> handled = new LinkedBlockingQueue<>();
    Messaging messaging = opened(Messaging.over(Broker.transport()));
    messaging
        .subscribe(group)
        .on(
            text,
            (event, context) -> {
              assertThat(context.message().header("__value_schema_id")).isNull();
              handled.add(event.id() + "=" + event.data() + " at " + context.origin().position());
              return context.attempt() == 1 && event.id().equals("2")
                  ? Outcome.retryAfter(Duration.ofMillis(50))
                  : Outcome.done();
            })
        .start();
    write("key", " [" + event(1, "a") + " , " + event(2, "b") + "\n,\t" + event(3, "c") + "] ");
    // it names the schema of the batch, not of the events in it
    write("key", "[" + event(4, "d") + "]", new Header("__value_schema_id", new byte[17]));

    await().until(() -> handled.size() == 5);
    assertThat(handled)
        .containsExactly("1=a at 0/0", "2=b at 0/1", "2=b at 0/1", "3=c at 0/2", "4=d at 1/0");
    await().until(() -> Broker.committedSum(group, channel) == 2);
    assertThat(deadLetters()).isEmpty();
  }

  @Test
  void d03_the_record_is_settled_when_all_of_its_events_are_and_one_without_events_at_once() {
    Broker.create(channel, 1, Map.of());
    write(null, "[ ]");
    write("key", "[" + event(1, "a") + "," + event(2, "b") + "," + event(3, "c") + "]");
    Accepting intake = new Accepting();
    KafkaTransport transport = opened(Broker.transport());
    Receiver receiver =
        opened(
            transport.receive(
                new Reception(group, Set.of(channel), Duration.ofSeconds(1)), intake));
    await().until(() -> intake.taken.size() == 3);
    List<Delivery> taken = new ArrayList<>(intake.taken);
    assertThat(taken).extracting(each -> each.key()).containsOnly(bytes("key"));
    assertThat(taken)
        .extracting(each -> each.origin().position())
        .containsExactly("1/0", "1/1", "1/2");
    assertThat(taken)
        .hasToString("[" + channel + "-0@1/0, " + channel + "-0@1/1, " + channel + "-0@1/2]");
    assertThat(taken.get(0).size()).isBetween(event(1, "a").length(), 2_000);
    await().until(() -> Broker.committedSum(group, channel) == 1);

    taken.get(2).settle();
    taken.get(0).settle();
    taken.get(0).settle(); // of no effect
    await()
        .during(Duration.ofMillis(1_500)) // longer than the interval between commits
        .atMost(Duration.ofMinutes(1))
        .until(() -> Broker.committedSum(group, channel) == 1);
    taken.get(1).settle();
    await().until(() -> Broker.committedSum(group, channel) == 2);
    receiver.close();
  }

  @Test
  void d14_a_dead_letter_is_one_event_in_structured_mode_with_its_own_bytes() {
    Broker.create(channel, 1, Map.of());
    BlockingQueue<String> handled = new LinkedBlockingQueue<>();
    Messaging messaging = opened(Messaging.over(Broker.transport()));
    messaging
        .subscribe(group)
        .on(
            text,
            (event, context) -> {
              handled.add(event.data());
              return event.data().equals("bad") ? Outcome.deadLetter("no-good") : Outcome.done();
            })
        .start();
    String untyped = "{\"specversion\":\"1.0\", \"id\":\"\\u0031\" }";
    write(
        "key",
        "[" + event(1, "a") + ", " + event(2, "bad") + " ," + untyped + "," + event(3, "c") + "]",
        new Header("mine", bytes("1")),
        new Header("content-type", bytes("text/plain")),
        new Header("mine", bytes("2")));

    await().until(() -> handled.contains("c"));
    await().until(() -> Broker.committedSum(group, channel) == 1);
    assertThat(handled).containsExactly("a", "bad", "c");
    List<Message> dead = deadLetters();
    assertThat(dead)
        .extracting(each -> string(each.body()))
        .containsExactly(event(2, "bad"), untyped);
    for (Message each : dead) {
      assertThat(each.key()).isEqualTo(bytes("key"));
      assertThat(each.headers().stream().limit(5).map(h -> h.name() + "=" + string(h.value())))
          .containsExactly(
              "mine=1",
              "content-type=text/plain",
              "mine=2",
              "Content-Type=application/cloudevents+json; charset=UTF-8",
              "last=null");
      assertThat(string(each.header(FailureHeaders.ORIGIN_ADDRESS))).isEqualTo(channel);
    }
    assertThat(dead)
        .extracting(each -> string(each.header(FailureHeaders.ORIGIN_POSITION)))
        .containsExactly("0/1", "0/2");
    // and it can be read, and sent back
    assertThat(messaging.transport().decode(dead.get(0)).getId()).isEqualTo("2");
    handled.clear();
    Broker.get(messaging.send(dead.get(0).to(channel)));
    await().until(() -> handled.contains("bad"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"[{\"id\":\"1\"},", "[1 2]", "{}", "", "[] []", "\uFEFF[]"})
  void d05_what_cannot_be_taken_apart_is_one_dead_letter_byte_for_byte(String body) {
    Broker.create(channel, 1, Map.of());
    BlockingQueue<String> handled = new LinkedBlockingQueue<>();
    Messaging messaging = opened(Messaging.over(Broker.transport()));
    messaging.subscribe(group).on(text, event -> handled.add(event.data())).start();
    write("key", body, new Header("mine", bytes("1")));
    write("key", "[" + event(1, "next") + "]");

    await().until(() -> !handled.isEmpty());
    List<Message> dead = deadLetters();
    assertThat(dead).hasSize(1);
    assertThat(dead.get(0).body()).isEqualTo(bytes(body));
    assertThat(dead.get(0).key()).isEqualTo(bytes("key"));
    assertThat(dead.get(0).headers().stream().limit(3).map(h -> h.name() + "=" + string(h.value())))
        .containsExactly("mine=1", "Content-Type=" + BATCH, "last=null");
    assertThat(string(dead.get(0).header(FailureHeaders.EXCEPTION_MESSAGE)))
        .startsWith("SP-CE-006");
    await().until(() -> Broker.committedSum(group, channel) == 2);
  }

  @Test
  void d09_a_batch_larger_than_the_bound_is_handled_as_there_is_room() {
    Broker.create(channel, 1, Map.of());
    BlockingQueue<String> handled = new LinkedBlockingQueue<>();
    Messaging messaging = opened(Messaging.over(Broker.transport()));
    List<Integer> inFlight = new java.util.concurrent.CopyOnWriteArrayList<>();
    Subscription[] self = new Subscription[1];
    Subscription subscription =
        messaging
            .subscribe(group)
            .limits(Limits.defaults().inFlight(10))
            .on(
                text,
                event -> {
                  handled.add(event.data());
                  Subscription known = self[0];
                  if (known != null) {
                    inFlight.add(known.inFlight());
                  }
                })
            .start();
    self[0] = subscription;
    String events =
        IntStream.range(0, 500).mapToObj(i -> event(i, "n" + i)).collect(Collectors.joining(","));
    write("key", "[" + events + "]");

    await().until(() -> Broker.committedSum(group, channel) == 1);
    assertThat(handled)
        .containsExactlyElementsOf(IntStream.range(0, 500).mapToObj(i -> "n" + i).toList());
    assertThat(inFlight).isNotEmpty().allMatch(count -> count <= 10);
  }

  @Test
  void a_record_that_only_looks_like_a_batch_is_left_alone() {
    Broker.create(channel, 1, Map.of());
    BlockingQueue<String> handled = new LinkedBlockingQueue<>();
    Messaging messaging = opened(Messaging.over(Broker.transport()));
    messaging
        .subscribe(group)
        .on(
            text,
            (event, context) -> {
              handled.add(event.data() + " at " + context.origin().position());
              return Outcome.done();
            })
        .start();
    Broker.write(
        new Message(
            channel,
            null,
            Map.of(
                    "ce_specversion", "1.0",
                    "ce_id", "1",
                    "ce_source", "urn:a",
                    "ce_type", "test.text.v1",
                    "content-type", "application/json")
                .entrySet()
                .stream()
                .map(each -> new Header(each.getKey(), bytes(each.getValue())))
                .toList(),
            bytes("[1,2]")));
    await().until(() -> !handled.isEmpty());
    assertThat(handled).containsExactly("[1,2] at 0");
  }
}

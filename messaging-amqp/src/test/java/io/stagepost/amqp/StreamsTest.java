package io.stagepost.amqp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.amqp.Connection;
import com.rabbitmq.client.amqp.Consumer;
import com.rabbitmq.client.amqp.Environment;
import com.rabbitmq.client.amqp.impl.AmqpEnvironmentBuilder;
import io.stagepost.EventType;
import io.stagepost.Messaging;
import io.stagepost.MessagingException;
import io.stagepost.Outcome;
import io.stagepost.Receipt;
import io.stagepost.schema.Json;
import io.stagepost.spi.Need;
import io.stagepost.spi.StoredMessage;
import io.stagepost.testkit.fixture.RabbitFixture;
import io.stagepost.testkit.fixture.RabbitFixture.Version;
import io.stagepost.testkit.fixture.TcpProxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Streams that are read, and dead letters in streams and in queues. */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class StreamsTest {
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  record Note(int number) {}

  private static EventType<Note> notes(String channel) {
    return EventType.of("test.note.v1", Note.class)
        .source("urn:test:notes")
        .channel(channel)
        .key(note -> "key " + note.number() % 3)
        .codec(Json.codec());
  }

  private static String unique(String hint) {
    return hint + "-" + UUID.randomUUID().toString().substring(0, 8);
  }

  private static AmqpTransport.Builder over(Version version) {
    return AmqpTransport.builder().uris(RabbitFixture.shared(version).uri()).partitions(2);
  }

  private static void publish(Messaging messaging, String channel, int from, int to) {
    List<CompletableFuture<Receipt>> receipts = new ArrayList<>();
    for (int n = from; n < to; n++) {
      receipts.add(messaging.publish(notes(channel).event(new Note(n))));
    }
    receipts.forEach(CompletableFuture::join);
  }

  private static List<Integer> numbers(int from, int to) {
    return IntStream.range(from, to).boxed().toList();
  }

  private static Queue<Integer> reading(Messaging messaging, String channel, String subscription) {
    Queue<Integer> read = new ConcurrentLinkedQueue<>();
    messaging
        .subscribe(subscription)
        .on(notes(channel), event -> read.add(event.data().number()))
        .start();
    return read;
  }

  @ParameterizedTest
  @EnumSource(names = {"V4_0", "V4_3"})
  void every_member_reads_a_stream_from_where_it_is_told_to(Version version) {
    String channel = unique("stream");
    try (Messaging publisher = Messaging.over(over(version).keep(channel, DAY).build())) {
      publish(publisher, channel, 0, 100);
      Instant middle = Instant.now().plusMillis(1); // none was published in that millisecond
      await().until(() -> !Instant.now().isBefore(middle));
      publish(publisher, channel, 100, 150);

      try (Messaging first = reader(version, channel, StreamStart.first());
          Messaging another = reader(version, channel, StreamStart.first());
          Messaging since = reader(version, channel, StreamStart.since(middle));
          Messaging next = reader(version, channel, StreamStart.next())) {
        Queue<Integer> firsts = reading(first, channel, "view");
        Queue<Integer> others = reading(another, channel, "view");
        Queue<Integer> sinces = reading(since, channel, "view");
        Queue<Integer> nexts = reading(next, channel, "view");
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(firsts).hasSize(150));
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(others).hasSize(150));
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(sinces).hasSize(50));
        // whoever is attached last is attached once the others have read something newer
        await()
            .atMost(PATIENCE)
            .untilAsserted(
                () -> {
                  publish(publisher, channel, 150, 151);
                  assertThat(nexts).isNotEmpty();
                });

        assertThat(firsts).containsAll(numbers(0, 151));
        assertThat(others).containsAll(numbers(0, 150));
        assertThat(sinces).containsAll(numbers(100, 150)).allMatch(number -> number >= 100);
        assertThat(nexts).containsOnly(150);
      }
    }
  }

  private static final Duration DAY = Duration.ofDays(1);

  private static Messaging reader(Version version, String channel, StreamStart start) {
    return Messaging.over(over(version).readStream(channel, start).build());
  }

  @ParameterizedTest
  @EnumSource(names = {"V4_0", "V4_3"})
  void d03_a_reader_goes_on_where_it_was_when_its_connection_was_cut(Version version) {
    String channel = unique("cut");
    RabbitFixture broker = RabbitFixture.shared(version);
    try (TcpProxy way = TcpProxy.open();
        Messaging publisher = Messaging.over(over(version).keep(channel, DAY).build())) {
      way.leadTo(broker.host() + ":" + broker.port());
      publish(publisher, channel, 0, 300);
      String uri = broker.uri().replace(broker.host() + ":" + broker.port(), way.address());
      try (Messaging reader =
          Messaging.over(
              AmqpTransport.builder().uris(uri).readStream(channel, StreamStart.first()).build())) {
        Queue<Integer> read = reading(reader, channel, "view");
        await().atMost(PATIENCE).until(() -> read.size() >= 300);
        way.cut();
        publish(publisher, channel, 300, 400);
        await().atMost(PATIENCE).until(() -> read.containsAll(numbers(300, 400)));

        assertThat(read).as("what was settled is not read again").hasSizeLessThan(700);
        assertThat(read).containsAll(numbers(0, 400));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"V4_0", "V4_3"})
  void what_the_broker_gives_up_becomes_a_dead_letter_with_the_brokers_facts(Version version)
      throws Exception {
    String channel = unique("rejected");
    String group = channel + ".reader";
    try (AmqpTransport transport = over(version).unkeyed(channel).group(channel, "reader").build();
        Messaging messaging = Messaging.over(transport)) {
      String address = group + ".dead-letter";
      assertThat(
              transport
                  .topology()
                  .provision(List.of(Need.deadLetters(address, channel, DAY)))
                  .problems())
          .isEmpty();
      publish(messaging, channel, 0, 1);
      consumeRaw(version, group, Consumer.Context::discard);

      List<StoredMessage> dead = Collections.synchronizedList(new ArrayList<>());
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () -> {
                dead.clear();
                transport.browser().browse(address, dead::add);
                assertThat(dead).hasSize(1);
              });
      assertThat(dead.get(0).message().body()).asString(UTF_8).contains("\"number\":0");
      assertThat(dead.get(0).message().headers())
          .anyMatch(header -> header.name().contains("x-opt-deaths"));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"V4_0", "V4_3"})
  void d06_dead_letters_lie_in_a_queue_by_choice_and_are_not_browsed(Version version)
      throws Exception {
    String channel = unique("queued");
    try (AmqpTransport transport = over(version).deadLettersInQueues().build();
        Messaging messaging = Messaging.over(transport)) {
      messaging
          .subscribe("reader")
          .on(notes(channel), (event, context) -> Outcome.deadLetter("no good"))
          .start();
      await()
          .atMost(PATIENCE)
          .ignoreExceptions() // nobody gets it before the subscription has its queues
          .untilAsserted(() -> publish(messaging, channel, 7, 8));
      String address = channel + ".reader.dead-letter";
      await()
          .atMost(PATIENCE)
          .until(() -> transport.topology().depth(List.of(address)).get(0).messages() > 0);

      assertThatThrownBy(() -> transport.browser().browse(address, stored -> {}))
          .isInstanceOf(MessagingException.class)
          .hasMessageStartingWith("SP-AMQP-030");
      List<String> bodies = Collections.synchronizedList(new ArrayList<>());
      consumeRaw(
          version,
          address,
          context -> {
            bodies.add("taken");
            context.accept();
          });
      assertThat(bodies).isNotEmpty();
    }
  }

  /** Settles the first message of a queue, as programs do that know nothing of us. */
  private static void consumeRaw(
      Version version, String queue, java.util.function.Consumer<Consumer.Context> settling)
      throws Exception {
    RabbitFixture broker = RabbitFixture.shared(version);
    CompletableFuture<Boolean> settled = new CompletableFuture<>();
    try (Environment environment = new AmqpEnvironmentBuilder().build();
        Connection connection =
            environment
                .connectionBuilder()
                .host(broker.host())
                .port(broker.port())
                .username(broker.username())
                .password(broker.password())
                .build()) {
      Consumer consumer =
          connection
              .consumerBuilder()
              .queue(queue)
              .messageHandler(
                  (context, message) -> {
                    settling.accept(context);
                    settled.complete(true);
                  })
              .build();
      assertThat(settled.get(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
      consumer.close();
    }
  }
}

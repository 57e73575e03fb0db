package io.stagepost.dlq;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.GetResponse;
import com.rabbitmq.client.LongString;
import com.rabbitmq.qpid.protonj2.client.Client;
import com.rabbitmq.qpid.protonj2.client.ConnectionOptions;
import com.rabbitmq.qpid.protonj2.client.Delivery;
import com.rabbitmq.qpid.protonj2.client.Receiver;
import com.rabbitmq.qpid.protonj2.client.ReceiverOptions;
import io.stagepost.Backlog;
import io.stagepost.amqp.AmqpTransport;
import io.stagepost.dlq.FailureReport.Writer;
import io.stagepost.dlq.Replay.Report.Outcome;
import io.stagepost.dlq.Replay.Settings;
import io.stagepost.spi.Transport;
import io.stagepost.testkit.fixture.RabbitFixture;
import io.stagepost.testkit.fixture.RabbitFixture.Version;
import io.stagepost.testkit.fixture.TcpProxy;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Letters that RabbitMQ has made, of messages of a program that speaks AMQP 0.9.1 and knows nothing
 * of us: rejected, expired, and delivered too often.
 */
@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RabbitLettersTest {
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final int EACH = 5;

  private final String work = "work-" + UUID.randomUUID().toString().substring(0, 8);
  private final String waiting = work + ".waiting";
  private final String dead = work + ".dead";
  private final String stream = work + ".letters";

  /** Where a letter lies that cannot be read without being consumed. */
  private enum Target {
    STREAM("stream"),
    QUORUM("quorum"),
    CLASSIC("classic");

    private final String type;

    Target(String type) {
      this.type = type;
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"V4_0", "V4_3"})
  void from_a_stream_they_are_grouped_and_replayed_to_their_queue(Version version)
      throws Exception {
    try (Program program = new Program(version);
        Transport tool = tool(version)) {
      program.declare(Target.STREAM);
      program.die();
      await().atMost(PATIENCE).until(() -> read(tool, dead).size() == 3 * EACH);
      areReplayedFrom(dead, tool, program);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"V4_0", "V4_3"})
  void from_a_quorum_queue_they_are_collected_first(Version version) throws Exception {
    try (Program program = new Program(version);
        Transport tool = tool(version)) {
      program.declare(Target.QUORUM);
      program.die();
      await().atMost(PATIENCE).until(() -> depth(tool) == 3 * EACH);
      assertThatThrownBy(() -> read(tool, dead)).hasMessageStartingWith("SP-AMQP-030");

      AtomicLong told = new AtomicLong();
      Collector collector = Collector.on(tool);
      assertThat(collector.collect(dead, stream, EACH, told::set)).isEqualTo(EACH);
      assertThat(told).hasValue(EACH);
      assertThat(collector.collect(dead, stream, Long.MAX_VALUE, told::set)).isEqualTo(2 * EACH);
      assertThat(collector.collect(dead, stream, Long.MAX_VALUE, told::set)).isZero();
      assertThat(depth(tool)).isZero();
      areReplayedFrom(stream, tool, program);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"V4_0", "V4_3"})
  void a_classic_queue_is_collected_with_all_that_its_messages_are(Version version)
      throws Exception {
    try (Program program = new Program(version);
        Transport tool = tool(version)) {
      program.declare(Target.CLASSIC);
      program.publish(work, 1, "60000");
      program.reject();
      await().atMost(PATIENCE).until(() -> depth(tool) == 1);
      assertThat(Collector.on(tool).collect(dead, stream, 10, stored -> {})).isEqualTo(1);
      try (Ledger ledger = Ledger.of(tool, work + ".ledger", "ada@test")) {
        ledger.provision(stream);
        assertThat(replay(tool, ledger, Planner.of(tool, ledger, "ada@test").plan(stream)))
            .isEqualTo(Outcome.DONE);
      }
      GetResponse again = program.get(work).orElseThrow();
      assertThat(again.getBody()).isEqualTo(body(0));
      assertThat(again.getProps().getMessageId()).isEqualTo("id-0");
      assertThat(again.getProps().getCorrelationId()).isEqualTo("correlation");
      assertThat(again.getProps().getContentType()).isEqualTo("application/x-own");
      assertThat(again.getProps().getReplyTo()).isEqualTo("answers");
      assertThat(again.getProps().getType()).isEqualTo("order");
      assertThat(again.getProps().getHeaders()).containsEntry("number", 42L);
      assertThat(
              ((LongString) requireNonNull(again.getProps().getHeaders().get("binary"))).getBytes())
          .isEqualTo(new byte[] {0, -1, -128});
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"V4_0", "V4_3"})
  void a_queue_is_not_collected_into_itself_and_not_without_its_messages(Version version)
      throws Exception {
    try (Program program = new Program(version);
        Transport tool = tool(version)) {
      program.declare(Target.QUORUM);
      Collector collector = Collector.on(tool);
      assertThatThrownBy(() -> collector.collect(dead, dead, 1, stored -> {}))
          .hasMessageStartingWith("SP-DLQ-030");
      assertThatThrownBy(() -> collector.collect(work + ".none", stream, 1, stored -> {}))
          .hasMessageStartingWith("SP-AMQP-056");
      assertThatThrownBy(() -> collector.collect(stream, stream + "2", 1, stored -> {}))
          .hasMessageStartingWith("SP-AMQP-056");
      assertThatThrownBy(() -> collector.collect(work, dead, 1, stored -> {}))
          .hasMessageContaining("x-queue-type is quorum, needed is stream");

      // What leads back into the queue ends all the same.
      program.publish(work, EACH, null);
      program.channel.queueBind(work, "loop-" + work, "");
      program.channel.queueBind(stream, "loop-" + work, "");
      program.channel.exchangeBind("loop-" + work, stream, "");
      assertThat(collector.collect(work, stream, Long.MAX_VALUE, stored -> {})).isEqualTo(EACH);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"V4_0", "V4_3"})
  void a_collector_whose_broker_is_lost_loses_nothing(Version version) throws Exception {
    RabbitFixture broker = RabbitFixture.shared(version);
    try (TcpProxy way = TcpProxy.open();
        Program program = new Program(version);
        Transport tool = tool(version)) {
      way.leadTo(broker.host() + ":" + broker.port());
      program.declare(Target.QUORUM);
      program.publish(dead, 3_000, null);
      try (Transport cut =
          AmqpTransport.to(
              broker.uri().replace(broker.host() + ":" + broker.port(), way.address()))) {
        AtomicBoolean once = new AtomicBoolean();
        assertThatThrownBy(
                () ->
                    Collector.on(cut)
                        .collect(
                            dead,
                            stream,
                            Long.MAX_VALUE,
                            stored -> {
                              if (stored == 1_300 && once.compareAndSet(false, true)) {
                                way.cut();
                              }
                            }))
            .hasMessageStartingWith("SP-AMQP-057");
      }
      await()
          .atMost(PATIENCE)
          .until(
              () -> {
                Collector.on(tool).collect(dead, stream, Long.MAX_VALUE, stored -> {});
                return depth(tool) == 0;
              });
      Map<String, Integer> found = new HashMap<>();
      read(tool, stream)
          .forEach(
              letter ->
                  found.merge(
                      new String(requireNonNull(letter.message().header("amqp:message-id")), UTF_8),
                      1,
                      Integer::sum));
      assertThat(found).hasSize(3_000);
      assertThat(found.values().stream().mapToInt(Integer::intValue).sum())
          .isLessThanOrEqualTo(4_000); // a round of 500 is taken again, and was sent again
    }
  }

  private void areReplayedFrom(String letters, Transport tool, Program program) throws Exception {
    assertThat(Letters.on(tool).groups(letters, Filter.all()))
        .extracting(group -> group.fingerprint().reason() + " " + group.letters())
        .containsExactlyInAnyOrder("rejected " + EACH, "expired " + EACH, "delivery_limit " + EACH);
    assertThat(read(tool, letters))
        .allSatisfy(
            letter -> {
              assertThat(letter.failure().writer()).isEqualTo(Writer.RABBITMQ);
              assertThat(letter.failure().originAddress())
                  .isEqualTo(
                      "queue:" + ("expired".equals(letter.failure().reason()) ? waiting : work));
            });
    try (Ledger ledger = Ledger.of(tool, work + ".ledger", "ada@test")) {
      ledger.provision(letters);
      Plan plan =
          Planner.of(tool, ledger, "ada@test")
              .choosing(Filter.all().subscription(work))
              .plan(letters);
      assertThat(plan.destinations()).isEqualTo(Map.of("queue:" + work, 2L * EACH));
      assertThat(replay(tool, ledger, plan)).isEqualTo(Outcome.DONE);
    }
    for (int i = 0; i < 2 * EACH; i++) {
      GetResponse again = program.get(work).orElseThrow();
      assertThat(new String(again.getBody(), UTF_8)).startsWith("order ");
      assertThat(again.getProps().getHeaders())
          .containsEntry("number", 42L)
          .containsKey(Outgoing.RUN)
          .doesNotContainKeys("x-death", "x-first-death-queue", "x-last-death-reason");
    }
    assertThat(program.get(work)).isEmpty();
  }

  private static Outcome replay(Transport tool, Ledger ledger, Plan plan) {
    return new Replay(tool, ledger, plan, Settings.defaults()).run(progress -> {}).outcome();
  }

  private static List<Letter> read(Transport tool, String letters) {
    List<Letter> all = new ArrayList<>();
    Letters.on(tool).read(letters, Filter.all(), all::add);
    return all;
  }

  private long depth(Transport tool) {
    return tool.topology().depth(List.of(dead)).stream().mapToLong(Backlog::messages).sum();
  }

  private static Transport tool(Version version) {
    return AmqpTransport.to(RabbitFixture.shared(version).uri());
  }

  private static byte[] body(int number) {
    return ("order " + number).getBytes(UTF_8);
  }

  /** Speaks AMQP 0.9.1. */
  private final class Program implements AutoCloseable {
    private final com.rabbitmq.client.Connection connection;
    private final Channel channel;
    private final RabbitFixture broker;

    Program(Version version) throws Exception {
      broker = RabbitFixture.shared(version);
      ConnectionFactory factory = new ConnectionFactory();
      factory.setUri(broker.uri());
      connection = factory.newConnection();
      channel = connection.createChannel();
      var unused = channel.confirmSelect();
    }

    void declare(Target target) throws Exception {
      channel.exchangeDeclare("loop-" + work, "fanout", true);
      channel.queueDeclare(dead, true, false, false, Map.of("x-queue-type", target.type));
      channel.queueDeclare(work, true, false, false, dying(Map.of("x-delivery-limit", 2)));
      channel.queueDeclare(waiting, true, false, false, dying(Map.of("x-message-ttl", 50)));
    }

    private Map<String, Object> dying(Map<String, Object> more) {
      Map<String, Object> arguments = new HashMap<>(more);
      arguments.put("x-queue-type", "quorum");
      arguments.put("x-overflow", "reject-publish");
      arguments.put("x-dead-letter-strategy", "at-least-once");
      arguments.put("x-dead-letter-exchange", "");
      arguments.put("x-dead-letter-routing-key", dead);
      return arguments;
    }

    void publish(String queue, int count, @Nullable String expiration) throws Exception {
      for (int i = 0; i < count; i++) {
        channel.basicPublish(
            "",
            queue,
            true,
            new BasicProperties.Builder()
                .messageId("id-" + i)
                .correlationId("correlation")
                .contentType("application/x-own")
                .replyTo("answers")
                .type("order")
                .deliveryMode(2)
                .expiration(expiration)
                .headers(Map.of("number", 42L, "binary", new byte[] {0, -1, -128}))
                .build(),
            body(i));
      }
      channel.waitForConfirmsOrDie(PATIENCE.toMillis());
    }

    /** So many of each reason. */
    void die() throws Exception {
      publish(waiting, EACH, null);
      publish(work, EACH, null);
      for (int i = 0; i < EACH; i++) {
        reject();
      }
      publish(work, EACH, null);
      try (Client client = Client.create();
          var failing =
              client.connect(
                  broker.host(),
                  broker.port(),
                  new ConnectionOptions()
                      .virtualHost("vhost:" + broker.virtualHost())
                      .user(broker.username())
                      .password(broker.password()));
          Receiver receiver =
              failing.openReceiver("/queues/" + work, new ReceiverOptions().autoAccept(false))) {
        // Since 4.3 only a delivery counts that has failed.
        for (Delivery next = receiver.receive();
            next != null;
            next = receiver.receive(2, TimeUnit.SECONDS)) {
          next.modified(true, false);
        }
      }
    }

    void reject() throws Exception {
      channel.basicReject(get(work).orElseThrow().getEnvelope().getDeliveryTag(), false);
    }

    Optional<GetResponse> get(String queue) throws Exception {
      return Optional.ofNullable(channel.basicGet(queue, false));
    }

    @Override
    public void close() throws IOException {
      for (String queue : List.of(work, waiting, dead, stream, stream + "2")) {
        channel.queueDelete(queue);
      }
      connection.close();
    }
  }
}

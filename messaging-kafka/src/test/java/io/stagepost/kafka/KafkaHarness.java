package io.stagepost.kafka;

import io.stagepost.spi.Intake;
import io.stagepost.spi.Message;
import io.stagepost.spi.Receiver;
import io.stagepost.spi.Reception;
import io.stagepost.spi.Transport;
import io.stagepost.testkit.contract.TransportHarness;
import io.stagepost.testkit.fixture.KafkaFixture;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.jspecify.annotations.Nullable;

/** The build's broker for the contract suite, and what may befall it. */
final class KafkaHarness implements TransportHarness {
  private static final int PARTITIONS = 4;

  @Override
  public Transport connect(Provisioning provisioning) {
    Freezer freezer = Freezer.create();
    return new Connection(
        builder(Broker.ADDRESS)
            .topology(
                switch (provisioning) {
                  case CREATE -> Topology.AUTO_CREATE;
                  case VERIFY -> Topology.VERIFY;
                  case TRUST -> Topology.NONE;
                })
            .consumerProperty("interceptor.classes", Freezer.class.getName())
            .consumerProperty(Freezer.ID, freezer.id())
            .consumerProperty("metadata.max.age.ms", "200")
            .build(),
        freezer);
  }

  private static KafkaTransport.Builder builder(String address) {
    return KafkaTransport.builder()
        .bootstrapServers(address)
        .allowPlaintext()
        .partitions(PARTITIONS)
        .consumerProperty("session.timeout.ms", "2000")
        .consumerProperty("heartbeat.interval.ms", "200");
  }

  @Override
  public String missing(String hint) {
    return Broker.unique(hint);
  }

  @Override
  public void create(String address) {
    Broker.create(address, PARTITIONS, Map.of());
  }

  @Override
  public void crash(Transport connection) {
    ((Connection) connection).freezer.freeze();
  }

  @Override
  public void loseAssignments(String subscription) {
    Broker.get(
        Broker.admin()
            .removeMembersFromConsumerGroup(
                subscription, new RemoveMembersFromConsumerGroupOptions())
            .all()
            .toCompletionStage()
            .exceptionally(KafkaHarness::noMembers)
            .toCompletableFuture());
  }

  /** The client's way to say that the group has no members just now: nothing is to be lost. */
  private static @Nullable Void noMembers(Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    if (cause instanceof IllegalArgumentException) {
      return null;
    }
    throw new CompletionException(cause);
  }

  @Override
  public Message tooLarge(String address) {
    return new Message(address, null, List.of(), new byte[2_000_000]);
  }

  @Override
  public StoppableBroker stoppable() {
    return new OwnBroker();
  }

  /** A broker in a process of its own, which keeps its address when it starts again. */
  private static final class OwnBroker implements StoppableBroker {
    private final Path data;
    private KafkaFixture broker;

    OwnBroker() {
      try {
        data = Files.createTempDirectory("stagepost-contract");
      } catch (IOException failure) {
        throw new UncheckedIOException(failure);
      }
      broker = KafkaFixture.start(data);
    }

    @Override
    public Transport connect() {
      return builder(broker.bootstrapServers()).build();
    }

    @Override
    public void stop() {
      broker.close();
    }

    @Override
    public void start() {
      String before = broker.bootstrapServers();
      broker = KafkaFixture.start(data);
      if (!broker.bootstrapServers().equals(before)) {
        throw new IllegalStateException(
            "The broker was at " + before + " and is at " + broker.bootstrapServers());
      }
    }

    @Override
    public void close() {
      broker.close();
      try (Stream<Path> files = Files.walk(data)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      } catch (IOException failure) {
        throw new UncheckedIOException(failure);
      }
    }
  }

  /** A transport whose consumers can be frozen: for the broker they are dead from then on. */
  private static final class Connection implements Transport {
    private final KafkaTransport transport;
    private final Freezer freezer;

    Connection(KafkaTransport transport, Freezer freezer) {
      this.transport = transport;
      this.freezer = freezer;
    }

    @Override
    public Receiver receive(Reception reception, Intake intake) {
      Receiver receiver = transport.receive(reception, intake);
      return new Receiver() {
        @Override
        public void roomAvailable() {
          receiver.roomAvailable();
        }

        @Override
        public void close() {
          // A frozen consumer ends by a failure, once its receiver knows that it is closed.
          CompletableFuture.delayedExecutor(100, TimeUnit.MILLISECONDS).execute(freezer::end);
          receiver.close();
        }
      };
    }

    @Override
    public void close() {
      freezer.end();
      transport.close();
    }

    // ---- as the transport does

    @Override
    public String name() {
      return transport.name();
    }

    @Override
    public Message encode(
        String address,
        @org.jspecify.annotations.Nullable String key,
        io.cloudevents.CloudEvent event) {
      return transport.encode(address, key, event);
    }

    @Override
    public io.cloudevents.CloudEvent decode(Message message) {
      return transport.decode(message);
    }

    @Override
    public io.stagepost.spi.Sender sender(Duration timeout) {
      return transport.sender(timeout);
    }

    @Override
    public io.stagepost.spi.TopologyAdmin topology() {
      return transport.topology();
    }

    @Override
    public io.stagepost.spi.Browser browser() {
      return transport.browser();
    }

    @Override
    public io.stagepost.spi.Capabilities capabilities() {
      return transport.capabilities();
    }

    @Override
    public List<io.stagepost.Setting<?>> settings() {
      return transport.settings();
    }
  }
}

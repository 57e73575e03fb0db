package io.stagepost.kafka;

import io.stagepost.Topology;
import io.stagepost.spi.Intake;
import io.stagepost.spi.Message;
import io.stagepost.spi.Receiver;
import io.stagepost.spi.Reception;
import io.stagepost.spi.Transport;
import io.stagepost.testkit.contract.TransportHarness;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** The build's broker for the contract suite, and what may befall it. */
final class KafkaHarness implements TransportHarness {
  private static final Duration SESSION = Duration.ofSeconds(2);

  private final Protocol protocol;
  private final int partitions;

  KafkaHarness(Protocol protocol) {
    this(protocol, 4);
  }

  KafkaHarness(Protocol protocol, int partitions) {
    this.protocol = protocol;
    this.partitions = partitions;
  }

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
        freezer,
        protocol);
  }

  private KafkaTransport.Builder builder(String address) {
    return protocol.on(
        KafkaTransport.builder()
            .bootstrapServers(address)
            .allowPlaintext()
            .partitions(partitions)
            .process(new Semaphore(1)),
        SESSION);
  }

  @Override
  public String missing(String hint) {
    return Broker.unique(hint);
  }

  @Override
  public void create(String address) {
    Broker.create(address, partitions, Map.of());
  }

  @Override
  public void crash(Transport connection) {
    ((Connection) connection).freezer.freeze();
  }

  @Override
  public void loseAssignments(String subscription) {
    protocol.evict(subscription);
  }

  @Override
  public Message tooLarge(String address) {
    return new Message(address, null, List.of(), new byte[2_000_000]);
  }

  @Override
  public StoppableBroker stoppable() {
    OwnBroker broker = new OwnBroker();
    return new StoppableBroker() {
      @Override
      public Transport connect() {
        return builder(broker.address()).build();
      }

      @Override
      public void stop() {
        broker.stop();
      }

      @Override
      public void start() {
        broker.start();
      }

      @Override
      public void close() {
        broker.close();
      }
    };
  }

  /** A transport whose consumers can be frozen: for the broker they are dead from then on. */
  private static final class Connection implements Transport {
    private final KafkaTransport transport;
    private final Freezer freezer;
    private final Protocol protocol;

    Connection(KafkaTransport transport, Freezer freezer, Protocol protocol) {
      this.transport = transport;
      this.freezer = freezer;
      this.protocol = protocol;
    }

    @Override
    public Receiver receive(Reception reception, Intake intake) {
      protocol.prepare(reception.subscription(), SESSION);
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

package io.stagepost.amqp;

import static java.util.Objects.requireNonNull;

import io.stagepost.Topology;
import io.stagepost.spi.Message;
import io.stagepost.spi.Need;
import io.stagepost.spi.TopologyReport;
import io.stagepost.spi.Transport;
import io.stagepost.testkit.contract.TransportHarness;
import io.stagepost.testkit.fixture.RabbitFixture;
import io.stagepost.testkit.fixture.RabbitFixture.Version;
import io.stagepost.testkit.fixture.TcpProxy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** The build's broker for the contract suite, and what may befall it. */
final class AmqpHarness implements TransportHarness {
  /** So many that the chance of a member to get none is none. */
  private static final int PARTITIONS = 12;

  private final RabbitFixture broker;

  /** Each connection has a way of its own to the broker, which can be cut. */
  private final Map<Transport, TcpProxy> ways = new ConcurrentHashMap<>();

  AmqpHarness(Version version) {
    this.broker = RabbitFixture.shared(version);
  }

  @Override
  public Transport connect(Provisioning provisioning) {
    TcpProxy way = TcpProxy.open();
    way.leadTo(broker.host() + ":" + broker.port());
    Transport transport =
        builder(broker, way)
            .topology(
                switch (provisioning) {
                  case CREATE -> Topology.AUTO_CREATE;
                  case VERIFY -> Topology.VERIFY;
                  case TRUST -> Topology.NONE;
                })
            .build();
    ways.put(transport, way);
    return transport;
  }

  private static AmqpTransport.Builder builder(RabbitFixture broker, TcpProxy way) {
    String uri = broker.uri();
    return AmqpTransport.builder()
        .uris(uri.replace(broker.host() + ":" + broker.port(), way.address()))
        .process(new OwnProcess())
        .partitions(PARTITIONS);
  }

  /** Its brokers take half a minute to come back where the machine is busy. */
  @Override
  public Duration patience() {
    return Duration.ofSeconds(60);
  }

  @Override
  public String missing(String hint) {
    return hint + "-" + UUID.randomUUID().toString().substring(0, 8);
  }

  @Override
  public void create(String address) {
    provision(
        AmqpTransport.builder().uris(broker.uri()).keep(address, Duration.ofDays(1)),
        Need.channel(address));
  }

  @Override
  public void declare(String address, String subscription) {
    provision(
        AmqpTransport.builder().uris(broker.uri()).partitions(PARTITIONS),
        Need.channel(address).consumedBy(subscription));
  }

  private static void provision(AmqpTransport.Builder builder, Need need) {
    try (AmqpTransport transport = builder.build()) {
      TopologyReport report = transport.topology().provision(List.of(need));
      if (!report.problems().isEmpty()) {
        throw new IllegalStateException(report.toString());
      }
    }
  }

  @Override
  public void crash(Transport connection) {
    TcpProxy way = requireNonNull(ways.get(connection));
    way.leadNowhere();
    way.cut();
  }

  @Override
  public void loseAssignments(String subscription) {
    ways.values().forEach(TcpProxy::cut);
  }

  @Override
  public Message tooLarge(String address) {
    return new Message(address, null, List.of(), new byte[20_000_000]);
  }

  @Override
  public StoppableBroker stoppable() {
    Path directory;
    try {
      directory = Files.createTempDirectory("rabbit");
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    return new StoppableBroker() {
      private RabbitFixture own = RabbitFixture.start(directory);
      private final String uri = own.uri();

      @Override
      public Transport connect() {
        return AmqpTransport.builder().uris(uri).partitions(PARTITIONS).build();
      }

      @Override
      public void stop() {
        own.close();
      }

      @Override
      public void start() {
        own = RabbitFixture.start(directory);
      }

      @Override
      public void close() {
        own.close();
        try (Stream<Path> files = Files.walk(directory)) {
          for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
            Files.delete(file);
          }
        } catch (IOException failure) {
          throw new UncheckedIOException(failure);
        }
      }
    };
  }

  @Override
  public void close() {
    ways.values().forEach(TcpProxy::close);
  }
}

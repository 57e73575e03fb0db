package io.stagepost.samples.shop;

import static java.util.Objects.requireNonNull;

import io.stagepost.Topology;
import io.stagepost.amqp.AmqpTransport;
import io.stagepost.amqp.StreamStart;
import io.stagepost.asyncapi.operations.AccessList;
import io.stagepost.spi.Transport;
import io.stagepost.testkit.fixture.RabbitFixture;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** RabbitMQ, which asks everybody for a password and holds them to their permissions. */
final class GuardedRabbit implements Guarded {
  private static final String PASSWORD = "a-password";

  private final RabbitFixture broker;

  GuardedRabbit(RabbitFixture.Version version) {
    broker = RabbitFixture.shared(version);
  }

  @Override
  public AccessList.Broker kind() {
    return AccessList.Broker.RABBITMQ;
  }

  @Override
  public @Nullable String virtualHost() {
    return broker.virtualHost();
  }

  @Override
  public void user(String name) {
    requireNonNull(broker.ctl("add_user", name, PASSWORD));
    requireNonNull(
        broker.ctl("set_permissions", "-p", broker.virtualHost(), name, "^$", "^$", "^$"));
  }

  @Override
  public void grant(String user, List<List<String>> commands) {
    for (List<String> words : commands) {
      requireNonNull(broker.ctl(words.toArray(String[]::new)));
    }
  }

  @Override
  public Transport transport(@Nullable String user, Topology topology, String stream) {
    String uri =
        user == null
            ? broker.uri()
            : broker.uri().replaceFirst("//[^@]*@", "//" + user + ":" + PASSWORD + "@");
    AmqpTransport.Builder transport =
        AmqpTransport.builder()
            .uris(uri)
            .topology(topology)
            .partitions(2)
            .readStream(stream, StreamStart.first());
    return user == null ? transport.keep(stream, Duration.ofDays(1)).build() : transport.build();
  }

  @Override
  public String denied() {
    return "SP-AMQP-002";
  }

  @Override
  public void close() {}

  @Override
  public String toString() {
    return "RabbitMQ " + broker.version();
  }
}

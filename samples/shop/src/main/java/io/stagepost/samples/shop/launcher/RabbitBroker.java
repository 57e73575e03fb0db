package io.stagepost.samples.shop.launcher;

import io.stagepost.testkit.fixture.RabbitFixture;
import io.stagepost.testkit.fixture.RabbitFixture.Version;
import io.stagepost.testkit.fixture.TcpProxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A RabbitMQ of the run's own. */
final class RabbitBroker implements Broker {
  /** A member that is silent for some of these is gone, and another one gets its queues. */
  private static final Map<String, String> SETTINGS = Map.of("heartbeat", "3");

  /** What is unsettled in a queue is counted by the broker every five seconds. */
  private static final long COUNTING_MS = 6_000;

  private final RabbitFixture fixture;
  private final String address;

  private RabbitBroker(RabbitFixture fixture, String address) {
    this.fixture = fixture;
    this.address = address;
  }

  static Broker start(Path data, @Nullable TcpProxy proxy) {
    RabbitFixture started = RabbitFixture.start(data, Version.V4_3, SETTINGS);
    if (proxy == null) {
      return new RabbitBroker(started, started.uri());
    }
    String own = started.host() + ":" + started.port();
    proxy.leadTo(own);
    return new RabbitBroker(started, started.uri().replace(own, proxy.address()));
  }

  @Override
  public String address() {
    return address;
  }

  @Override
  public OptionalLong pid() {
    return fixture.pid();
  }

  @Override
  public Duration settles() {
    return Duration.ofSeconds(5);
  }

  @Override
  public boolean hasMembers(String subscription) {
    String queue = ".*\\." + subscription + "\\.[0-9]+"; // CHANNEL.SUBSCRIPTION.NUMBER
    return list("list_consumers", "queue_name").anyMatch(name -> name.matches(queue));
  }

  @Override
  public long unsettled() throws InterruptedException {
    TimeUnit.MILLISECONDS.sleep(COUNTING_MS);
    return list("list_queues", "messages_unacknowledged").mapToLong(Long::parseLong).sum();
  }

  private Stream<String> list(String what, String column) {
    return fixture.ctl(what, "--no-table-headers", column).lines();
  }

  @Override
  public void detach() {
    fixture.detach();
  }

  @Override
  public void close() {
    fixture.close();
  }
}

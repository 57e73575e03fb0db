package io.stagepost.samples.shop.launcher;

import static java.util.Objects.requireNonNull;

import io.stagepost.testkit.fixture.KafkaFixture;
import io.stagepost.testkit.fixture.TcpProxy;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.jspecify.annotations.Nullable;

/** A Kafka of the run's own. */
final class KafkaBroker implements Broker {
  private static final long ANSWER_S = 60;

  private final KafkaFixture fixture;
  private final String address;
  private final Admin admin;

  private KafkaBroker(KafkaFixture fixture, String address) {
    this.fixture = fixture;
    this.address = address;
    this.admin =
        Admin.create(Map.<String, Object>of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, address));
  }

  static Broker start(Path data, @Nullable TcpProxy proxy) {
    if (proxy == null) {
      KafkaFixture started = KafkaFixture.start(data);
      return new KafkaBroker(started, started.bootstrapServers());
    }
    KafkaFixture started = KafkaFixture.startBehindProxy(data, proxy.port());
    proxy.leadTo(started.bootstrapServers());
    return new KafkaBroker(started, proxy.address());
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
    return Duration.ZERO;
  }

  @Override
  public boolean hasMembers(String group) throws IOException, InterruptedException {
    try {
      return !requireNonNull(
              admin.describeConsumerGroups(List.of(group)).describedGroups().get(group))
          .get(ANSWER_S, TimeUnit.SECONDS)
          .members()
          .isEmpty();
    } catch (ExecutionException | TimeoutException failure) {
      if (failure.getCause() instanceof GroupIdNotFoundException) {
        return false;
      }
      throw new IOException("the broker does not tell who is in the group " + group, failure);
    }
  }

  @Override
  public long unsettled() {
    return 0; // they are in the lag
  }

  @Override
  public void detach() {
    fixture.detach();
  }

  @Override
  public void close() {
    admin.close(Duration.ZERO);
    fixture.close();
  }
}

package io.stagepost.benchmarks;

import com.rabbitmq.client.amqp.Connection;
import com.rabbitmq.client.amqp.Environment;
import com.rabbitmq.client.amqp.Management;
import com.rabbitmq.client.amqp.impl.AmqpEnvironmentBuilder;
import io.stagepost.amqp.AmqpTransport;
import io.stagepost.benchmarks.contestant.Load;
import io.stagepost.benchmarks.contestant.QueueNames;
import io.stagepost.spi.Need;
import io.stagepost.spi.TopologyReport;
import io.stagepost.testkit.fixture.RabbitFixture;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * RabbitMQ's exchanges that are measured, as the transport declares them: a subscription with eight
 * quorum queues, or with one where the channel is unkeyed.
 */
final class Queues implements Broker {
  private static final Duration COUNTED = Duration.ofSeconds(10);

  private final RabbitFixture rabbit;
  private final Environment environment;
  private final Connection connection;
  private final Management management;

  Queues(Path folder, RabbitFixture.Version version) {
    this.rabbit = RabbitFixture.start(folder, version, Map.of());
    this.environment = new AmqpEnvironmentBuilder().build();
    this.connection = environment.connectionBuilder().uri(rabbit.uri()).build();
    this.management = connection.management();
  }

  /** The transport, as it comes. */
  static AmqpTransport transport(String uri, String channel) {
    AmqpTransport.Builder builder = AmqpTransport.builder().uris(uri);
    return (channel.contains(QueueNames.UNKEYED) ? builder.unkeyed(channel) : builder).build();
  }

  @Override
  public String name() {
    return "RabbitMQ " + rabbit.version();
  }

  @Override
  public String address() {
    return rabbit.uri();
  }

  @Override
  public boolean keepsEvents() {
    return false;
  }

  @Override
  public double warmSeconds() {
    return 12;
  }

  @Override
  public void create(String channel) {
    try (AmqpTransport transport = transport(address(), channel)) {
      TopologyReport report =
          transport
              .topology()
              .provision(List.of(Need.channel(channel).consumedBy(QueueNames.SUBSCRIPTION)));
      if (!report.problems().isEmpty()) {
        throw new BenchmarkException(String.join(" ", report.problems()));
      }
    }
  }

  @Override
  public void fill(String channel, Load load) {
    Topics.fill(transport(address(), channel), channel, load);
  }

  /** Its exchanges and streams, which are empty, stay until the broker ends. */
  @Override
  public void delete(String channel, long left) throws InterruptedException {
    List<String> queues = QueueNames.of(channel);
    long deadline = System.nanoTime() + COUNTED.toNanos();
    long messages = count(queues);
    while (messages != left && System.nanoTime() - deadline < 0) {
      Thread.sleep(100); // the broker may still be taking back what a closed connection had
      messages = count(queues);
    }
    queues.forEach(management::queueDelete);
    if (messages != left) {
      throw new BenchmarkException(
          "the queues of " + channel + " have " + messages + " messages instead of " + left + ".");
    }
  }

  private long count(List<String> queues) {
    return queues.stream().mapToLong(queue -> management.queueInfo(queue).messageCount()).sum();
  }

  @Override
  public void close() {
    connection.close();
    environment.close();
    rabbit.close();
  }
}

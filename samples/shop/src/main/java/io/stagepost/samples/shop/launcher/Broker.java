package io.stagepost.samples.shop.launcher;

import io.stagepost.testkit.fixture.TcpProxy;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** A broker of the run's own, from one start to its end: what the launcher must know of it. */
interface Broker extends AutoCloseable {
  /** Which broker. */
  enum Kind {
    KAFKA("kafka", "Kafka"),
    RABBIT("amqp", "RabbitMQ");

    private final String transport;
    private final String product;

    Kind(String transport, String product) {
      this.transport = transport;
      this.product = product;
    }

    /** What it is chosen by. */
    String transport() {
      return transport;
    }

    /** What it is called. */
    String product() {
      return product;
    }

    /**
     * Starts one, which takes some seconds.
     *
     * @param data its directory: what an earlier one has written there it goes on with
     * @param proxy what all its clients are to go through; null for none
     */
    Broker start(Path data, @Nullable TcpProxy proxy) {
      return switch (this) {
        case KAFKA -> KafkaBroker.start(data, proxy);
        case RABBIT -> RabbitBroker.start(data, proxy);
      };
    }
  }

  /** Where its clients connect: to it, or to the proxy before it. */
  String address();

  /** Its process: ended by SIGTERM it stops cleanly, by SIGKILL it is a crash. */
  OptionalLong pid();

  /** How old what it was told to make must be to outlive SIGKILL. */
  Duration settles();

  /** Whether it knows of a member of a subscription. */
  boolean hasMembers(String subscription) throws IOException, InterruptedException;

  /**
   * How many events have been received and not settled, by anyone, if the transport's lag leaves
   * these out; not older than the call. May take seconds.
   */
  long unsettled() throws InterruptedException;

  /** Lets it outlive this process. */
  void detach();

  @Override
  void close();
}

package io.stagepost.samples.shop;

import io.stagepost.amqp.AmqpTransport;
import io.stagepost.kafka.KafkaTransport;
import io.stagepost.samples.shop.contract.OrdersContract;
import io.stagepost.samples.shop.contract.PaymentContract;
import io.stagepost.spi.Transport;

/** What carries the events. The only place in the services that knows which broker it is. */
public final class Carrier {
  private static final int PARTITIONS = 4;

  private Carrier() {}

  /**
   * The transport for the broker at an address.
   *
   * @param broker the URI of a RabbitMQ, {@code amqp://user:password@host:port/virtual-host}, or
   *     the bootstrap servers of a Kafka, {@code host:port}
   * @return not connected yet
   */
  public static Transport to(String broker) {
    return broker.startsWith("amqp") ? rabbit(broker) : kafka(broker);
  }

  private static Transport kafka(String bootstrapServers) {
    return KafkaTransport.builder()
        .bootstrapServers(bootstrapServers)
        .partitions(PARTITIONS)
        // A killed instance is missed after this long, and another one gets its partitions.
        .consumerProperty("session.timeout.ms", "6000")
        .consumerProperty("heartbeat.interval.ms", "1500")
        .build();
  }

  private static Transport rabbit(String uri) {
    return AmqpTransport.builder()
        .uris(uri)
        .partitions(PARTITIONS)
        // RabbitMQ keeps an event only for those whom it knows when the event is published.
        .group(OrdersContract.LINE_PLACED.channel(), "payment")
        .group(PaymentContract.PAYMENT_TAKEN.channel(), "shipping")
        .build();
  }
}

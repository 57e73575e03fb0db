package io.stagepost.benchmarks.replay;

import com.rabbitmq.client.amqp.Connection;
import com.rabbitmq.client.amqp.ConsumerBuilder.StreamOffsetSpecification;
import com.rabbitmq.client.amqp.Environment;
import com.rabbitmq.client.amqp.Message;
import com.rabbitmq.client.amqp.Publisher;
import com.rabbitmq.client.amqp.Publisher.Status;
import com.rabbitmq.client.amqp.impl.AmqpEnvironmentBuilder;
import io.stagepost.spi.FailureHeaders;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * What somebody writes in an afternoon: reads all letters and sends each on, without the headers of
 * its failure, and waits for the confirms. No plan, no ledger, nothing to resume.
 */
final class RawCopy {
  private static final int UNDER_WAY = 5_000;

  private RawCopy() {}

  static long kafka(Site site) {
    AtomicLong confirmed = new AtomicLong();
    AtomicReference<Exception> failed = new AtomicReference<>();
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of(
                "bootstrap.servers",
                site.where(),
                "acks",
                "all",
                "enable.idempotence",
                true,
                "batch.size",
                65_536), // as ours
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      read(
          site,
          letter -> {
            List<Header> headers = new ArrayList<>();
            for (Header header : letter.headers()) {
              if (stays(header.key())) {
                headers.add(header);
              }
            }
            var unused =
                producer.send(
                    new ProducerRecord<>(
                        site.target(), null, letter.key(), letter.value(), headers),
                    (stored, failure) -> {
                      if (failure == null) {
                        confirmed.incrementAndGet();
                      } else {
                        failed.set(failure);
                      }
                    });
          });
      producer.flush();
    }
    if (failed.get() != null) {
      throw new IllegalStateException(failed.get());
    }
    return confirmed.get();
  }

  /** Shows all letters, oldest first in each partition. */
  static void read(Site site, Consumer<ConsumerRecord<byte[], byte[]>> visitor) {
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", site.where(), "enable.auto.commit", false),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(site.letters()).stream()
              .map(each -> new TopicPartition(each.topic(), each.partition()))
              .collect(Collectors.toList());
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      long left =
          consumer.endOffsets(partitions).values().stream().mapToLong(Long::longValue).sum();
      while (left > 0) {
        for (ConsumerRecord<byte[], byte[]> letter : consumer.poll(Duration.ofMillis(100))) {
          left--;
          visitor.accept(letter);
        }
      }
    }
  }

  private static boolean stays(String header) {
    return !header.startsWith(FailureHeaders.PREFIX) || header.startsWith(FailureHeaders.ORIGIN);
  }

  static long amqp(Site site) throws InterruptedException {
    URI uri = URI.create(site.where());
    String[] login = uri.getUserInfo().split(":", 2);
    try (Environment environment = new AmqpEnvironmentBuilder().build();
        Connection connection =
            environment
                .connectionBuilder()
                .host(uri.getHost())
                .port(uri.getPort())
                .username(login[0])
                .password(login[1])
                .build();
        Connection sending =
            environment
                .connectionBuilder()
                .host(uri.getHost())
                .port(uri.getPort())
                .username(login[0])
                .password(login[1])
                .build()) {
      Publisher publisher = sending.publisherBuilder().exchange(site.target()).build();
      long all = Long.parseLong(System.getProperty("letters"));
      Semaphore room = new Semaphore(UNDER_WAY);
      CountDownLatch left = new CountDownLatch(Math.toIntExact(all));
      connection.consumerBuilder().queue(site.letters()).initialCredits(200).stream()
          .offset(StreamOffsetSpecification.FIRST)
          .builder()
          .messageHandler(
              (context, letter) -> {
                room.acquireUninterruptibly();
                publisher.publish(
                    copy(publisher, letter),
                    answer -> {
                      if (answer.status() == Status.ACCEPTED) {
                        left.countDown();
                      }
                      room.release();
                    });
                context.accept();
              })
          .build();
      left.await();
      return all;
    }
  }

  private static Message copy(Publisher publisher, Message letter) {
    Message copy = publisher.message(letter.body());
    copy.contentType(letter.contentType());
    letter.forEachProperty(
        (name, value) -> {
          if (stays(name)) {
            copy.property(name, String.valueOf(value));
          }
        });
    copy.annotation("x-opt-partition-key", letter.annotation("x-opt-partition-key"));
    return copy;
  }
}

package io.stagepost.benchmarks.replay;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.cloudevents.core.builder.CloudEventBuilder;
import io.stagepost.spi.FailureHeaders;
import io.stagepost.spi.Header;
import io.stagepost.spi.Message;
import io.stagepost.spi.Sender;
import io.stagepost.spi.Transport;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;

/**
 * Letters as a subscription leaves them: events of 500 bytes and a thousand keys, failed in ten
 * ways, each with a stack trace of twelve frames.
 */
final class DeadLetters {
  private static final int BODY = 500;
  private static final int KEYS = 1_000;
  private static final int REASONS = 10;
  private static final int FRAMES = 12;
  private static final int UNDER_WAY = 5_000;

  private final Random random = new Random(7);

  void fill(Site site, long count) {
    try (Transport transport = site.connect();
        Sender sender = transport.sender(Duration.ofMinutes(1))) {
      List<CompletableFuture<?>> underWay = new ArrayList<>();
      for (long i = 0; i < count; i++) {
        underWay.add(sender.send(letter(transport, site.letters(), i)));
        if (underWay.size() == UNDER_WAY) {
          underWay.forEach(CompletableFuture::join);
          underWay.clear();
        }
      }
      underWay.forEach(CompletableFuture::join);
    }
  }

  private Message letter(Transport transport, String address, long number) {
    byte[] body = new byte[BODY];
    random.nextBytes(body);
    Message event =
        transport.encode(
            address,
            "key-" + random.nextInt(KEYS),
            CloudEventBuilder.v1()
                .withId("event-" + number)
                .withSource(URI.create("urn:benchmark"))
                .withType("com.example.order.placed.v1")
                .withDataContentType("application/octet-stream")
                .withData(body)
                .build());
    int reason = random.nextInt(REASONS);
    String now = Instant.now().toString();
    return event.with(
        List.of(
            header(FailureHeaders.REASON, "reason-" + reason),
            header(FailureHeaders.EXCEPTION, "com.example.orders.Failure" + reason),
            header(FailureHeaders.EXCEPTION_MESSAGE, "no stock for order " + number),
            header(FailureHeaders.STACK_TRACE, trace(reason)),
            header(FailureHeaders.FIRST_FAILURE, now),
            header(FailureHeaders.LAST_FAILURE, now),
            header(FailureHeaders.ATTEMPTS, "5"),
            header(FailureHeaders.SUBSCRIPTION, "billing"),
            header(FailureHeaders.ORIGIN_ADDRESS, "orders"),
            header(FailureHeaders.ORIGIN_PARTITION, "0"),
            header(FailureHeaders.ORIGIN_POSITION, Long.toString(number))));
  }

  private static String trace(int reason) {
    StringBuilder trace = new StringBuilder("com.example.orders.Failure" + reason + ": no stock\n");
    for (int i = 0; i < FRAMES; i++) {
      trace.append("\tat com.example.orders.Step").append(i).append(".run(Step.java:").append(i);
      trace.append(")\n");
    }
    return trace.toString();
  }

  private static Header header(String name, String value) {
    return new Header(name, value.getBytes(UTF_8));
  }
}

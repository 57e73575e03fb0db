package io.stagepost.amqp;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.amqp.Connection;
import com.rabbitmq.client.amqp.Environment;
import com.rabbitmq.client.amqp.impl.AmqpEnvironmentBuilder;
import io.stagepost.spi.Message;
import io.stagepost.spi.Sender;
import io.stagepost.testkit.fixture.RabbitFixture;
import io.stagepost.testkit.fixture.RabbitFixture.Version;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Messages that are read ahead are bounded by their bytes, in a process with a small heap. */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LargeMessagesTest {
  private static final String HEAP = "-Xmx160m";
  private static final int LARGE = 10 << 20;
  private static final int SMALL_ONES = 40;
  private static final int LARGE_ONES = 24;

  private final String name = "large-" + UUID.randomUUID().toString().substring(0, 8);

  @TempDir private Path folder;

  @Test
  void a_stream_that_holds_more_than_the_heap_is_browsed() throws Exception {
    String uri = RabbitFixture.shared(Version.V4_3).uri();
    try (Environment environment = new AmqpEnvironmentBuilder().build();
        Connection connection = environment.connectionBuilder().uri(uri).build()) {
      var stream = connection.management().queue(name).stream().queue().declare();
      try {
        fill(uri, stream.name());
        Path out = folder.resolve("out");
        Process child =
            new ProcessBuilder(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    HEAP,
                    "-cp",
                    System.getProperty("java.class.path"),
                    Reading.class.getName(),
                    uri,
                    name)
                .redirectErrorStream(true)
                .redirectOutput(out.toFile())
                .start();
        try {
          assertThat(child.waitFor(120, TimeUnit.SECONDS)).isTrue();
          assertThat(Files.readString(out)).contains("browsed " + (SMALL_ONES + LARGE_ONES));
        } finally {
          child.destroyForcibly();
        }
      } finally {
        connection.management().queueDelete(stream.name());
      }
    }
  }

  /** The small ones first, so that much is read ahead when the large ones come. */
  private static void fill(String uri, String queue) {
    try (AmqpTransport transport = AmqpTransport.to(uri);
        Sender sender = transport.sender(Duration.ofSeconds(60))) {
      for (int i = 0; i < SMALL_ONES + LARGE_ONES; i++) {
        byte[] body = new byte[i < SMALL_ONES ? 100 : LARGE];
        var unused = sender.send(new Message(Message.QUEUE + queue, null, List.of(), body)).join();
      }
    }
  }

  /** Reads slowly, as somebody who sends each on. */
  static final class Reading {
    private Reading() {}

    public static void main(String... args) {
      try (AmqpTransport transport = AmqpTransport.to(args[0])) {
        long[] count = {0};
        transport
            .browser()
            .browse(
                args[1],
                stored -> {
                  count[0]++;
                  pause();
                });
        System.out.println("browsed " + count[0]);
      }
    }

    private static void pause() {
      CompletableFuture.runAsync(
              () -> {}, CompletableFuture.delayedExecutor(50, TimeUnit.MILLISECONDS))
          .join();
    }
  }
}
